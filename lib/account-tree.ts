import type { AccountRecord, Lineage } from '../db/store.ts'

/** Whether `upper` stands somewhere above `lower`. */
export function isAncestor(
  upper: Pick<AccountRecord, 'path'>,
  lower: Pick<AccountRecord, 'path'>,
): boolean {
  return lower.path !== upper.path && lower.path.startsWith(upper.path)
}

/** The level of an account; the root is at level 1. */
export function depth(lineage: Lineage): number {
  return lineage.length
}

export function isRoot(account: Pick<AccountRecord, 'parentSid'>): boolean {
  return account.parentSid === undefined
}
