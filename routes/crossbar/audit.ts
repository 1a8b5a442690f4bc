import { requireLiving } from '../../lib/accounts/read.ts'
import { auditActions } from '../../lib/audit.ts'
import { readAudit } from '../../lib/audit-trail.ts'
import { auditDocument, targetTypes } from '../../serializers/crossbar/audit.ts'
import { fromGregorianSeconds } from '../../serializers/dates.ts'
import { printable } from '../flat-form.ts'
import { ValidationError } from './errors.ts'
import type { Answer, CrossbarRoute, Exchange } from './exchange.ts'
import { readFilters } from './filters.ts'
import { mostPageSize, nextStartKey, readPaging } from './paging.ts'
import type { Faults } from './validation/faults.ts'

/** What happened to an account; Kazoo has nothing like it, so the form is that of its lists. */
export const auditRoutes: readonly CrossbarRoute[] = [
  {
    method: 'GET',
    path: '/accounts/:id/audit',
    operation: {
      summary: 'List what happened to an account, its keys, callflows and logins',
      description:
        'The newest first, always in pages; one may have fewer rows than its size, none even, and ' +
        'still a next_start_key. For Administrators of the account and of those above it.',
      query: [
        { name: 'page_size', description: 'Up to 1000; 50 when it is left out.' },
        { name: 'start_key', description: 'The next_start_key of the page before.' },
        { name: 'created_from', description: 'Not before this gregorian second.' },
        { name: 'created_to', description: 'Not after this gregorian second.' },
        { name: 'filter_action', description: 'Of this action alone.', values: auditActions },
        { name: 'filter_actor', description: 'Done by the account with this id.' },
        { name: 'filter_actor_key', description: 'Done with the API key of this SID.' },
        { name: 'filter_target', description: 'Done to the thing with this id.' },
        {
          name: 'filter_target_type',
          description: 'Done to things of this kind.',
          values: targetTypes,
        },
      ],
      answer: { schema: 'ListEnvelope' },
      refusals: [400, 404],
    },
    handler: list,
  },
]

async function list({ services, caller, target, ...exchange }: Exchange): Promise<Answer> {
  const account = requireLiving(caller, 'readAudit', target)
  const query = exchange.query()
  const { pageSize, startKey, after } = readPaging(query)
  const passes = readFilters(query)
  refuseFilters(query)
  const { rows, next } = await readAudit(services, caller, account, {
    ...timeRange(query),
    ...(after !== undefined && { after: after.sid }),
    limit: Math.min(pageSize, mostPageSize),
    accepts: (row) => passes(auditDocument(row)),
  })
  return {
    data: rows.map(auditDocument),
    page: {
      pageSize: rows.length,
      startKey,
      nextStartKey: next === undefined ? undefined : nextStartKey('', next),
    },
  }
}

type Wanted = { readonly anyOf: readonly string[] } | { readonly form: RegExp }

/** What the values of a row look like; anything may be asked of what is not named here. */
const wantedOf: ReadonlyMap<string, Wanted> = new Map<string, Wanted>([
  ['action', { anyOf: auditActions }],
  ['target_type', { anyOf: targetTypes }],
  ['actor', { form: /^[0-9A-Za-z]{32}$/ }],
  ['actor_key', { form: /^SK[0-9A-Za-z]{32}$/ }],
  ['target', { form: /^(SK)?[0-9A-Za-z]{32}$/ }],
])

/** What no row can have is a typing error, and not answered with an empty list. */
function refuseFilters(query: URLSearchParams): void {
  const faults = [...query].flatMap(([name, value]) => {
    const fault = faultOf(name, value)
    return fault === undefined ? [] : [[name, fault] as const]
  })
  if (faults.length > 0) {
    throw new ValidationError(Object.fromEntries(faults))
  }
}

function faultOf(name: string, value: string): Faults[string] | undefined {
  if (/^modified_(from|to)$/.test(name)) {
    return {
      invalid: { message: 'What happened is never modified: ask for created_from or created_to' },
    }
  }
  const wanted = wantedOf.get(name.replace(/^filter_(not_)?/, ''))
  if (!name.startsWith('filter_') || wanted === undefined) {
    return undefined
  }
  const shown = printable(value)
  if ('form' in wanted) {
    const message = 'Value is no id of this kind'
    return wanted.form.test(value)
      ? undefined
      : { pattern: { message, target: wanted.form.source, value: shown } }
  }
  return wanted.anyOf.includes(value)
    ? undefined
    : { enum: { message: 'Value is none of the known ones', target: wanted.anyOf, value: shown } }
}

/** The filters have checked that these are numbers; the store need not read what lies outside. */
function timeRange(query: URLSearchParams): { readonly from?: number; readonly to?: number } {
  const from = query.getAll('created_from').map((text) => fromGregorianSeconds(Number(text)))
  const to = query.getAll('created_to').map((text) => fromGregorianSeconds(Number(text)) + 999)
  return {
    ...(from.length > 0 && { from: Math.max(...from) }),
    ...(to.length > 0 && { to: Math.min(...to) }),
  }
}
