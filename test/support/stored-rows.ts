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
