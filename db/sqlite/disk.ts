import { setImmediate as nextTurn } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { StoreError, type StoreFault } from '../errors.ts'
import type { Store } from '../store.ts'
import type { Connection } from './connection.ts'

/** Told once, when the operating system could not say that what was written is on the disk. */
export type SyncFailed = (error: StoreError) => void

const checkpointAfterFrames = 1_000
/** What every request calls; after it nothing is to be looked at. */
const readsOnly = 'readForRequest' satisfies keyof Store
/** How long the log is takes longer to ask than a small write takes, but not than one of so many rows. */
const askEveryWrites = 16
const manyRows = 100

/**
 * The same store, which tells of a broken or full disk by a `StoreError`. After a failed write it goes
 * on, and `probe` rejects until a write has worked again. After a failed sync the kernel may have
 * dropped what it could not write, and a later sync that works proves nothing: from then on nothing is
 * written, `probe` rejects for good and `close` leaves the files as they are, for the next start.
 */
export function watchedStore(
  store: Store,
  connection: Connection,
  syncFailed: SyncFailed = () => {},
): Store {
  const disk = watchDisk(connection, syncFailed)
  const checkpointIfDue = checkpoints(connection, disk)
  const watched: Store = {
    ...store,
    async probe() {
      disk.assertTrusted()
      await store.probe()
      disk.writeIfFailed()
    },
    async touchApiKey(sid, at) {
      // Whoever reads by a key is not to be refused because the note of its use cannot be written.
      await store.touchApiKey(sid, at).catch(disk.overlook)
    },
    async close() {
      if (!disk.isBroken()) {
        await store.close()
      }
    },
  }
  for (const [name, method] of Object.entries(watched)) {
    Object.assign(watched, {
      async [name](...args: unknown[]) {
        try {
          const result: unknown = await Reflect.apply(method, watched, args)
          if (name !== readsOnly && !disk.isBroken()) {
            await checkpointIfDue()
          }
          return result
        } catch (error) {
          throw disk.noted(error)
        }
      },
    })
  }
  return watched
}

function watchDisk(connection: Connection, syncFailed: SyncFailed) {
  let hasFailed = false
  let broken: StoreError | undefined

  /** What a caller is told of `error`; a fault of the disk is remembered. */
  function noted(error: unknown): unknown {
    const fault = faultOf(error)
    if (fault === undefined || !(error instanceof Database.SqliteError)) {
      return error
    }
    const told = new StoreError(fault, error)
    hasFailed = true
    if (syncFaults.has(error.code) && broken === undefined) {
      broken = told
      connection.pragma('query_only = ON')
      syncFailed(told)
    }
    return told
  }

  return {
    noted,
    isBroken: () => broken !== undefined,
    overlook(error: unknown): void {
      if (!(noted(error) instanceof StoreError)) {
        throw error
      }
    },
    assertTrusted(): void {
      if (broken !== undefined) {
        throw broken
      }
    },
    writeIfFailed(): void {
      if (hasFailed) {
        // Nothing reads this number. Setting it writes a page, also where it is the same as before.
        connection.exec('PRAGMA user_version = 0')
        hasFailed = false
      }
    },
  }
}

/**
 * In place of SQLite's own checkpoints, which say nothing of a sync that failed. Gives what is to be
 * called after each call of the store. What it answered is safe in the log by then, so that a fault here
 * is noted of the disk and fails nothing. A checkpoint takes longer than most writes, so it lets others pass
 * before: who waits for both waits for the longer of them only.
 */
function checkpoints(
  connection: Connection,
  disk: ReturnType<typeof watchDisk>,
): () => Promise<void> {
  connection.pragma('wal_autocheckpoint = 0')
  const totalChanges = connection.prepare<[], number>('SELECT total_changes()').pluck()
  const logState = connection.prepare<[], { log: number; checkpointed: number }>(
    'PRAGMA wal_checkpoint(NOOP)',
  )
  let changes = totalChanges.get()
  let writes = 0
  return async () => {
    const changesNow = connection.open ? totalChanges.get() : changes
    if (changesNow === changes) {
      return
    }
    const rows = (changesNow ?? 0) - (changes ?? 0)
    changes = changesNow
    writes += 1
    if (writes < askEveryWrites && rows < manyRows) {
      return
    }
    writes = 0
    try {
      const { log = 0, checkpointed = 0 } = logState.get() ?? {}
      if (log - checkpointed >= checkpointAfterFrames) {
        await nextTurn()
        if (connection.open && !disk.isBroken()) {
          connection.pragma('wal_checkpoint(PASSIVE)')
        }
      }
    } catch (error) {
      disk.noted(error)
    }
  }
}

const syncFaults: ReadonlySet<string> = new Set(['SQLITE_IOERR_FSYNC', 'SQLITE_IOERR_DIR_FSYNC'])

/** A write lock that another program holds too long is as good as a disk that does not write. */
const unavailable = /^SQLITE_(IOERR|READONLY|CANTOPEN|PERM|BUSY|CORRUPT|NOTADB)(_|$)/

function faultOf(error: unknown): StoreFault | undefined {
  if (!(error instanceof Database.SqliteError)) {
    return undefined
  }
  if (error.code === 'SQLITE_FULL') {
    return 'full'
  }
  return unavailable.test(error.code) ? 'unavailable' : undefined
}
