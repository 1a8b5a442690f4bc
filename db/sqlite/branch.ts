import type { AccountRecord } from '../store.ts'

/** The first text behind every path of the branch: `0` follows `/`, in which each path ends. */
export function endOfBranch(path: AccountRecord['path']): string {
  return `${path.slice(0, -1)}0`
}
