import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { FolderLock } from '../maintenance.ts'

/**
 * Takes the data folder for this process alone. The lock is one the operating system keeps on an
 * open file, so it ends with the process however that ends, and a stale one cannot be.
 * Throws, naming the process id of the holder, when another server has the folder.
 */
export function lockFolder(folder: string): FolderLock {
  const file = join(folder, 'strowger.lock')
  const holderFile = join(folder, 'strowger.pid')
  const lock = new Database(file, { timeout: 0 })
  try {
    lock.pragma('locking_mode = EXCLUSIVE')
    lock.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    if (!(cause instanceof Database.SqliteError) || cause.code !== 'SQLITE_BUSY') {
      throw cause
    }
    throw new Error(
      `the data folder ${folder} is in use by another server, process ${readHolder(holderFile)}`,
      { cause },
    )
  }
  chmodSync(file, 0o600)
  writeFileSync(holderFile, `${process.pid}\n`, { mode: 0o600 })
  return {
    release() {
      rmSync(holderFile, { force: true })
      lock.close()
    },
  }
}

function readHolder(holderFile: string): string {
  try {
    return readFileSync(holderFile, 'utf8').trim()
  } catch {
    return 'unknown'
  }
}
