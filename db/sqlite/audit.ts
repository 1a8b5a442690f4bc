import type { AuditChanges, AuditEntry } from '../store.ts'
import type { Connection } from './connection.ts'

export type AuditRows = {
  insert(entry: AuditEntry): void
  of(targetSid: string): readonly AuditEntry[]
}

type AuditRow = {
  at: number
  action: string
  target_sid: string
  actor_sid: string | null
  actor_key_sid: string | null
  request_id: string | null
  address: string | null
  dialect: string | null
  changes: string
}

export function auditRows(connection: Connection): AuditRows {
  const insert = connection.prepare(`
    INSERT INTO audit (
      at, action, target_sid, actor_sid, actor_key_sid, request_id, address, dialect, changes
    )
    VALUES (
      @at, @action, @targetSid, @actorSid, @actorKeySid, @requestId, @address, @dialect, @changes
    )
  `)
  const ofTarget = connection.prepare<[string], AuditRow>(`
    SELECT at, action, target_sid, actor_sid, actor_key_sid, request_id, address, dialect, changes
    FROM audit
    WHERE target_sid = ?
    ORDER BY id
  `)
  return {
    insert(entry) {
      insert.run({
        at: entry.at,
        action: entry.action,
        targetSid: entry.targetSid,
        actorSid: entry.actorSid ?? null,
        actorKeySid: entry.actorKeySid ?? null,
        requestId: entry.requestId ?? null,
        address: entry.address ?? null,
        dialect: entry.dialect ?? null,
        changes: JSON.stringify(entry.changes),
      })
    },
    of: (targetSid) => ofTarget.all(targetSid).map(entryFrom),
  }
}

function entryFrom(row: AuditRow): AuditEntry {
  // The text was written by `insert` above, from a value of this type.
  const changes: AuditChanges = JSON.parse(row.changes)
  return {
    at: row.at,
    action: row.action,
    targetSid: row.target_sid,
    ...(row.actor_sid !== null && { actorSid: row.actor_sid }),
    ...(row.actor_key_sid !== null && { actorKeySid: row.actor_key_sid }),
    ...(row.request_id !== null && { requestId: row.request_id }),
    ...(row.address !== null && { address: row.address }),
    ...(row.dialect !== null && { dialect: row.dialect }),
    changes,
  }
}
