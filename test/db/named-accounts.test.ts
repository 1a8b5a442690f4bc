import { join } from 'node:path'
import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openSqliteStore } from '../../db/sqlite/index.ts'
import type { NamePosition, PlacedAccount, Store } from '../../db/store.ts'
import { accountAt, growTree } from '../../fixtures/large-tree.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const below = 6_000
const beside = 7_000

/** A branch whose names, some of them the same, come behind those of all others. */
async function withLargeBranch(
  run: (store: Store, branch: PlacedAccount, names: readonly NamePosition[]) => Promise<void>,
): Promise<void> {
  const { path: folder, remove } = temporaryFolder()
  const shape = [{ times: 1, below: [{ times: below }] }, { times: beside }]
  await growTree(folder, { shape })
  const database = new Database(join(folder, 'strowger.db'))
  const { sid } = accountAt(1)
  database
    .prepare("UPDATE accounts SET friendly_name = 'Z ' || substr(sid, 3, 1) WHERE parent_sid = ?")
    .run(sid)
  const names = database
    .prepare<[string], NamePosition>(
      'SELECT friendly_name AS name, sid FROM accounts WHERE parent_sid = ?',
    )
    .all(sid)
  database.close()
  const store = openSqliteStore(folder)
  try {
    const [branch] = await store.findAccounts([{ sid }])
    assert.ok(branch)
    await run(store, branch, names)
  } finally {
    await store.close()
    await remove()
  }
}

async function walk(store: Store, path: string, ascending: boolean, limit: number) {
  const found: NamePosition[] = []
  let after: NamePosition | undefined
  do {
    const page = { ...(after && { after }), ascending, limit }
    const { accounts, next } = await store.namedPage({ below: path }, page)
    assert.ok(accounts.length <= limit)
    found.push(...accounts.map(({ friendlyName, sid }) => ({ name: friendlyName, sid })))
    after = next
  } while (after !== undefined)
  return found
}

const inOrder = (one: NamePosition, other: NamePosition) =>
  `${one.name} ${one.sid}` < `${other.name} ${other.sid}` ? -1 : 1

test('a large branch is walked in the order of its names, up and down', async () => {
  await withLargeBranch(async (store, { path }, names) => {
    const sorted = names.toSorted(inOrder)
    for (const limit of [999, below, below + 1]) {
      assert.equal(await walk(store, path, true, limit), sorted)
      assert.equal(await walk(store, path, false, limit), sorted.toReversed())
    }
  })
})

test('one step looks at some names only, and finds none of the branch where all are others', async () => {
  await withLargeBranch(async (store, { path }) => {
    const page = { ascending: true, limit: 10 }
    const { accounts, next } = await store.namedPage({ below: path }, page)
    assert.equal(accounts, [])
    assert.match(next?.name ?? '', /^Account /)
  })
})

test.run()
