import { existsSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import type { Snapshot } from '../maintenance.ts'
import { prepareConnection } from './connection.ts'
import { databaseReading } from './database-reading.ts'
import { lockFolder } from './lock.ts'
import { schemaAge } from './migrate.ts'

const pagesAtOnce = 1000

/**
 * One moment of a database, held by a transaction that only reads. Under writers a backup without it
 * begins again with each of their commits, and its counts would be those of another moment.
 * Throws as `Maintenance.openSnapshot` says.
 */
export function openSnapshot(file: string, orOlder?: 'orOlder'): Snapshot {
  if (!existsSync(file)) {
    throw new Error(`${dirname(file)} has no database`)
  }
  const hadLog = existsSync(`${file}-wal`) || existsSync(`${file}-shm`)
  const connection = new Database(file, { readonly: true })
  const close = () => {
    connection.close()
    if (!hadLog) {
      removeOwnLog(file)
    }
  }
  try {
    connection.pragma('busy_timeout = 5000')
    connection.pragma('cache_size = -65536')
    prepareConnection(connection)
    connection.exec('BEGIN')
    if (schemaAge(connection) === 'older' && orOlder === undefined) {
      throw new Error(`${file} is of an older version: start the server once, which updates it`)
    }
  } catch (error) {
    close()
    throw error
  }
  return {
    ...databaseReading(connection),
    damage: () => damageOf(file),
    async copyTo(target, progress) {
      await connection.backup(target, {
        progress({ totalPages, remainingPages }) {
          progress(totalPages - remainingPages, totalPages)
          return pagesAtOnce
        },
      })
      progress(1, 1)
    },
    close,
  }
}

/**
 * On a connection that is opened for reading SQLite's check passes over the rows and indexes (measured
 * with 13.2 of the package), so this one could write and is told not to. It ends before the snapshot
 * does, and so never is the last, which would write the log back.
 */
function damageOf(file: string): readonly string[] {
  const connection = new Database(file, { fileMustExist: true })
  try {
    connection.pragma('query_only = ON')
    connection.pragma('busy_timeout = 5000')
    prepareConnection(connection)
    return [...databaseReading(connection).damage()]
  } finally {
    connection.close()
  }
}

/**
 * Even a reader makes `-wal` and `-shm` where there are none, and cannot take them away itself. Here
 * they are, unless a server has come meanwhile and uses them.
 */
function removeOwnLog(file: string): void {
  const folder = dirname(file)
  const release = lockIfKnown(folder)
  if (release === undefined) {
    return
  }
  if (existsSync(`${file}-wal`) && statSync(`${file}-wal`).size === 0) {
    rmSync(`${file}-wal`)
    rmSync(`${file}-shm`, { force: true })
  }
  release()
}

/** Where no server ever was there is no lock to take, and none is made. */
function lockIfKnown(folder: string): (() => void) | undefined {
  if (!existsSync(join(folder, 'strowger.lock'))) {
    return () => {}
  }
  try {
    return lockFolder(folder).release
  } catch {
    return undefined
  }
}
