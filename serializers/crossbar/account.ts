import type { JsonObject } from '../../db/store.ts'
import type { Account } from '../../lib/account.ts'
import { withoutPrivate } from '../../lib/documents.ts'
import { remembered } from '../../lib/remembered.ts'
import { md5Hex } from '../../lib/secrets.ts'
import { gregorianSeconds } from '../dates.ts'

/** Keys of an account that only the server sets; clients send them back as read, and they are ignored. */
export const ownedKeys = [
  'id',
  'created',
  'billing_mode',
  'is_reseller',
  'reseller_id',
  'superduper_admin',
  'wnm_allow_additions',
  'descendants_count',
] as const

/** Keys of an account that are facts of the tree, kept in columns of their own. */
const treeKeys = ['name', 'realm', 'enabled'] as const

export const defaultTimezone = 'America/Los_Angeles'

const defaults = {
  call_restriction: {},
  caller_id: {},
  dial_plan: {},
  language: 'en-us',
  music_on_hold: {},
  preflow: {},
  ringtones: {},
  timezone: defaultTimezone,
} as const satisfies JsonObject

/** A SID as this dialect writes it: without its two letters (kazoo.md D12). */
export function idOf(sid: string): string {
  return sid.slice(2)
}

/** Whether the account's own switch is on, whatever stands above it. */
export function isEnabled({ ownStatus }: Pick<Account, 'ownStatus'>): boolean {
  return ownStatus === 'active' || ownStatus === 'uninitialized'
}

/** The document of an account as the account `viewerSid` sees it (kazoo.md 4.1). */
export function accountDocument(account: Account, viewerSid: string): JsonObject {
  return documents[billingMode(account, viewerSid)](account)
}

type BillingMode = 'limits_only' | 'normal' | 'manual'

const documents = {
  limits_only: documentUnder('limits_only'),
  normal: documentUnder('normal'),
  manual: documentUnder('manual'),
} as const satisfies Record<BillingMode, unknown>

function documentUnder(mode: BillingMode): (account: Account) => JsonObject {
  return remembered((account) => ({ ...sharedDocument(account), billing_mode: mode }))
}

/** What every viewer sees alike, and what filters and the revision are about. */
export const sharedDocument = remembered(
  (account: Account): JsonObject => ({
    ...defaults,
    ...account.document,
    id: idOf(account.sid),
    name: account.friendlyName,
    realm: account.realm,
    enabled: isEnabled(account),
    created: gregorianSeconds(account.createdAt),
    is_reseller: account.isReseller,
    reseller_id: idOf(account.resellerSid),
    superduper_admin: account.parentSid === undefined,
    wnm_allow_additions: false,
  }),
)

/** What of a document is kept as it was sent: all but the facts of the tree and what the server sets. */
export function storedDocument(document: JsonObject): JsonObject {
  return withoutPrivate(document, [...ownedKeys, ...treeKeys])
}

/** Another text whenever anything in the document is another, what was changed above it included. */
export const accountRevision = remembered(
  (account: Account) => `${account.revision}-${md5Hex(JSON.stringify(sharedDocument(account)))}`,
)

/** `limits_only` to its reseller, `normal` below the root, else `manual` (kazoo.md D14). */
function billingMode(account: Account, viewerSid: string): BillingMode {
  if (account.resellerSid === viewerSid) {
    return 'limits_only'
  }
  const [root = account.sid] = account.ancestors
  return account.resellerSid === root ? 'normal' : 'manual'
}
