import type { JsonObject, NamedScope } from '../../db/store.ts'
import { type Account, accountFor } from '../../lib/account.ts'
import { isRoot } from '../../lib/account-tree.ts'
import { mostKeptOfList, requireLiving } from '../../lib/accounts/read.ts'
import { DomainError } from '../../lib/errors.ts'
import { sharedDocument } from '../../serializers/crossbar/account.ts'
import {
  ancestorSummary,
  childSummary,
  descendantSummary,
  treeFrom,
} from '../../serializers/crossbar/summary.ts'
import { gregorianSeconds } from '../../serializers/dates.ts'
import type { Answer, CrossbarRoute, Exchange } from './exchange.ts'
import { filterParameters } from './filters.ts'
import { listed } from './listing.ts'
import { nextStartKey, type Paging, pagingParameters } from './paging.ts'

const chunk = 500

const list = { schema: 'ListEnvelope' } as const

export const treeRoutes: readonly CrossbarRoute[] = [
  route('parents', 'List the accounts above, from the own down', ancestors),
  route('tree', 'List the accounts above, from the own down', ancestors),
  pagedRoute('children', 'List the accounts directly below', (exchange) => {
    const { sid } = requireLiving(exchange.caller, 'listChildren', exchange.target)
    return named(exchange, { childrenOf: sid }, childSummary)
  }),
  pagedRoute('descendants', 'List all accounts below', (exchange) => {
    const { path } = requireLiving(exchange.caller, 'listChildren', exchange.target)
    return named(exchange, { below: path }, descendantSummary)
  }),
  pagedRoute('siblings', 'List the accounts below the same parent, this one too', siblings),
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
async function ancestors(exchange: Exchange): Promise<Answer> {
  const data = await wayDown(exchange)
  return { data, page: { pageSize: data.length, startKey: '', nextStartKey: undefined } }
}

async function wayDown({ services, caller, target }: Exchange): Promise<JsonObject[]> {
  const { lineage, sid } = requireLiving(caller, 'readAccount', target)
  if (sid === caller.account.sid) {
    return []
  }
  const above = lineage.slice(0, -1).map((step) => step.sid)
  const visible = treeFrom(above, caller.account.sid)
  const records = await services.store.findAccounts(visible.map((each) => ({ sid: each })))
  return records
    .filter((record) => record !== undefined)
    .map((record) => ancestorSummary(accountFor(caller, record, services.secrets)))
}

/** The own siblings while the setting allows it, those of an account below always (D22). */
async function siblings(exchange: Exchange): Promise<Answer> {
  const { services, caller, target } = exchange
  const account = requireLiving(caller, 'listSiblings', target)
  const isOwn = account.sid === caller.account.sid
  if (isOwn && !isRoot(account) && !services.policy.crossbar.allowSiblingListing) {
    throw new DomainError({ kind: 'forbidden', rule: 'access' })
  }
  return named(exchange, { childrenOf: account.parentSid ?? '' }, childSummary)
}

/** A page of accounts in the order of their names. */
function named(
  exchange: Exchange,
  scope: NamedScope,
  summary: (account: Account, viewerSid: string) => JsonObject,
): Promise<Answer> {
  return listed(exchange, {
    items: (paging) => accountsOf(exchange, scope, paging),
    filterable,
    summary: (account) => summary(account, exchange.caller.account.sid),
    keyOf: ({ friendlyName, sid }) => nextStartKey(friendlyName, sid),
  })
}

/** The accounts of a scope, read in chunks between which other requests pass. */
async function* accountsOf(
  { services, caller }: Exchange,
  scope: NamedScope,
  { ascending, after, pageSize }: Paging,
): AsyncGenerator<Account> {
  // Where no filter takes any out, the page and what shows that there is more behind it are enough.
  let limit = Math.min(pageSize + 1, chunk)
  let passed = 0
  for (let position = after; ; limit = chunk) {
    const inPassing = passed >= mostKeptOfList
    const page = { ...(position && { after: position }), ascending, limit, inPassing }
    const { accounts, next } = await services.store.namedPage(scope, page)
    passed += accounts.length
    for (const record of accounts) {
      yield accountFor(caller, record, services.secrets)
    }
    if (next === undefined) {
      return
    }
    position = next
    await new Promise((resume) => setImmediate(resume))
  }
}

function filterable(account: Account): JsonObject {
  return { ...sharedDocument(account), modified: gregorianSeconds(account.updatedAt) }
}
