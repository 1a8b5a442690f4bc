import { join } from 'node:path'
import Database from 'better-sqlite3'
import * as assert from 'uvu/assert'

type Row = {
  sid: string
  parent_sid: string | null
  path: string
  status: string
  descendants_count: number
  revision: number
}

type Audited = { target_sid: string; creates: number; entries: number }

/** Looks into the file of a server that is down: whatever was written there was written whole. */
export function assertWhole(folder: string): void {
  readDatabase(folder, (database) => {
    assert.is(database.pragma('integrity_check', { simple: true }), 'ok')
    assert.equal(database.pragma('foreign_key_check'), [])
    const rows = database
      .prepare<[], Row>(
        'SELECT sid, parent_sid, path, status, descendants_count, revision FROM accounts',
      )
      .all()
    assertPaths(rows)
    assertCounts(rows)
    assertAudited(
      rows,
      database
        .prepare<[], Audited>(`
          SELECT target_sid, sum(action LIKE '%.create') AS creates, count(*) AS entries
          FROM audit
          WHERE action NOT LIKE 'login.%' AND action NOT LIKE 'session.%'
          GROUP BY target_sid
        `)
        .all(),
    )
  })
}

export function readDatabase<T>(folder: string, read: (database: Database.Database) => T): T {
  const database = new Database(join(folder, 'strowger.db'), { readonly: true })
  try {
    return read(database)
  } finally {
    database.close()
  }
}

function assertPaths(rows: readonly Row[]): void {
  const paths = new Map(rows.map(({ sid, path }) => [sid, path]))
  for (const { sid, parent_sid, path } of rows) {
    const above = parent_sid === null ? '' : paths.get(parent_sid)
    assert.is(path, `${above}${sid}/`)
  }
}

/** Each account counts those below it at all levels, without the closed ones and what is below them. */
function assertCounts(rows: readonly Row[]): void {
  const children = Map.groupBy(rows, ({ parent_sid }) => parent_sid)
  const livingBelow = (sid: string): number =>
    (children.get(sid) ?? [])
      .filter(({ status }) => status !== 'closed')
      .reduce((sum, child) => sum + 1 + livingBelow(child.sid), 0)
  for (const { sid, descendants_count } of rows) {
    assert.is(descendants_count, livingBelow(sid), `the descendants of ${sid}`)
  }
}

/** One entry for the creation and one for each change, logins aside, and none for what is not there. */
function assertAudited(rows: readonly Row[], audited: readonly Audited[]): void {
  const entries = new Map(audited.map((entry) => [entry.target_sid, entry]))
  for (const { sid, revision } of rows) {
    const found = entries.get(sid)
    assert.is(found?.creates, 1, `the creation of ${sid} in the audit`)
    assert.is(found?.entries, revision, `the changes of ${sid} in the audit`)
  }
  assert.is(audited.length, rows.length)
}
