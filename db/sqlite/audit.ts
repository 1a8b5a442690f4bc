import type { AuditChanges, AuditEntry, AuditPage, AuditRecord } from '../store.ts'
import type { Connection } from './connection.ts'
import type { IdempotencyRows } from './idempotency.ts'
import type { DeliveryRows } from './webhook-deliveries.ts'

export type AuditRows = {
  /**
   * Records, in one go with queueing it for the webhooks that are told of it and with remembering the
   * request that may be sent again; gives the id of the row.
   */
  insert(entry: AuditEntry): number | bigint
  /** Reads twice; the caller puts it into a transaction. */
  page(accountSid: string, page: AuditPage): readonly AuditRecord[]
  /** Moves the time since when rows are kept, never back, and removes some of those before it. */
  prune(before: number, limit: number): 'more' | 'done'
}

export type AuditRow = {
  sid: string
  account_sid: string | null
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

export const auditColumns = `sid, account_sid, at, action, target_sid, actor_sid, actor_key_sid,
  request_id, address, dialect, changes`

/** A row may hold two whole documents of a callflow; a page of them must not fill the memory. */
const mostCharacters = 2 * 1024 * 1024

export function auditRows(
  connection: Connection,
  deliveries: Pick<DeliveryRows, 'queue'>,
  idempotency: Pick<IdempotencyRows, 'insert'>,
): AuditRows {
  const statements = prepareAudit(connection)
  return {
    insert(entry) {
      const { lastInsertRowid } = statements.insert.run({
        accountSid: entry.accountSid ?? entry.targetSid,
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
      deliveries.queue(lastInsertRowid)
      if (entry.idempotent !== undefined) {
        idempotency.insert(entry.idempotent, entry.targetSid, entry.at)
      }
      return lastInsertRowid
    },
    page(accountSid, { from, to, after, limit }) {
      const position = positionBehind(statements, accountSid, after)
      if (position === undefined) {
        return []
      }
      const range = { from: from ?? Number.MIN_SAFE_INTEGER, to: to ?? Number.MAX_SAFE_INTEGER }
      const rows = statements.page.iterate({ of: accountSid, limit, ...range, ...position })
      return [...untilFull(rows)].map(recordFrom)
    },
    prune(before, limit) {
      statements.keepSince.run({ before })
      return statements.prune.run({ before, limit }).changes < limit ? 'done' : 'more'
    },
  }
}

type Statements = ReturnType<typeof prepareAudit>
type Position = { at: number; id: number }

const newest: Position = { at: Number.MAX_SAFE_INTEGER, id: Number.MAX_SAFE_INTEGER }

function positionBehind(
  { position }: Statements,
  of: string,
  after: string | undefined,
): Position | undefined {
  return after === undefined ? newest : position.get({ of, after })
}

function* untilFull(rows: Iterable<AuditRow>): Generator<AuditRow> {
  let characters = 0
  for (const row of rows) {
    yield row
    characters += row.changes.length
    if (characters > mostCharacters) {
      return
    }
  }
}

function prepareAudit(connection: Connection) {
  return {
    insert: connection.prepare(`
      INSERT INTO audit (${auditColumns})
      VALUES (
        'AU' || lower(hex(randomblob(16))), @accountSid, @at, @action, @targetSid, @actorSid,
        @actorKeySid, @requestId, @address, @dialect, @changes
      )
    `),
    position: connection.prepare<{ of: string; after: string }, Position>(
      'SELECT at, id FROM audit WHERE sid = @after AND account_sid = @of',
    ),
    page: connection.prepare<
      Position & { of: string; from: number; to: number; limit: number },
      AuditRow
    >(`
      SELECT ${auditColumns}
      FROM audit
      WHERE account_sid = @of AND at BETWEEN @from AND @to AND (at, id) < (@at, @id)
      ORDER BY at DESC, id DESC
      LIMIT @limit
    `),
    keepSince: connection.prepare(`
      UPDATE audit_retention
      SET kept_since = @before
      WHERE kept_since IS NULL OR kept_since < @before
    `),
    prune: connection.prepare(`
      DELETE FROM audit
      WHERE id IN (SELECT id FROM audit WHERE at < @before ORDER BY at LIMIT @limit)
    `),
  }
}

export function recordFrom(row: AuditRow): AuditRecord {
  // The text was written by `insert` above, from a value of this type.
  const changes: AuditChanges = JSON.parse(row.changes)
  return {
    sid: row.sid,
    accountSid: row.account_sid ?? undefined,
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
