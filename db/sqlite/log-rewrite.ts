import { closeSync, existsSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'

const chunkBytes = 1_048_576

/**
 * Writes the log that a server has left which did not end in order over itself, and syncs it. After a
 * sync that failed, the kernel may take pages of the log for written that the disk has never got. SQLite
 * would read them, append to them, and lose with them at the next power cut what it had acknowledged.
 * Only for who holds the folder.
 */
export function rewriteLog(database: string): void {
  const log = `${database}-wal`
  if (!existsSync(log)) {
    return
  }
  const fd = openSync(log, 'r+')
  try {
    const chunk = Buffer.alloc(chunkBytes)
    let at = 0
    for (let read = -1; read !== 0; at += read) {
      read = readSync(fd, chunk, 0, chunkBytes, at)
      for (let written = 0; written < read; ) {
        written += writeSync(fd, chunk, written, read - written, at + written)
      }
    }
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
