import { existsSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { EventLog } from '../event-log.ts'
import { type AuditRow, auditColumns, recordFrom } from './audit.ts'

const readAtOnce = 500

/**
 * Opens the events of a data folder for reading alone. They are rows of the audit, in the order of
 * their commits. Throws when the folder has no database.
 */
export function openEventLog(folder: string): EventLog {
  const file = join(folder, 'strowger.db')
  if (!existsSync(file)) {
    throw new Error(`${folder} has no database`)
  }
  const connection = new Database(file, { readonly: true, fileMustExist: true })
  connection.pragma('busy_timeout = 5000')
  connection.pragma('trusted_schema = OFF')
  const end = connection.prepare<[], { id: number }>('SELECT coalesce(max(id), 0) AS id FROM audit')
  const account = connection.prepare<[string], unknown>('SELECT 1 FROM accounts WHERE sid = ?')
  const after = connection.prepare<
    { place: number; account: string | null; limit: number },
    AuditRow & { id: number }
  >(`
    SELECT id, ${auditColumns}
    FROM audit
    WHERE id > @place AND (action LIKE 'account.%' OR action LIKE 'callflow.%')
      AND (@account IS NULL OR EXISTS (
        SELECT 1
        FROM accounts
        WHERE accounts.sid = audit.account_sid AND instr(path, @account || '/') > 0
      ))
    ORDER BY id
    LIMIT @limit
  `)
  const last = () => end.get()?.id ?? 0
  // Where nothing came for this account, what came for others need not be looked at again.
  const read = connection.transaction((place: number, sid: string | undefined) => {
    const rows = after.all({ place, account: sid ?? null, limit: readAtOnce })
    const isWhole = rows.length < readAtOnce
    return { events: rows.map(recordFrom), end: isWhole ? last() : (rows.at(-1)?.id ?? place) }
  })
  return {
    end: last,
    after: (place, sid) => read(place, sid),
    hasAccount: (sid) => account.get(sid) !== undefined,
    close: () => connection.close(),
  }
}
