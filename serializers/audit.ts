import type { AuditRecord } from '../db/store.ts'

/** An audit row as it is written outside the dialects and in Restcomm's; what nobody recorded is undefined. */
export function auditObject(row: AuditRecord, date: string): object {
  return {
    sid: row.sid,
    account_sid: row.accountSid,
    date_created: date,
    action: row.action,
    target_sid: row.targetSid,
    actor_sid: row.actorSid,
    actor_key_sid: row.actorKeySid,
    request_id: row.requestId,
    address: row.address,
    dialect: row.dialect,
    changes: row.changes,
  }
}
