import { rmSync } from 'node:fs'
import { openSqliteStore } from '../../db/sqlite/index.ts'
import { type Knowledge, settle } from './known.ts'
import type { ReplayedDisk } from './replay.ts'
import { readWhole } from './stored.ts'

/** Cuts the power of a replayed disk, and throws when the store that then opens has lost anything or is not whole. */
export async function cutPower(
  disk: ReplayedDisk,
  folder: string,
  known: readonly Knowledge[],
): Promise<void> {
  disk.cut(folder)
  try {
    await assertWholeAndKept(folder, known)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function assertWholeAndKept(folder: string, known: readonly Knowledge[]): Promise<void> {
  const store = openSqliteStore(folder)
  try {
    await store.probe()
    const stored = readWhole(folder)
    for (const { topSid, accounts, pending } of known) {
      settle({ topSid, accounts: new Map(accounts), pending }, stored)
    }
    while ((await store.sweepClosedBranches(500)) === 'more') {}
  } finally {
    await store.close()
  }
  readWhole(folder)
}
