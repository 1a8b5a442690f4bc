import { createHash } from 'node:crypto'
import type { Connection } from './connection.ts'
import { accounts } from './migrations/0001-accounts.ts'
import { keys } from './migrations/0002-keys.ts'
import { crossbar } from './migrations/0003-crossbar.ts'
import { callflows } from './migrations/0004-callflows.ts'
import { audit } from './migrations/0005-audit.ts'

export type Migration = { readonly name: string; readonly sql: string }

/** In the order in which they are applied; a released one is never edited. */
export const migrations: readonly Migration[] = [
  { name: '0001-accounts', sql: accounts },
  { name: '0002-keys', sql: keys },
  { name: '0003-crossbar', sql: crossbar },
  { name: '0004-callflows', sql: callflows },
  { name: '0005-audit', sql: audit },
]

/**
 * Brings the database up to the last of `steps` in one transaction.
 * Throws, changing nothing, when the file was made by a newer program or by other migrations.
 */
export function migrate(connection: Connection, steps: readonly Migration[] = migrations): void {
  connection.transaction(() => applyMissing(connection, steps)).immediate()
}

function applyMissing(connection: Connection, steps: readonly Migration[]): void {
  connection.exec(`
    CREATE TABLE IF NOT EXISTS migrations (
      number INTEGER NOT NULL PRIMARY KEY,
      name TEXT NOT NULL,
      hash TEXT NOT NULL
    ) STRICT
  `)
  const applied = connection
    .prepare<[], { name: string; hash: string }>(
      'SELECT name, hash FROM migrations ORDER BY number',
    )
    .all()
  if (applied.length > steps.length) {
    const newest = applied.at(-1)?.name
    throw new Error(
      `the database is newer than this program: it has migration ${newest}, the newest known here ` +
        `is ${steps.at(-1)?.name ?? 'none'}. Start the version of Strowger that made it, or a later one`,
    )
  }
  const record = connection.prepare('INSERT INTO migrations (number, name, hash) VALUES (?, ?, ?)')
  for (const [index, step] of steps.entries()) {
    const hash = createHash('sha256').update(step.sql).digest('hex')
    const present = applied[index]
    if (present === undefined) {
      connection.exec(step.sql)
      record.run(index + 1, step.name, hash)
    } else if (present.name !== step.name || present.hash !== hash) {
      throw new Error(
        `the database was made by another migration ${present.name} than the ${step.name} of this program`,
      )
    }
  }
}
