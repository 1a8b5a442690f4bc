import type { KeyInsertOutcome, Store } from '../store.ts'
import { isCurrent, type Sync, type Tables } from './tables.ts'

export function insertingApiKey(tables: Tables): Sync<Store['insertApiKey']> {
  return (key, lineage, entry, atMost = Number.POSITIVE_INFINITY): KeyInsertOutcome => {
    if (!isCurrent(tables, lineage, entry)) {
      return { outcome: 'stale' }
    }
    if (tables.apiKeys.count(key.accountSid) >= atMost) {
      return { outcome: 'quotaReached' }
    }
    tables.apiKeys.insert(key)
    tables.audit.insert(entry)
    return { outcome: 'inserted' }
  }
}

export function renamingApiKey({
  apiKeys,
  audit,
  idempotency,
}: Tables): Sync<Store['renameApiKey']> {
  return (accountSid, sid, friendlyName, entry) => {
    if (apiKeys.find(sid)?.accountSid !== accountSid) {
      return 'missing'
    }
    if (idempotency.isDone(entry)) {
      return 'stale'
    }
    apiKeys.rename(sid, friendlyName, entry.at)
    audit.insert(entry)
    return 'renamed'
  }
}

export function removingApiKey({ apiKeys, audit }: Tables): Sync<Store['removeApiKey']> {
  return (accountSid, sid, entry) => {
    if (apiKeys.find(sid)?.accountSid !== accountSid) {
      return false
    }
    apiKeys.remove(sid)
    audit.insert(entry)
    return true
  }
}
