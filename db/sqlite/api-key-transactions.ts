import type { KeyInsertOutcome, Store } from '../store.ts'
import type { Sync, Tables } from './tables.ts'

export function insertingApiKey(tables: Tables): Sync<Store['insertApiKey']> {
  return (key, lineage, entry, idempotent, atMost = Number.POSITIVE_INFINITY): KeyInsertOutcome => {
    const earlier = idempotent && tables.idempotency.find(idempotent)
    if (earlier !== undefined) {
      return { outcome: 'repeated', earlier }
    }
    if (!tables.accounts.isCurrent(lineage)) {
      return { outcome: 'stale' }
    }
    if (tables.apiKeys.count(key.accountSid) >= atMost) {
      return { outcome: 'quotaReached' }
    }
    tables.apiKeys.insert(key)
    if (idempotent !== undefined) {
      tables.idempotency.insert(idempotent, key.sid, entry.at)
    }
    tables.audit.insert(entry)
    return { outcome: 'inserted' }
  }
}

export function renamingApiKey({ apiKeys, audit }: Tables): Sync<Store['renameApiKey']> {
  return (accountSid, sid, friendlyName, entry) => {
    if (apiKeys.find(sid)?.accountSid !== accountSid) {
      return false
    }
    apiKeys.rename(sid, friendlyName, entry.at)
    audit.insert(entry)
    return true
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
