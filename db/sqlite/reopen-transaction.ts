import type { Lineage, ReopenOutcome, Store } from '../store.ts'
import { guardedWrites, isFull, targetOf } from './account-transactions.ts'
import { isCurrent, type Sync, type Tables } from './tables.ts'

export function reopeningBranch(tables: Tables): Sync<Store['reopenBranch']> {
  const { accounts, reopenings, writes } = tables
  const { recorded } = guardedWrites(tables)
  return (lineage, terms, entry): ReopenOutcome => {
    const branch = accounts.find({ sid: targetOf(lineage) })
    if (branch === undefined || !isTopmostClosed(branch.lineage)) {
      return { outcome: 'stale' }
    }
    const parent = accounts.find({ sid: branch.parentSid ?? '' })
    if (parent !== undefined && isFull(tables, parent, terms.maxChildren)) {
      return { outcome: 'quotaReached' }
    }
    const step = reopenings.advance(branch, terms, entry.at)
    if (step.outcome !== 'ready') {
      return step
    }
    // What lies above may change while the accounts below are made ready, but not before this.
    if (!isCurrent(tables, lineage, entry)) {
      return { outcome: 'stale' }
    }
    reopenings.open(branch, terms.newToken(branch.sid), entry.at)
    writes.count(lineage.slice(0, -1), 1 + branch.descendantsCount)
    return { outcome: 'changed', account: recorded(branch.sid, entry) }
  }
}

function isTopmostClosed(lineage: Lineage): boolean {
  return lineage.findIndex(({ status }) => status === 'closed') === lineage.length - 1
}
