import type { AccountStatus, AccountType, JsonObject, PlacedAccount } from '../db/store.ts'
import { effectiveStatus } from './account-status.ts'
import { isRoot, nearestReseller } from './account-tree.ts'
import type { Caller } from './caller.ts'
import { isAllowed } from './permissions.ts'
import { remembered } from './remembered.ts'
import type { Secrets } from './secrets.ts'

/** Code points of a friendly name; a dialect may allow less. */
export const friendlyNameLimit = 128

/** An account as a caller sees it. */
export type Account = {
  readonly sid: string
  readonly parentSid: string | undefined
  readonly organizationSid: string
  readonly friendlyName: string
  readonly email: string | undefined
  /** The effective status. */
  readonly status: AccountStatus
  readonly ownStatus: AccountStatus
  readonly realm: string
  readonly isReseller: boolean
  /** The nearest reseller above it; the root when there is none, and for the root itself. */
  readonly resellerSid: string
  /** From the root down to the parent. */
  readonly ancestors: readonly string[]
  /** Living accounts below it, at all levels. */
  readonly descendantsCount: number
  readonly revision: number
  readonly document: JsonObject
  readonly role: string
  readonly type: AccountType
  readonly createdAt: Date
  readonly updatedAt: Date
  /** Undefined for a caller who may look at the account but not operate it. */
  readonly authToken: string | undefined
}

/** The account as this caller may see it: the AuthToken is for who may set it anew. */
export function accountFor(caller: Caller, record: PlacedAccount, secrets: Secrets): Account {
  const { withToken, withoutToken } = viewsUnder(secrets)
  return (isAllowed(caller, 'manageSecrets', record) ? withToken : withoutToken)(record)
}

/** The same account is asked for again and again, and there are but two ways to see it. */
const viewsUnder = remembered((secrets: Secrets) => ({
  withToken: remembered((record: PlacedAccount) =>
    view(record, secrets.openToken(record.sid, record.token.sealed)),
  ),
  withoutToken: remembered((record: PlacedAccount) => view(record, undefined)),
}))

function view(record: PlacedAccount, authToken: string | undefined): Account {
  return {
    sid: record.sid,
    parentSid: record.parentSid,
    organizationSid: record.organizationSid,
    friendlyName: record.friendlyName,
    email: record.email,
    status: effectiveStatus(record.lineage),
    ownStatus: record.status,
    realm: record.realm,
    isReseller: record.isReseller || isRoot(record),
    resellerSid: nearestReseller(record.lineage),
    ancestors: record.lineage.slice(0, -1).map(({ sid }) => sid),
    descendantsCount: record.descendantsCount,
    revision: record.revision,
    document: record.document,
    role: record.role,
    type: record.type,
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.updatedAt),
    authToken,
  }
}
