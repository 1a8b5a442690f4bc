import type { ApiKeyRecord, KeyReach, KeyScope, NewApiKey, RandomPage } from '../store.ts'
import type { Connection } from './connection.ts'
import { type PageBinding, pageBinding } from './page-binding.ts'

export type ApiKeyRows = {
  find(sid: string): ApiKeyRecord | undefined
  page(accountSid: string, page: RandomPage): readonly ApiKeyRecord[]
  count(accountSid: string): number
  insert(key: NewApiKey): void
  rename(sid: string, friendlyName: string, at: number): void
  remove(sid: string): void
  touch(sid: string, at: number): void
}

type ApiKeyRow = {
  sid: string
  account_sid: string
  friendly_name: string
  secret_digest: Uint8Array
  scope: KeyScope
  reach: KeyReach
  created_at: number
  updated_at: number
  expires_at: number | null
  last_used_at: number | null
}

const columns = `sid, account_sid, friendly_name, secret_digest, scope, reach, created_at, updated_at,
  expires_at, last_used_at`

export function apiKeyRows(connection: Connection): ApiKeyRows {
  const statements = prepareKeys(connection)
  return {
    find(sid) {
      const row = statements.bySid.get(sid)
      return row && recordFrom(row)
    },
    page(of, page) {
      const binding = { of, offset: page.offset ?? 0, ...pageBinding(page) }
      const rows =
        page.before === undefined
          ? statements.page.all(binding)
          : statements.pageBackwards.all(binding).reverse()
      return rows.map(recordFrom)
    },
    count: (accountSid) => statements.count.get(accountSid)?.keys ?? 0,
    insert(key) {
      statements.insert.run({ ...key, expiresAt: key.expiresAt ?? null })
    },
    rename(sid, friendlyName, at) {
      statements.rename.run({ sid, friendlyName, at })
    },
    remove(sid) {
      statements.remove.run({ sid })
    },
    touch(sid, at) {
      statements.touch.run({ sid, at })
    },
  }
}

function prepareKeys(connection: Connection) {
  const page = (beyond: string, order: string) =>
    connection.prepare<PageBinding & { of: string; offset: number }, ApiKeyRow>(`
      SELECT ${columns}
      FROM api_keys
      WHERE account_sid = @of AND (created_at, sid) ${beyond} (@createdAt, @sid)
      ORDER BY created_at ${order}, sid ${order}
      LIMIT @limit OFFSET @offset
    `)
  return {
    bySid: connection.prepare<[string], ApiKeyRow>(`SELECT ${columns} FROM api_keys WHERE sid = ?`),
    page: page('>', 'ASC'),
    pageBackwards: page('<', 'DESC'),
    count: connection.prepare<[string], { keys: number }>(
      'SELECT count(*) AS keys FROM api_keys WHERE account_sid = ?',
    ),
    insert: connection.prepare(`
      INSERT INTO api_keys (
        sid, account_sid, friendly_name, secret_digest, scope, reach, created_at, updated_at,
        expires_at
      )
      VALUES (
        @sid, @accountSid, @friendlyName, @secretDigest, @scope, @reach, @createdAt, @createdAt,
        @expiresAt
      )
    `),
    rename: connection.prepare(`
      UPDATE api_keys
      SET friendly_name = @friendlyName, updated_at = @at
      WHERE sid = @sid
    `),
    remove: connection.prepare('DELETE FROM api_keys WHERE sid = @sid'),
    touch: connection.prepare('UPDATE api_keys SET last_used_at = @at WHERE sid = @sid'),
  }
}

function recordFrom(row: ApiKeyRow): ApiKeyRecord {
  return {
    sid: row.sid,
    accountSid: row.account_sid,
    friendlyName: row.friendly_name,
    secretDigest: row.secret_digest,
    scope: row.scope,
    reach: row.reach,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    expiresAt: row.expires_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
  }
}
