import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Recorded } from './disk.ts'
import type { Random } from './length.ts'

type Change = Extract<Recorded, { operation: 'write' | 'truncate' }>

/** Bytes beyond `length` are zero. */
type Content = { bytes: Buffer; length: number }

type File = {
  /** As it was when it was last synced. */
  readonly kept: Content
  since: Change[]
}

/** The disk of a recorded server at one moment: what is certainly on it, and what may be. */
export type ReplayedDisk = {
  apply(recorded: Recorded): void
  /** Writes into a new folder what a power cut at this moment might leave. */
  cut(folder: string): void
}

const sector = 512

/**
 * Directory entries are taken to be on the disk at once: that they can be lost is not what is tested.
 */
export function replayedDisk(random: Random): ReplayedDisk {
  const files = new Map<string, File>()
  const fileOf = (name: string): File => {
    const file = files.get(name) ?? { kept: { bytes: Buffer.alloc(0), length: 0 }, since: [] }
    files.set(name, file)
    return file
  }
  return {
    apply(recorded) {
      switch (recorded.operation) {
        case 'write':
        case 'truncate':
          fileOf(recorded.name).since.push(recorded)
          break
        case 'sync': {
          const file = fileOf(recorded.name)
          for (const change of file.since) {
            survive(file.kept, change)
          }
          file.since = []
          break
        }
        case 'failedSync': {
          // What the kernel could not write it may drop, and then takes the rest for written.
          const file = fileOf(recorded.name)
          const fate = fateOf(random)
          for (const change of file.since) {
            fate(file.kept, change)
          }
          file.since = []
          break
        }
        case 'unlink':
          files.delete(recorded.name)
          break
        case 'rename':
          files.set(recorded.to, fileOf(recorded.name))
          files.delete(recorded.name)
          break
      }
    },
    cut(folder) {
      mkdirSync(folder, { mode: 0o700 })
      const fate = fateOf(random)
      for (const [name, { kept, since }] of files) {
        const left = { bytes: Buffer.from(kept.bytes), length: kept.length }
        for (const change of since) {
          fate(left, change)
        }
        const file = join(folder, name)
        writeFileSync(file, left.bytes.subarray(0, left.length))
        chmodSync(file, 0o600)
      }
    },
  }
}

/** How much of what was not synced is left, by a character of this cut: nothing, all or something. */
function fateOf(random: Random): (content: Content, change: Change) => void {
  const character = random.below(5)
  if (character < 2) {
    return character === 0 ? () => {} : survive
  }
  return (content, change) => {
    const dice = random.below(3)
    if (dice === 1) {
      survive(content, change)
    } else if (dice === 2) {
      tear(content, change, random)
    }
  }
}

function survive(content: Content, change: Change): void {
  if (change.operation === 'write') {
    put(content, change.at, change.data)
    return
  }
  content.bytes.fill(0, change.at)
  content.length = change.at
}

/** Some sectors of a write, in no order; a truncation has happened or not. */
function tear(content: Content, change: Change, random: Random): void {
  if (change.operation === 'truncate') {
    return
  }
  const { data, at } = change
  for (let begin = 0; begin < data.length; ) {
    const end = Math.min(data.length, begin + sector - ((at + begin) % sector))
    if (random.below(2) === 0) {
      put(content, at + begin, data.subarray(begin, end))
    }
    begin = end
  }
}

function put(content: Content, at: number, data: Buffer): void {
  const end = at + data.length
  if (end > content.bytes.length) {
    const grown = Buffer.alloc(2 * end)
    content.bytes.copy(grown)
    content.bytes = grown
  }
  data.copy(content.bytes, at)
  content.length = Math.max(content.length, end)
}
