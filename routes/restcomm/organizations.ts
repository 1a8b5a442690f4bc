import { DomainError } from '../../lib/errors.ts'
import {
  createOrganization,
  listOrganizations,
  type Organization,
  readOrganization,
} from '../../lib/organizations.ts'
import { authorizeInstallation } from '../../lib/permissions.ts'
import type { Resource } from '../../serializers/restcomm/document.ts'
import type { Face } from '../../serializers/restcomm/face.ts'
import { organizationJson, organizationXml } from '../../serializers/restcomm/organization.ts'
import { organizationStatusQuery } from './description.ts'
import type { Answer, Exchange, RestcommRoute } from './exchange.ts'
import { readOrganizationStatus } from './params.ts'

const answer = { schema: 'Organization' } as const

export const organizationRoutes: readonly RestcommRoute[] = [
  {
    method: 'GET',
    path: '/Organizations',
    operation: {
      summary: 'List the organizations',
      description: 'For the root account only. An empty list is 404, as in Restcomm.',
      query: organizationStatusQuery,
      answer: { ...answer, list: true },
      refusals: [400, 404],
    },
    handler: list,
  },
  {
    method: 'GET',
    path: '/Organizations/:id',
    operation: {
      summary: 'Read an organization by SID',
      description: 'The root account may read any, another Administrator its own.',
      answer,
      refusals: [400, 404],
    },
    handler: read,
  },
  {
    method: 'PUT',
    path: '/Organizations/:id',
    operation: {
      summary: 'Create the organization of a domain name',
      description: 'For the root account only. No body is needed.',
      answer,
      refusals: [400, 409],
    },
    handler: create,
    again: createdBefore,
  },
]

async function list({ services, caller, face, query }: Exchange): Promise<Answer> {
  const organizations = await listOrganizations(services, caller, () =>
    readOrganizationStatus(query()),
  )
  if (organizations.length === 0) {
    throw new DomainError({ kind: 'notFound', what: 'organization' })
  }
  return { many: onePage(organizations, face), element: 'Organization' }
}

async function read({ services, caller, name, face }: Exchange): Promise<Answer> {
  return { one: resource(await readOrganization(services, caller, name), face) }
}

async function create({ services, caller, name, face }: Exchange): Promise<Answer> {
  return { one: resource(await createOrganization(services, caller, name), face) }
}

async function createdBefore(exchange: Exchange, sid: string): Promise<Answer> {
  authorizeInstallation(exchange.caller, 'createOrganization')
  return read({ ...exchange, name: sid })
}

async function* onePage(
  organizations: readonly Organization[],
  face: Face,
): AsyncGenerator<Resource[]> {
  yield organizations.map((organization) => resource(organization, face))
}

function resource(organization: Organization, face: Face): Resource {
  return {
    element: 'Organization',
    xml: () => organizationXml(organization, face),
    json: () => organizationJson(organization, face),
  }
}
