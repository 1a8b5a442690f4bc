import { execFileSync } from 'node:child_process'
import { closeSync, fstatSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { isInstalled } from '../support/skip.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Whether disk.c can be compiled and preloaded here; otherwise why not. */
export const noDisk =
  process.platform !== 'linux' ? 'no LD_PRELOAD' : isInstalled('cc') ? undefined : 'no cc'

/** A disk that is recorded, and that fails when it is told to (disk.c). */
export type Disk = {
  /** What the server is to be started with, to be on this disk. */
  readonly env: Readonly<Record<string, string>>
  readonly log: string
  fail(fault: Fault): void
  heal(): void
  /** How many calls have failed since `fail`. */
  failed(): number
  /** How many writes and syncs there were at all. */
  counted(): { readonly write: number; readonly sync: number }
}

export type Fault = {
  readonly target: 'write' | 'sync'
  /** `kill` ends the process in the place of the call. */
  readonly kind: 'EIO' | 'ENOSPC' | 'short' | 'kill'
  /** How many calls pass before the first that fails. */
  readonly skip: number
  /** How many fail; by default all until `heal`. */
  readonly times?: number
  /** Calls on the write-ahead log neither fail nor count; then it is a checkpoint that fails. */
  readonly sparesLog?: boolean
}

const targets = { write: 1, sync: 2 }
const kinds = { EIO: 1, ENOSPC: 2, short: 3, kill: 4 }
const forEver = 0xffffffff

/** Runs with what makes a disk of a data folder, and takes all of it away afterwards. */
export async function withDisks(
  run: (diskOf: (folder: string) => Disk) => Promise<void>,
): Promise<void> {
  const { path, remove } = temporaryFolder()
  const library = join(path, 'disk.so')
  const source = join(import.meta.dirname, 'disk.c')
  try {
    execFileSync('cc', ['-O1', '-shared', '-fPIC', '-o', library, source, '-ldl', '-lpthread'])
    let made = 0
    await run((folder) => {
      made += 1
      return makeDisk(folder, library, join(path, `${made}`))
    })
  } finally {
    await remove()
  }
}

function makeDisk(folder: string, library: string, stem: string): Disk {
  const [control, log] = [`${stem}.control`, `${stem}.log`]
  writeFileSync(control, Buffer.alloc(32))
  const set = (words: readonly number[]) => {
    // The target goes last: the others are to stand when it does.
    const [target = 0, ...rest] = words
    writeWords(control, 4, rest)
    writeWords(control, 0, [target])
  }
  const word = (index: number) => readWord(control, index)
  return {
    env: {
      ...{ LD_PRELOAD: library, DRILL_FOLDER: folder, DRILL_CONTROL: control, DRILL_LOG: log },
    },
    log,
    fail: ({ target, kind, skip, times = forEver, sparesLog = false }) =>
      set([targets[target], kinds[kind], skip, times, Number(sparesLog), 0]),
    heal: () => set([0, 0, 0, 0]),
    failed: () => word(5),
    counted: () => ({ write: word(6), sync: word(7) }),
  }
}

function writeWords(file: string, offset: number, words: readonly number[]): void {
  const bytes = Buffer.alloc(4 * words.length)
  for (const [index, value] of words.entries()) {
    bytes.writeUInt32LE(value, 4 * index)
  }
  const fd = openSync(file, 'r+')
  writeSync(fd, bytes, 0, bytes.length, offset)
  closeSync(fd)
}

function readWord(file: string, index: number): number {
  const bytes = Buffer.alloc(4)
  const fd = openSync(file, 'r')
  readSync(fd, bytes, 0, 4, 4 * index)
  closeSync(fd)
  return bytes.readUInt32LE()
}

/** What happened to the files of the folder, in its order, and what the driver noted in between. */
export type Recorded =
  | {
      readonly operation: 'write'
      readonly name: string
      readonly at: number
      readonly data: Buffer
    }
  | { readonly operation: 'truncate'; readonly name: string; readonly at: number }
  | { readonly operation: 'sync' | 'failedSync' | 'unlink'; readonly name: string }
  | { readonly operation: 'rename'; readonly name: string; readonly to: string }
  | { readonly operation: 'mark'; readonly text: string }

const headLength = 80
const nameAt = 16

/** Lets the driver write into the log, which then says what it knew when. */
export function markIn(log: string): { mark(value: unknown): void; close(): void } {
  const fd = openSync(log, 'a')
  return {
    mark(value) {
      const text = Buffer.from(JSON.stringify(value))
      const head = Buffer.alloc(headLength)
      head.writeUInt32LE('M'.charCodeAt(0), 0)
      head.writeUInt32LE(text.length, 4)
      writeSync(fd, Buffer.concat([head, text]))
    },
    close: () => closeSync(fd),
  }
}

/** The entries of a log from one of its places on, each with the place behind it. */
export function* readLog(file: string, from = 0): Generator<readonly [Recorded, number]> {
  const bytes = bytesOf(file, from)
  for (let start = 0; start < bytes.length; ) {
    const end = start + headLength + bytes.readUInt32LE(start + 4)
    const name = bytes.toString('latin1', start + nameAt, start + headLength).replace(/\0+$/, '')
    const at = Number(bytes.readBigUInt64LE(start + 8))
    const data = bytes.subarray(start + headLength, end)
    yield [asRecorded(bytes.toString('latin1', start, start + 1), name, at, data), from + end]
    start = end
  }
}

function bytesOf(file: string, from: number): Buffer {
  const fd = openSync(file, 'r')
  const bytes = Buffer.alloc(fstatSync(fd).size - from)
  readSync(fd, bytes, 0, bytes.length, from)
  closeSync(fd)
  return bytes
}

function asRecorded(operation: string, name: string, at: number, data: Buffer): Recorded {
  switch (operation) {
    case 'W':
      return { operation: 'write', name, at, data }
    case 'T':
      return { operation: 'truncate', name, at }
    case 'S':
      return { operation: 'sync', name }
    case 'F':
      return { operation: 'failedSync', name }
    case 'U':
      return { operation: 'unlink', name }
    case 'R':
      return { operation: 'rename', name, to: String(data) }
    case 'M':
      return { operation: 'mark', text: String(data) }
    default:
      throw new Error(`there is no operation ${operation}`)
  }
}
