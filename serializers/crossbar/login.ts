import type { JsonObject } from '../../db/store.ts'
import type { Account } from '../../lib/account.ts'
import { idOf } from './account.ts'

/** Whose a session is (kazoo.md 2.1). Monster UI asks for the user `owner_id`; ours are the accounts themselves. */
export function loginData(account: Account, ownerId: string | undefined): JsonObject {
  return {
    account_id: idOf(account.sid),
    ...(ownerId !== undefined && { owner_id: ownerId }),
    account_name: account.friendlyName,
    language: account.document.language ?? 'en-us',
    is_reseller: account.isReseller,
    is_master_account: account.parentSid === undefined,
    reseller_id: idOf(account.resellerSid),
    apps: [],
  }
}
