import type { JsonObject } from '../../db/store.ts'
import type { Account } from '../../lib/account.ts'
import { treeFrom } from '../../lib/account-tree.ts'
import { idOf } from './account.ts'

/** An account in a list of children or siblings. */
export function childSummary(account: Account, viewerSid: string): JsonObject {
  return { ...descendantSummary(account, viewerSid), descendants_count: account.descendantsCount }
}

/** An account in a list of descendants; its tree begins at the viewer and ends with its parent (D21). */
export function descendantSummary(account: Account, viewerSid: string): JsonObject {
  const { flags } = account.document
  return {
    id: idOf(account.sid),
    name: account.friendlyName,
    realm: account.realm,
    tree: treeFrom(account.ancestors, viewerSid).map(idOf),
    ...(flags !== undefined && { flags }),
  }
}

/** An account on the way down to another. */
export function ancestorSummary(account: Account): JsonObject {
  return { id: idOf(account.sid), name: account.friendlyName }
}
