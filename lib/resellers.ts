import type { PlacedAccount } from '../db/store.ts'
import type { Account } from './account.ts'
import { isRoot } from './account-tree.ts'
import { changeAccount } from './accounts/change.ts'
import { requireLiving } from './accounts/read.ts'
import type { Caller } from './caller.ts'
import { DomainError } from './errors.ts'
import { authorizeInstallation } from './permissions.ts'
import type { Services } from './services.ts'

/**
 * Makes an account a reseller, or no longer one. For the root only, and never of itself; repeating it
 * is harmless. Whose reseller is whose follows from the tree, so nothing below is written. Throws
 * `hasDescendants` while an account below it is a reseller (kazoo.md 4.11), and as `precondition` does.
 */
export async function setReseller(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  isReseller: boolean,
  precondition: (account: PlacedAccount) => void,
): Promise<Account> {
  const account = requireLiving(caller, 'changeAccount', target)
  authorizeInstallation(caller, 'setReseller')
  if (isRoot(account)) {
    throw new DomainError({ kind: 'forbidden', rule: 'root' })
  }
  return changeAccount(
    services,
    caller,
    account,
    { isReseller },
    { terms: { noResellerBelow: true }, precondition },
  )
}
