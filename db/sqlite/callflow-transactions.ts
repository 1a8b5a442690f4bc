import type { AuditEntry, CallflowDraft, CallflowOutcome, Store } from '../store.ts'
import type { Sync, Tables } from './tables.ts'

export function insertingCallflow(tables: Tables): Sync<Store['insertCallflow']> {
  const { accounts, callflows, idempotency } = tables
  return (draft, lineage, entry, idempotent, atMost = Number.POSITIVE_INFINITY) => {
    const earlier = idempotent && idempotency.find(idempotent)
    if (earlier !== undefined) {
      return { outcome: 'repeated', earlier }
    }
    if (!accounts.isCurrent(lineage)) {
      return { outcome: 'stale' }
    }
    if (callflows.count(draft.accountSid) >= atMost) {
      return { outcome: 'quotaReached' }
    }
    const result = stored(tables, draft, entry, callflows.insert)
    if (result.outcome === 'stored' && idempotent !== undefined) {
      idempotency.insert(idempotent, draft.id, entry.at)
    }
    return result
  }
}

export function changingCallflow(tables: Tables): Sync<Store['changeCallflow']> {
  const { accounts, callflows } = tables
  return ({ accountSid, id, revision }, draft, lineage, entry) =>
    callflows.find(accountSid, id)?.revision === revision && accounts.isCurrent(lineage)
      ? stored(tables, draft, entry, callflows.change)
      : { outcome: 'stale' }
}

export function removingCallflow(tables: Tables): Sync<Store['removeCallflow']> {
  const { accounts, callflows, audit } = tables
  return ({ accountSid, id, revision }, lineage, entry) => {
    if (callflows.find(accountSid, id)?.revision !== revision || !accounts.isCurrent(lineage)) {
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
