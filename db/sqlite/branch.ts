import type { AccountRecord } from '../store.ts'

/** The first text behind every path of the branch: `0` follows `/`, in which each path ends. */
export function endOfBranch(path: AccountRecord['path']): string {
  return `${path.slice(0, -1)}0`
}

/**
 * Beside `closed_by IS NULL`: that no account above a row was closed either. Until a sweep has come by,
 * which is soon, only its branch says so. `which` tells of which closed branches that is asked.
 */
export function inNoClosedBranch(row = 'accounts', which = 'true'): string {
  return `
    NOT EXISTS (
      SELECT 1
      FROM closed_branches AS closed
      WHERE ${row}.path > closed.path
        AND ${row}.path < substr(closed.path, 1, length(closed.path) - 1) || '0'
        AND ${which}
    )
  `
}
