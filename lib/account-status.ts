import type { AccountStatus, Lineage } from '../db/store.ts'

export const accountStatuses = [
  'active',
  'uninitialized',
  'inactive',
  'suspended',
  'closed',
] as const satisfies readonly AccountStatus[]

/** How much a status takes away; suspended and inactive take away the same. */
const severity: Readonly<Record<AccountStatus, number>> = {
  active: 0,
  uninitialized: 1,
  inactive: 2,
  suspended: 2,
  closed: 3,
}

/**
 * How an account stands: the worst of its own status and those of all its ancestors (decisions.md 7).
 * Of two equally bad ones the nearest to the account is given.
 */
export function effectiveStatus(lineage: Lineage): AccountStatus {
  return lineage.reduce<AccountStatus>(
    (worst, { status }) => (severity[status] >= severity[worst] ? status : worst),
    'active',
  )
}

/** Whether going from one status to the other gives something back. */
export function isUpward(from: AccountStatus, to: AccountStatus): boolean {
  return severity[to] < severity[from]
}
