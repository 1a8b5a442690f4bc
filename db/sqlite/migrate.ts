import { createHash } from 'node:crypto'
import type { Connection } from './connection.ts'
import { accounts } from './migrations/0001-accounts.ts'
import { keys } from './migrations/0002-keys.ts'
import { crossbar } from './migrations/0003-crossbar.ts'
import { callflows } from './migrations/0004-callflows.ts'
import { audit } from './migrations/0005-audit.ts'
import { reopen } from './migrations/0006-reopen.ts'
import { webhooks } from './migrations/0007-webhooks.ts'
import { auditTarget } from './migrations/0008-audit-target.ts'
import { names } from './migrations/0009-names.ts'

export type Migration = { readonly name: string; readonly sql: string }

/** In the order in which they are applied; a released one is never edited. */
export const migrations: readonly Migration[] = [
  { name: '0001-accounts', sql: accounts },
  { name: '0002-keys', sql: keys },
  { name: '0003-crossbar', sql: crossbar },
  { name: '0004-callflows', sql: callflows },
  { name: '0005-audit', sql: audit },
  { name: '0006-reopen', sql: reopen },
  { name: '0007-webhooks', sql: webhooks },
  { name: '0008-audit-target', sql: auditTarget },
  { name: '0009-names', sql: names },
]

/**
 * Brings the database up to the last of `steps` in one transaction.
 * Throws, changing nothing, when the file was made by a newer program or by other migrations.
 */
export function migrate(connection: Connection, steps: readonly Migration[] = migrations): void {
  connection.transaction(() => applyMissing(connection, steps)).immediate()
}

/**
 * Whether the database is as this program would make it, or has yet to be brought up to that.
 * Throws, reading only, when it is none of Strowger, or made by a newer program or other migrations.
 */
export function schemaAge(
  connection: Connection,
  steps: readonly Migration[] = migrations,
): 'current' | 'older' {
  const isOurs =
    connection.prepare("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").get() !== undefined
  if (!isOurs) {
    throw new Error(`${connection.name} is no database of Strowger`)
  }
  return appliedTo(connection, steps).length === steps.length ? 'current' : 'older'
}

function applyMissing(connection: Connection, steps: readonly Migration[]): void {
  connection.exec(`
    CREATE TABLE IF NOT EXISTS migrations (
      number INTEGER NOT NULL PRIMARY KEY,
      name TEXT NOT NULL,
      hash TEXT NOT NULL
    ) STRICT
  `)
  const applied = appliedTo(connection, steps)
  const record = connection.prepare('INSERT INTO migrations (number, name, hash) VALUES (?, ?, ?)')
  for (const [index, step] of steps.entries()) {
    if (applied[index] === undefined) {
      connection.exec(step.sql)
      record.run(index + 1, step.name, hashOf(step))
    }
  }
}

type Applied = { name: string; hash: string }

function appliedTo(connection: Connection, steps: readonly Migration[]): readonly Applied[] {
  const applied = connection
    .prepare<[], Applied>('SELECT name, hash FROM migrations ORDER BY number')
    .all()
  if (applied.length > steps.length) {
    const newest = applied.at(-1)?.name
    throw new Error(
      `the database is newer than this program: it has migration ${newest}, the newest known here ` +
        `is ${steps.at(-1)?.name ?? 'none'}. Start the version of Strowger that made it, or a later one`,
    )
  }
  for (const [index, step] of steps.entries()) {
    const present = applied[index]
    if (present !== undefined && (present.name !== step.name || present.hash !== hashOf(step))) {
      throw new Error(
        `the database was made by another migration ${present.name} than the ${step.name} of this program`,
      )
    }
  }
  return applied
}

function hashOf(step: Migration): string {
  return createHash('sha256').update(step.sql).digest('hex')
}
