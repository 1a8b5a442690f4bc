import { chmodSync } from 'node:fs'
import Database from 'better-sqlite3'
import type { CopiedDatabase } from '../maintenance.ts'
import { type Connection, prepareConnection } from './connection.ts'
import { databaseReading } from './database-reading.ts'
import { schemaAge } from './migrate.ts'

/**
 * Opens a copy that nobody else uses and makes it one file that needs no other beside it.
 * Throws when it is no database of Strowger, or newer than this program.
 */
export function openCopy(file: string): CopiedDatabase {
  chmodSync(file, 0o600)
  const connection = new Database(file, { fileMustExist: true })
  try {
    connection.pragma('journal_mode = DELETE')
    // No other file ever holds what is taken out of this one.
    connection.pragma('journal_mode = MEMORY')
    connection.pragma('secure_delete = ON')
    prepareConnection(connection)
    schemaAge(connection)
  } catch (error) {
    connection.close()
    throw error
  }
  return {
    ...databaseReading(connection),
    putKey(key) {
      connection.exec('CREATE TABLE sealing_key (sealing_key BLOB NOT NULL) STRICT')
      connection.prepare('INSERT INTO sealing_key (sealing_key) VALUES (?)').run(key)
    },
    takeKey: () => takeKey(connection),
    close: () => {
      connection.close()
    },
  }
}

function takeKey(connection: Connection): Uint8Array | undefined {
  const isThere = "SELECT 1 FROM sqlite_master WHERE name = 'sealing_key'"
  if (connection.prepare(isThere).get() === undefined) {
    return undefined
  }
  const row = connection
    .prepare<[], { sealing_key: Uint8Array }>('SELECT sealing_key FROM sealing_key')
    .get()
  connection.exec('DROP TABLE sealing_key; VACUUM')
  return row?.sealing_key
}
