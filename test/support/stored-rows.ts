import { join } from 'node:path'
import Database from 'better-sqlite3'

type Row = Readonly<Record<string, unknown>>

/** Every row of these tables, in order, without the columns that do not matter; read past the program. */
export function storedRows(
  folder: string,
  tables: readonly string[],
  ignored: readonly string[] = [],
): readonly Row[] {
  const database = new Database(join(folder, 'strowger.db'), { readonly: true })
  try {
    return tables.flatMap((table) =>
      database
        .prepare<[], Row>(`SELECT '${table}' AS "table", * FROM ${table} ORDER BY 2`)
        .all()
        .map((row) => {
          const kept = Object.entries(row).filter(([column]) => !ignored.includes(column))
          return Object.fromEntries(kept)
        }),
    )
  } finally {
    database.close()
  }
}

/**
 * The same rows by their table and key. Failed logins are left out: the audit has them a minute later,
 * so it is the speed of the machine that decides whether a test finds them.
 */
export function storedRowsByKey(
  folder: string,
  tables: readonly string[],
  ignored: readonly string[] = [],
): ReadonlyMap<string, string> {
  const rows = storedRows(folder, tables, ignored).filter(({ action }) => action !== 'login.failed')
  return new Map(
    rows.map((row) => {
      const [table, key] = Object.values(row)
      return [`${table} ${JSON.stringify(key)}`, JSON.stringify(row)]
    }),
  )
}

/** The tables and keys of the rows that came, went or became others. */
export function changedRows(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly string[] {
  const all = [...new Set([...before.keys(), ...after.keys()])]
  return all.filter((row) => before.get(row) !== after.get(row))
}
