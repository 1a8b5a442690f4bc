import { DomainError } from '../../lib/errors.ts'
import type { CrossbarRoute, OpenRoute } from './exchange.ts'
import { isSchemaName, schemaNames, schemaOf } from './schemas/index.ts'
import { validated } from './validated.ts'

const answer = { schema: 'Envelope' } as const

/** The schemas that documents are checked against, open to everyone (kazoo.md 5.6). */
export const schemaRoutes: readonly OpenRoute[] = [
  {
    method: 'GET',
    path: '/schemas',
    operation: { summary: 'List the names of the schemas', open: true, answer, refusals: [] },
    handler: async () => ({ data: schemaNames }),
  },
  {
    method: 'GET',
    path: '/schemas/:name',
    operation: { summary: 'Read a schema', open: true, answer, refusals: [404] },
    handler: async ({ name }) => ({ data: schemaOf(known(name)) }),
  },
]

/** An extra of ours, and not for strangers: a check costs more than it takes to ask for one. */
export const validationRoutes: readonly CrossbarRoute[] = [
  {
    method: 'PUT',
    path: '/schemas/:name/validation',
    operation: {
      summary: 'Check a document; it comes back with its defaults',
      json: 'any',
      answer: { status: 201, schema: 'Envelope' },
      refusals: [400, 404],
    },
    handler: async ({ name, data }) => {
      const schema = known(name)
      return { status: 201, data: validated(schema, await data()) }
    },
  },
]

function known(name: string) {
  if (!isSchemaName(name)) {
    throw new DomainError({ kind: 'notFound', what: 'schema' })
  }
  return name
}
