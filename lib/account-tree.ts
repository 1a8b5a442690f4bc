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

/** The SID of the nearest reseller above an account; the root counts as one, for itself too (kazoo.md 4.1). */
export function nearestReseller(lineage: Lineage): string {
  const [root] = lineage
  const above = lineage.slice(0, -1).findLast(({ isReseller }) => isReseller)
  return above?.sid ?? root?.sid ?? ''
}

/** The part of a way down, given as SIDs, that the viewer may see: from itself on, if it is on it. */
export function treeFrom(ancestors: readonly string[], viewerSid: string): readonly string[] {
  const own = ancestors.indexOf(viewerSid)
  return own === -1 ? ancestors : ancestors.slice(own)
}
