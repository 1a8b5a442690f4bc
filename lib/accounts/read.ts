import { setImmediate as nextTurn } from 'node:timers/promises'
import type {
  AccountFilter,
  OrganizationKey,
  Page,
  PagePosition,
  PlacedAccount,
  RandomPage,
} from '../../db/store.ts'
import { type Account, accountFor } from '../account.ts'
import { effectiveStatus } from '../account-status.ts'
import { isAncestor } from '../account-tree.ts'
import type { Caller } from '../caller.ts'
import { DomainError, invalid } from '../errors.ts'
import { isSid } from '../ids.ts'
import { type AccountAction, authorize, authorizeInstallation, isAllowed } from '../permissions.ts'
import type { Services } from '../services.ts'

const pageSize = 100

/** So many accounts of a list are worth keeping for the next who asks for it. */
export const mostKeptOfList = 1_000

/** The account that was asked for, as the caller may see it. Throws as `authorize` does. */
export function readAccount(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
): Account {
  return accountFor(caller, authorize(caller, 'readAccount', target), services.secrets)
}

/**
 * An account that an earlier request of the caller made or changed, as it is now. It may have been moved
 * since to where it is none of the caller's; throws `forbidden` then.
 */
export async function readAsNow(services: Services, caller: Caller, sid: string): Promise<Account> {
  return accountFor(caller, await recordAsNow(services, caller, sid), services.secrets)
}

/** The row of such an account. Throws as `readAsNow` does. */
export async function recordAsNow(
  services: Services,
  caller: Caller,
  sid: string,
): Promise<PlacedAccount> {
  const [record] = await services.store.findAccounts([{ sid }])
  if (record === undefined) {
    throw new Error(`account ${sid} is gone, though rows are never deleted`)
  }
  if (sid !== caller.account.sid && !isAncestor(caller.account, record)) {
    throw new DomainError({ kind: 'forbidden', rule: 'outside' })
  }
  return record
}

/**
 * The account, if the caller may do this to it and it is not closed: to Kazoo's clients a closed
 * account is gone (decisions.md 8). Throws as `authorize` does, and `notFound`.
 */
export function requireLiving(
  caller: Caller,
  action: AccountAction,
  target: PlacedAccount | undefined,
): PlacedAccount {
  const account = authorize(caller, action, target)
  if (effectiveStatus(account.lineage) === 'closed') {
    throw new DomainError({ kind: 'notFound', what: 'account' })
  }
  return account
}

/** The direct children of the caller in the order of creation, page by page. Throws as `authorize` does. */
export function listChildren(services: Services, caller: Caller): AsyncIterable<Account[]> {
  const { sid } = authorize(caller, 'listChildren', caller.account)
  return pages(services, caller, (page) => services.store.childrenPage(sid, page))
}

/**
 * The accounts of an organization at every level, the root's own included, page by page; for the root
 * only. Throws `invalid` for a malformed SID and `notFound` for a domain name that no organization
 * has; a SID that none has gives an empty list (restcomm.md 10).
 */
export async function listByOrganization(
  services: Services,
  caller: Caller,
  key: OrganizationKey,
): Promise<AsyncIterable<Account[]>> {
  authorizeInstallation(caller, 'listByOrganization')
  if ('sid' in key && !isSid(key.sid)) {
    throw invalid('organizationSid', { rule: 'malformed', value: key.sid })
  }
  const organization = await services.store.findOrganization(key)
  if (organization === undefined && 'domainName' in key) {
    throw new DomainError({ kind: 'notFound', what: 'organization' })
  }
  const sid = organization?.sid
  return pages(services, caller, async (page) =>
    sid === undefined ? [] : services.store.organizationAccountsPage(sid, page),
  )
}

/** Which of them, and where in their order. At most one of after, before and offset is given. */
export type FamilyQuery = {
  readonly filter: AccountFilter
  readonly page: RandomPage
}

/**
 * The caller's own account and its direct children that pass the filter, in the order of creation;
 * the own alone for an API key that reaches no further. Throws as `authorize` does.
 */
export async function listFamily(
  services: Services,
  caller: Caller,
  { filter, page }: FamilyQuery,
): Promise<readonly Account[]> {
  const { sid } = authorize(caller, 'readAccount', caller.account)
  const records = await services.store.familyPage(sid, filter, page)
  const mayListChildren = isAllowed(caller, 'listChildren', caller.account)
  return records
    .filter((record) => record.sid === sid || mayListChildren)
    .map((record) => accountFor(caller, record, services.secrets))
}

/** Page by page, between which other requests pass: a fast reader would have all to itself. */
async function* pages(
  services: Services,
  caller: Caller,
  read: (page: Page) => Promise<readonly PlacedAccount[]>,
): AsyncGenerator<Account[]> {
  let after: PagePosition | undefined
  for (let passed = 0; ; passed += pageSize) {
    const inPassing = passed >= mostKeptOfList
    const records = await read({ ...(after && { after }), limit: pageSize, inPassing })
    yield records.map((record) => accountFor(caller, record, services.secrets))
    after = records.at(-1)
    if (records.length < pageSize) {
      return
    }
    await nextTurn()
  }
}
