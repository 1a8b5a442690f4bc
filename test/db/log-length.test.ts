import { statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openSqliteStore } from '../../db/sqlite/index.ts'
import type { Store } from '../../db/store.ts'
import { accountAt, growTree } from '../../fixtures/large-tree.ts'
import { accountNow, addBelow, auditOn, newOrganization } from '../support/records.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const writes = 10

test('the log does not grow by every large write', () =>
  withBranch(async (store, folder) => {
    const length = () => statSync(join(folder, 'strowger.db-wal')).size
    const lengths: number[] = []
    for (let write = 0; write < writes; write += 1) {
      await (await largeWrite(store))()
      lengths.push(length())
    }
    const [one = 0] = lengths
    assert.ok(one > 4_000_000, String(one))
    assert.ok(Math.max(...lengths) < 2 * one, lengths.join(' '))
    await store.close()
  }))

test('others pass between a large write and the checkpoint behind it', () =>
  withBranch(async (store, folder) => {
    const waiting = framesWaiting(folder)
    const write = await largeWrite(store)
    const written = write()
    await nextTurn()
    assert.ok(waiting() > 1_000, String(waiting()))
    await written
    assert.is(waiting(), 0)
    await store.close()
  }))

test('a store that is closed before the checkpoint loses nothing', () =>
  withBranch(async (store, folder) => {
    const write = await largeWrite(store)
    await Promise.all([write(), store.close()])
    assert.is(framesWaiting(folder)(), 0)
    const again = openSqliteStore(folder)
    assert.is((await accountNow(again, branchSid)).revision, 2)
    await again.close()
  }))

test('nor without an end by small ones', async () => {
  const { path: folder, remove } = temporaryFolder()
  await growTree(folder, { shape: [{ times: 1 }] })
  const store = openSqliteStore(folder)
  const root = await accountNow(store, accountAt(0).sid)
  for (let made = 0; made < 400; made += 1) {
    await addBelow(store, root)
  }
  const length = statSync(join(folder, 'strowger.db-wal')).size
  assert.ok(length < 8_000_000, String(length))
  await store.close()
  await remove()
})

const branchSid = accountAt(1).sid

/** A branch of 9,000 accounts, each of which is written when it gets another organization. */
async function withBranch(body: (store: Store, folder: string) => Promise<void>): Promise<void> {
  const { path: folder, remove } = temporaryFolder()
  const shape = [{ times: 1, below: [{ times: 9_000 }] }]
  await growTree(folder, { shape })
  await body(openSqliteStore(folder), folder)
  await remove()
}

/** What it needs is read; calling what it gives begins it. */
async function largeWrite(store: Store): Promise<() => Promise<void>> {
  const organization = newOrganization()
  await store.insertOrganization(organization, auditOn(organization.sid))
  const { lineage } = await accountNow(store, branchSid)
  return async () => {
    const audit = auditOn(branchSid)
    const { outcome } = await store.migrateBranch(lineage, organization.sid, audit)
    assert.is(outcome, 'changed')
  }
}

/** Pages in the log that are not in the database yet, as another program sees it. */
function framesWaiting(folder: string): () => number {
  return () => {
    const reader = new Database(join(folder, 'strowger.db'))
    const [state] = [reader.pragma('wal_checkpoint(NOOP)')].flat()
    reader.close()
    const { log, checkpointed } = Object(state)
    return log - checkpointed
  }
}

test.run()
