import type {
  AuditEntry,
  ChangeOutcome,
  InsertOutcome,
  Lineage,
  PlacedAccount,
  Store,
} from '../store.ts'
import type { Sync, Tables } from './tables.ts'

export function readingForRequest({ accounts, apiKeys }: Tables): Sync<Store['readForRequest']> {
  return (login, targetKey) => {
    const apiKey = login && 'apiKeySid' in login ? apiKeys.find(login.apiKeySid) : undefined
    const accountKey = login && 'apiKeySid' in login ? apiKey && { sid: apiKey.accountSid } : login
    return {
      account: accountKey && accounts.find(accountKey),
      apiKey,
      target: targetKey && accounts.find(targetKey),
    }
  }
}

export function insertingAccount(tables: Tables): Sync<Store['insertAccount']> {
  const guard = guardedWrites(tables)
  return (account, parentLineage, entry, idempotent): InsertOutcome => {
    const earlier = idempotent && tables.idempotency.find(idempotent)
    if (earlier !== undefined) {
      return { outcome: 'repeated', earlier }
    }
    const parent = guard.current(parentLineage)
    if (parent === undefined) {
      return { outcome: 'stale' }
    }
    const taken = tables.writes.insert(account, parent.path)
    if (taken !== undefined) {
      return { outcome: 'duplicate', field: taken }
    }
    if (account.status !== 'closed') {
      tables.writes.count(parentLineage, 1)
    }
    if (idempotent !== undefined) {
      tables.idempotency.insert(idempotent, account.sid, entry.at)
    }
    return { outcome: 'inserted', account: guard.recorded(account.sid, entry) }
  }
}

export function changingAccount(tables: Tables): Sync<Store['changeAccount']> {
  const guard = guardedWrites(tables)
  return (lineage, change, entry): ChangeOutcome => {
    const before = guard.current(lineage)
    if (before === undefined) {
      return { outcome: 'stale' }
    }
    tables.writes.change(before.sid, change, entry.at)
    if (change.status === 'closed' && before.status !== 'closed') {
      tables.writes.count(lineage.slice(0, -1), -(1 + before.descendantsCount))
      tables.branches.begin(before.path, before.sid)
    }
    return { outcome: 'changed', account: guard.recorded(before.sid, entry) }
  }
}

export function migratingBranch(tables: Tables): Sync<Store['migrateBranch']> {
  const guard = guardedWrites(tables)
  return (lineage, organizationSid, entry): ChangeOutcome => {
    const before = guard.current(lineage)
    if (before === undefined) {
      return { outcome: 'stale' }
    }
    tables.writes.setOrganization(before.path, organizationSid, entry.at)
    return { outcome: 'changed', account: guard.recorded(before.sid, entry) }
  }
}

/** The two ends of every write to an account: is what it was decided on still so, and what came of it. */
function guardedWrites(tables: Tables) {
  const { accounts, audit } = tables
  return {
    current: (lineage: Lineage): PlacedAccount | undefined =>
      accounts.isCurrent(lineage) ? accounts.find({ sid: targetOf(lineage) }) : undefined,
    recorded(sid: string, entry: AuditEntry): PlacedAccount {
      audit.insert(entry)
      const account = accounts.find({ sid })
      if (account === undefined) {
        throw new Error(`account ${sid} is gone in the middle of a transaction`)
      }
      return account
    },
  }
}

function targetOf(lineage: Lineage): string {
  const last = lineage.at(-1)
  if (last === undefined) {
    throw new Error('a lineage is never empty')
  }
  return last.sid
}
