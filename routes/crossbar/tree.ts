import type { JsonObject } from '../../db/store.ts'
import type { Account } from '../../lib/account.ts'
import { listAncestors, type Relation, relativesOf } from '../../lib/accounts/tree.ts'
import { sharedDocument } from '../../serializers/crossbar/account.ts'
import {
  ancestorSummary,
  childSummary,
  descendantSummary,
} from '../../serializers/crossbar/summary.ts'
import { gregorianSeconds } from '../../serializers/dates.ts'
import type { Answer, CrossbarRoute, Exchange } from './exchange.ts'
import { filterParameters } from './filters.ts'
import { listed } from './listing.ts'
import { nextStartKey, pagingParameters } from './paging.ts'

const list = { schema: 'ListEnvelope' } as const

export const treeRoutes: readonly CrossbarRoute[] = [
  route('parents', 'List the accounts above, from the own down', ancestors),
  route('tree', 'List the accounts above, from the own down', ancestors),
  pagedRoute('children', 'List the accounts directly below', (exchange) =>
    named(exchange, 'children', childSummary),
  ),
  pagedRoute('descendants', 'List all accounts below', (exchange) =>
    named(exchange, 'descendants', descendantSummary),
  ),
  pagedRoute('siblings', 'List the accounts below the same parent, this one too', (exchange) =>
    named(exchange, 'siblings', childSummary),
  ),
]

function route(
  name: string,
  summary: string,
  handler: (exchange: Exchange) => Promise<Answer>,
): CrossbarRoute {
  const operation = { summary, answer: list, refusals: [400, 404] }
  return { method: 'GET', path: `/accounts/:id/${name}`, operation, handler }
}

function pagedRoute(...given: Parameters<typeof route>): CrossbarRoute {
  const { operation, ...rest } = route(...given)
  return { ...rest, operation: { ...operation, query: [...pagingParameters, ...filterParameters] } }
}

/** The way down to the account from the caller's own on; nothing above that is for the caller to see (D19). */
async function ancestors({ services, caller, target }: Exchange): Promise<Answer> {
  const data = (await listAncestors(services, caller, target)).map(ancestorSummary)
  return { data, page: { pageSize: data.length, startKey: '', nextStartKey: undefined } }
}

/** A page of accounts in the order of their names. */
async function named(
  exchange: Exchange,
  relation: Relation,
  summary: (account: Account, viewerSid: string) => JsonObject,
): Promise<Answer> {
  const { services, caller, target } = exchange
  return listed(exchange, {
    items: relativesOf(services, caller, target, relation),
    filterable,
    summary: (account) => summary(account, exchange.caller.account.sid),
    keyOf: ({ friendlyName, sid }) => nextStartKey(friendlyName, sid),
  })
}

function filterable(account: Account): JsonObject {
  return { ...sharedDocument(account), modified: gregorianSeconds(account.updatedAt) }
}
