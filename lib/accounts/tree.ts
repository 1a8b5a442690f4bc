import type { JsonValue, Lineage, NamedScope, NamePosition, PlacedAccount } from '../../db/store.ts'
import { type Account, accountFor } from '../account.ts'
import { isRoot, treeFrom } from '../account-tree.ts'
import type { Caller } from '../caller.ts'
import { DomainError } from '../errors.ts'
import type { Services } from '../services.ts'
import { mostKeptOfList, requireLiving } from './read.ts'

const chunk = 500

/** Where to begin in the order of the names, which way to go, and how many are wanted. */
type NamedRange = {
  readonly after?: NamePosition | undefined
  readonly ascending: boolean
  readonly pageSize: number
}

/** How accounts stand to one: directly below it, anywhere below it, or below the same parent. */
export type Relation = 'children' | 'descendants' | 'siblings'

/**
 * The way down to the account from the caller's own on; nothing above that is for the caller to see
 * (kazoo.md D19). Throws as `requireLiving` does.
 */
export async function listAncestors(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
): Promise<readonly Account[]> {
  const { lineage, sid } = requireLiving(caller, 'readAccount', target)
  if (sid === caller.account.sid) {
    return []
  }
  const above = lineage.slice(0, -1).map((step) => step.sid)
  const visible = treeFrom(above, caller.account.sid)
  const records = await services.store.findAccounts(visible.map((each) => ({ sid: each })))
  return records
    .filter((record) => record !== undefined)
    .map((record) => accountFor(caller, record, services.secrets))
}

/**
 * Gives what lists the living relatives of an account in the order of their names, in chunks between
 * which other requests pass. Throws as `requireLiving` does, before anything is listed.
 */
export function relativesOf(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  relation: Relation,
): (range: NamedRange) => AsyncGenerator<Account> {
  const scope = scopeOf(services, caller, target, relation)
  return (range) => accountsOf(services, caller, scope, range)
}

function scopeOf(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  relation: Relation,
): NamedScope {
  if (relation === 'siblings') {
    return { childrenOf: requireSibling(services, caller, target).parentSid ?? '' }
  }
  const { sid, path } = requireLiving(caller, 'listChildren', target)
  return relation === 'children' ? { childrenOf: sid } : { below: path }
}

/** The own siblings while the setting allows it, those of an account below always (kazoo.md D22). */
function requireSibling(
  { policy }: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
): PlacedAccount {
  const account = requireLiving(caller, 'listSiblings', target)
  const isOwn = account.sid === caller.account.sid
  if (isOwn && !isRoot(account) && !policy.crossbar.allowSiblingListing) {
    throw new DomainError({ kind: 'forbidden', rule: 'access' })
  }
  return account
}

async function* accountsOf(
  { store, secrets }: Services,
  caller: Caller,
  scope: NamedScope,
  { ascending, after, pageSize }: NamedRange,
): AsyncGenerator<Account> {
  // Where no filter takes any out, the page and what shows that there is more behind it are enough.
  let limit = Math.min(pageSize + 1, chunk)
  let passed = 0
  for (let position = after; ; limit = chunk) {
    const inPassing = passed >= mostKeptOfList
    const page = { ...(position && { after: position }), ascending, limit, inPassing }
    const { accounts, next } = await store.namedPage(scope, page)
    passed += accounts.length
    for (const record of accounts) {
      yield accountFor(caller, record, secrets)
    }
    if (next === undefined) {
      return
    }
    position = next
    await new Promise((resume) => setImmediate(resume))
  }
}

/** What the nearest of the accounts on a lineage that has this key in its document has there. */
export async function inheritedValue(
  { store }: Services,
  lineage: Lineage,
  key: string,
): Promise<JsonValue | undefined> {
  const above = await store.findAccounts(lineage.map(({ sid }) => ({ sid })))
  return above.findLast((account) => account?.document[key] !== undefined)?.document[key]
}
