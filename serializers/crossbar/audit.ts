import type { AuditRecord, JsonObject } from '../../db/store.ts'
import { gregorianSeconds } from '../dates.ts'
import { idOf } from './account.ts'

const kinds: Readonly<Record<string, string>> = {
  AC: 'account',
  SK: 'api_key',
  CF: 'callflow',
  OR: 'organization',
  WH: 'webhook',
}

/** What `target_type` may say. */
export const targetTypes: readonly string[] = Object.values(kinds)

/** An audit row as this dialect lists it: ids as elsewhere here, those of keys as one logs in with. */
export function auditDocument(row: AuditRecord): JsonObject {
  const { accountSid, actorSid, actorKeySid, requestId, address, dialect } = row
  return {
    id: idOf(row.sid),
    created: gregorianSeconds(new Date(row.at)),
    action: row.action,
    ...(accountSid !== undefined && { account_id: idOf(accountSid) }),
    target_type: kinds[row.targetSid.slice(0, 2)] ?? 'account',
    target: shortened(row.targetSid),
    ...(actorSid !== undefined && { actor: idOf(actorSid) }),
    ...(actorKeySid !== undefined && { actor_key: actorKeySid }),
    ...(requestId !== undefined && { request_id: requestId }),
    ...(address !== undefined && { address }),
    ...(dialect !== undefined && { dialect }),
    changes: row.changes,
  }
}

function shortened(sid: string): string {
  return sid.startsWith('SK') ? sid : idOf(sid)
}
