import type { AccountPlace, DatabaseReading, PendingSweep, SealedValue } from '../maintenance.ts'
import { accountRows } from './accounts.ts'
import { callflowRows } from './callflows.ts'
import type { Connection } from './connection.ts'
import { badColumns, danglingRows, repeatedFacts } from './row-checks.ts'

type PlaceRow = {
  sid: string
  parent_sid: string | null
  path: string
  status: AccountPlace['status']
  closed_by: string | null
  descendants_count: number
}

type SealedRow = { sid: string; sealed: Uint8Array; digest: Uint8Array | null }

/** Everything that is read of a database as a whole. Of one moment if the connection is in a transaction. */
export function databaseReading(connection: Connection): Omit<DatabaseReading, 'close'> {
  return {
    counts: () =>
      new Map(tableNames(connection).map((table) => [table, countOf(connection, table)])),
    *damage() {
      const rows = connection.prepare<[], { integrity_check: string }>('PRAGMA integrity_check')
      for (const { integrity_check: line } of rows.all()) {
        if (line !== 'ok') {
          yield `strowger.db: ${line}`
        }
      }
    },
    danglingRows: () => danglingRows(connection, tableNames(connection)),
    repeatedFacts: () => repeatedFacts(connection),
    badColumns: () => badColumns(connection),
    places: () => places(connection),
    pendingSweeps: () => pendingSweeps(connection),
    sealedValues: () => sealedValues(connection),
    findAccount: (key) => key && accountRows(connection).find(key),
    callflowsOf: (accountSid) =>
      callflowRows(connection).page(accountSid, { ascending: true, limit: -1 }),
  }
}

function pendingSweeps(connection: Connection): readonly PendingSweep[] {
  return connection
    .prepare<[], Omit<PendingSweep, 'isReopened'> & { reopening: string | null }>(`
      SELECT path, sid, swept_to AS sweptTo, reopening
      FROM closed_branches
    `)
    .all()
    .map(({ reopening, ...sweep }) => ({ ...sweep, isReopened: reopening !== null }))
}

/** All but SQLite's own, and whatever is added later. */
export function tableNames(connection: Connection): readonly string[] {
  return connection
    .prepare<[], { name: string }>(`
      SELECT name
      FROM sqlite_master
      WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
      ORDER BY name
    `)
    .all()
    .map(({ name }) => name)
}

function countOf(connection: Connection, table: string): number {
  const count = connection.prepare<[], { rows: number }>(`SELECT count(*) AS rows FROM "${table}"`)
  return count.get()?.rows ?? 0
}

function* places(connection: Connection): Iterable<AccountPlace> {
  const rows = connection.prepare<[], PlaceRow>(`
    SELECT sid, parent_sid, path, status, closed_by, descendants_count
    FROM accounts NOT INDEXED
    ORDER BY id
  `)
  for (const row of rows.iterate()) {
    yield {
      sid: row.sid,
      parentSid: row.parent_sid ?? undefined,
      path: row.path,
      status: row.status,
      closedBy: row.closed_by ?? undefined,
      descendantsCount: row.descendants_count,
    }
  }
}

/** Each kind of sealed value; a database of an older version has not all of them. */
const sealedColumns = [
  {
    table: 'accounts',
    which: 'AuthToken',
    sealed: 'sealed_token',
    digest: 'token_digest',
  },
  {
    table: 'accounts',
    which: 'secondary AuthToken',
    sealed: 'secondary_sealed_token',
    digest: "coalesce(secondary_token_digest, x'')",
  },
  { table: 'webhooks', which: 'secret', sealed: 'sealed_secret', digest: 'NULL' },
  { table: 'webhooks', which: 'previous secret', sealed: 'previous_sealed_secret', digest: 'NULL' },
] as const

function* sealedValues(connection: Connection): Iterable<SealedValue> {
  const hasColumn = connection.prepare<[string, string], object>(
    'SELECT 1 FROM pragma_table_info(?) WHERE name = ?',
  )
  for (const { table, which, sealed, digest } of sealedColumns) {
    if (hasColumn.get(table, sealed) !== undefined) {
      const rows = connection.prepare<[], SealedRow>(`
        SELECT sid, ${sealed} AS sealed, ${digest} AS digest
        FROM ${table}
        WHERE ${sealed} IS NOT NULL
        ORDER BY rowid
      `)
      for (const row of rows.iterate()) {
        yield { sid: row.sid, which, sealed: row.sealed, digest: row.digest ?? undefined }
      }
    }
  }
}
