import { existsSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { AuditReading } from '../store.ts'
import { type AuditRow, auditColumns, recordFrom } from './audit.ts'
import type { Connection } from './connection.ts'
import { migrations } from './migrate.ts'

/**
 * Opens the audit of a data folder for reading alone. Throws when there is no database, or one of
 * another version than this program's.
 */
export function openAuditReading(folder: string): AuditReading {
  const file = join(folder, 'strowger.db')
  if (!existsSync(file)) {
    throw new Error(`${folder} has no database`)
  }
  const connection = new Database(file, { readonly: true })
  try {
    connection.pragma('busy_timeout = 5000')
    connection.pragma('trusted_schema = OFF')
    requireSameVersion(connection)
  } catch (error) {
    connection.close()
    throw error
  }
  const statements = prepareExport(connection)
  return {
    *rows({ accountSid, from = Number.MIN_SAFE_INTEGER, to = Number.MAX_SAFE_INTEGER }) {
      const rows =
        accountSid === undefined
          ? statements.all.iterate({ from, to })
          : statements.ofAccount.iterate({ from, to, of: accountSid })
      for (const row of rows) {
        yield recordFrom(row)
      }
    },
    hasAccount: (sid) => statements.account.get(sid) !== undefined,
    close: () => connection.close(),
  }
}

function requireSameVersion(connection: Connection): void {
  const names = connection.prepare('SELECT name FROM migrations ORDER BY number').pluck().all()
  if (names.join() !== migrations.map(({ name }) => name).join()) {
    throw new Error(
      `${connection.name} is of another version than this program: an older one is brought up to ` +
        'date when the server is started',
    )
  }
}

type Range = { from: number; to: number }

function prepareExport(connection: Connection) {
  const inOrder = 'at BETWEEN @from AND @to ORDER BY at, id'
  return {
    all: connection.prepare<Range, AuditRow>(`SELECT ${auditColumns} FROM audit WHERE ${inOrder}`),
    ofAccount: connection.prepare<Range & { of: string }, AuditRow>(
      `SELECT ${auditColumns} FROM audit WHERE account_sid = @of AND ${inOrder}`,
    ),
    account: connection.prepare<[string], unknown>('SELECT 1 FROM accounts WHERE sid = ?'),
  }
}
