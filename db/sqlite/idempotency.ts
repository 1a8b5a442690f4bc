import type { AuditEntry, IdempotentRequest, IdempotentResult } from '../store.ts'
import type { Connection } from './connection.ts'

export type IdempotencyRows = {
  find(request: IdempotentRequest): IdempotentResult | undefined
  /** Whether what is to be recorded was asked for by a request that has been carried out. */
  isDone(entry: AuditEntry): boolean
  /** Notes what the request has made or changed, and lets go of some of what is old enough to be forgotten. */
  insert(request: IdempotentRequest, resultSid: string, at: number): void
}

type Row = { request_digest: Uint8Array; result_sid: string }

const forgottenAtOnce = 100

export function idempotencyRows(connection: Connection): IdempotencyRows {
  const find = connection.prepare<IdempotentRequest, Row>(`
    SELECT request_digest, result_sid
    FROM idempotency
    WHERE caller_sid = @callerSid AND route = @route AND key = @key
      AND created_at >= @forgottenBefore
  `)
  const insert = connection.prepare(`
    INSERT OR REPLACE INTO idempotency (
      caller_sid, route, key, request_digest, result_sid, created_at
    )
    VALUES (@callerSid, @route, @key, @requestDigest, @resultSid, @at)
  `)
  const forget = connection.prepare(`
    DELETE FROM idempotency
    WHERE (caller_sid, route, key) IN (
      SELECT caller_sid, route, key
      FROM idempotency
      WHERE created_at < @forgottenBefore
      LIMIT @limit
    )
  `)
  return {
    find(request) {
      const row = find.get(request)
      return row && { requestDigest: row.request_digest, resultSid: row.result_sid }
    },
    isDone: ({ idempotent }) => idempotent !== undefined && find.get(idempotent) !== undefined,
    insert(request, resultSid, at) {
      const { forgottenBefore, ...columns } = request
      forget.run({ forgottenBefore, limit: forgottenAtOnce })
      insert.run({ ...columns, resultSid, at })
    },
  }
}
