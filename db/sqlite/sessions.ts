import type { SessionRecord } from '../store.ts'
import type { Connection } from './connection.ts'

export type SessionRows = {
  find(tokenDigest: Uint8Array): SessionRecord | undefined
  /** Inserts one, and lets go of some that are over. */
  insert(session: SessionRecord): void
  /** Whether there was one. */
  remove(tokenDigest: Uint8Array): boolean
  removeOf(accountSid: string): void
  /** Removes those of the accounts whose path lies behind `after` and not behind `to`. */
  removeWithin(after: string, to: string): void
}

type SessionRow = {
  token_digest: Uint8Array
  account_sid: string
  method: string
  created_at: number
  expires_at: number
}

const removedAtOnce = 100

export function sessionRows(connection: Connection): SessionRows {
  const statements = prepareSessions(connection)
  return {
    find(tokenDigest) {
      const row = statements.find.get(tokenDigest)
      return row && recordFrom(row)
    },
    insert(session) {
      statements.removeOver.run({ now: session.createdAt, limit: removedAtOnce })
      statements.insert.run(session)
    },
    remove: (tokenDigest) => statements.remove.run(tokenDigest).changes > 0,
    removeOf(accountSid) {
      statements.removeOf.run(accountSid)
    },
    removeWithin(after, to) {
      statements.removeWithin.run({ after, to })
    },
  }
}

function prepareSessions(connection: Connection) {
  return {
    find: connection.prepare<[Uint8Array], SessionRow>(`
      SELECT token_digest, account_sid, method, created_at, expires_at
      FROM sessions
      WHERE token_digest = ?
    `),
    insert: connection.prepare(`
      INSERT INTO sessions (token_digest, account_sid, method, created_at, expires_at)
      VALUES (@tokenDigest, @accountSid, @method, @createdAt, @expiresAt)
    `),
    remove: connection.prepare('DELETE FROM sessions WHERE token_digest = ?'),
    removeOf: connection.prepare('DELETE FROM sessions WHERE account_sid = ?'),
    removeWithin: connection.prepare(`
      DELETE FROM sessions
      WHERE account_sid IN (SELECT sid FROM accounts WHERE path > @after AND path <= @to)
    `),
    removeOver: connection.prepare(`
      DELETE FROM sessions
      WHERE token_digest IN (
        SELECT token_digest FROM sessions WHERE expires_at <= @now LIMIT @limit
      )
    `),
  }
}

function recordFrom(row: SessionRow): SessionRecord {
  return {
    tokenDigest: row.token_digest,
    accountSid: row.account_sid,
    method: row.method,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }
}
