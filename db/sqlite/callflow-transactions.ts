import type { AuditEntry, CallflowDraft, CallflowOutcome, Store } from '../store.ts'
import { isCurrent, type Sync, type Tables } from './tables.ts'

export function insertingCallflow(tables: Tables): Sync<Store['insertCallflow']> {
  const { callflows } = tables
  return (draft, lineage, entry, atMost = Number.POSITIVE_INFINITY) => {
    if (!isCurrent(tables, lineage, entry)) {
      return { outcome: 'stale' }
    }
    if (callflows.count(draft.accountSid) >= atMost) {
      return { outcome: 'quotaReached' }
    }
    return stored(tables, draft, entry, callflows.insert)
  }
}

export function changingCallflow(tables: Tables): Sync<Store['changeCallflow']> {
  const { callflows } = tables
  return ({ accountSid, id, revision }, draft, lineage, entry) =>
    callflows.find(accountSid, id)?.revision === revision && isCurrent(tables, lineage, entry)
      ? stored(tables, draft, entry, callflows.change)
      : { outcome: 'stale' }
}

export function removingCallflow(tables: Tables): Sync<Store['removeCallflow']> {
  const { callflows, audit } = tables
  return ({ accountSid, id, revision }, lineage, entry) => {
    if (
      callflows.find(accountSid, id)?.revision !== revision ||
      !isCurrent(tables, lineage, entry)
    ) {
      return 'stale'
    }
    callflows.remove(id, entry.at)
    audit.insert(entry)
    return 'removed'
  }
}

function stored(
  { callflows, audit }: Tables,
  draft: CallflowDraft,
  entry: AuditEntry,
  write: (draft: CallflowDraft, at: number) => void,
): CallflowOutcome {
  const conflicts = callflows.conflicts(draft)
  if (conflicts.length > 0) {
    return { outcome: 'duplicate', conflicts }
  }
  write(draft, entry.at)
  audit.insert(entry)
  const callflow = callflows.find(draft.accountSid, draft.id)
  if (callflow === undefined) {
    throw new Error(`callflow ${draft.id} is gone in the middle of a transaction`)
  }
  return { outcome: 'stored', callflow }
}
