import type { PlacedAccount } from '../db/store.ts'
import { namedAccountKey } from './account-key.ts'
import { effectiveStatus } from './account-status.ts'
import { afterPassword } from './accounts/change.ts'
import { commandEntry, secretChanged } from './audit.ts'
import { newCredentials } from './credentials.ts'
import { DomainError } from './errors.ts'
import { checkPassword } from './password-policy.ts'
import type { Services } from './services.ts'

export type ResetServices = Pick<Services, 'store' | 'secrets' | 'passwords' | 'policy' | 'now'>

/**
 * The account that an operator names by SID, by the id without its two letters, or by e-mail.
 * Throws `notFound`, and `closed` for one that no password can bring back.
 */
export async function accountToReset(
  { store }: Pick<Services, 'store'>,
  name: string,
): Promise<PlacedAccount> {
  const key = namedAccountKey(name)
  const [account] = key === undefined ? [] : await store.findAccounts([key])
  if (account === undefined) {
    throw new DomainError({ kind: 'notFound', what: 'account' })
  }
  if (effectiveStatus(account.lineage) === 'closed') {
    throw new DomainError({ kind: 'closed' })
  }
  return account
}

/**
 * Gives an account a Password at the operator's command, with all that a change of it through the API
 * brings: a new AuthToken, no session, an uninitialized account active. Throws `invalid` when the policy
 * refuses the Password, and `conflict` when the account has changed since it was read.
 */
export async function resetPassword(
  services: ResetServices,
  account: PlacedAccount,
  password: string,
): Promise<PlacedAccount> {
  checkPassword(password, account, services.policy.passwords)
  const credentials = await newCredentials(services, account, password)
  const activates = account.status === 'uninitialized'
  const change = {
    ...afterPassword(credentials),
    ...(activates && { status: 'active' as const }),
  }
  const audit = commandEntry(services.now(), 'account.change', account.sid, {
    ...(activates && { status: { from: account.status, to: 'active' } }),
    password: secretChanged,
    authToken: secretChanged,
  })
  const result = await services.store.changeAccount(account.lineage, change, audit)
  if (result.outcome !== 'changed') {
    throw new DomainError({ kind: 'conflict' })
  }
  return result.account
}
