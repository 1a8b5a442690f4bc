import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isKept } from '../../db/kept.ts'
import { accountCache } from '../../db/sqlite/account-cache.ts'
import { openSqliteStore } from '../../db/sqlite/index.ts'
import type { LineageStep, PlacedAccount, Store } from '../../db/store.ts'
import { placedAccount } from '../support/callers.ts'
import { addBelow, auditOn, newAccount, plantRoot } from '../support/records.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const root = placedAccount(undefined)
const top = below(root)
const leaf = below(top)
const other = below(root)

/** As a store reads it: what stands above is the same value for all that is below it. */
function below(parent: PlacedAccount): PlacedAccount {
  return placedAccount(parent)
}

function stepOf({ lineage }: PlacedAccount): LineageStep {
  const step = lineage.at(-1)
  assert.ok(step)
  return step
}

function openCache(most?: number) {
  const connection = new Database(':memory:')
  connection.exec(`
    CREATE TABLE accounts (
      sid TEXT, path TEXT, status TEXT, revision INTEGER, is_reseller INTEGER,
      friendly_name TEXT, descendants_count INTEGER
    )
  `)
  const cache = accountCache(connection, most)
  cache.refresh()
  for (const { sid } of [root, top, leaf, other]) {
    connection.prepare('INSERT INTO accounts (sid) VALUES (?)').run(sid)
  }
  const put = (...accounts: PlacedAccount[]) => {
    for (const account of [...accounts, ...accounts]) {
      cache.put(account, 2)
    }
  }
  const kept = () =>
    [root, top, leaf, other].filter((account) => cache.get({ sid: account.sid }) === account)
  const change = (setting: string, { sid }: PlacedAccount) =>
    connection.prepare(`UPDATE accounts SET ${setting} WHERE sid = ?`).run(sid)
  return { cache, connection, put, kept, change }
}

test('an account is kept by SID and by e-mail until its row is changed', () => {
  const { cache, put, change } = openCache()
  put(leaf)
  assert.is(cache.get({ sid: leaf.sid }), leaf)
  assert.is(cache.get({ email: leaf.email ?? '' }), leaf)
  change("friendly_name = 'New'", leaf)
  assert.is(cache.get({ sid: leaf.sid }), undefined)
  assert.is(cache.get({ email: leaf.email ?? '' }), undefined)
})

test('it is kept when it is put for the second time, and not if too many others came between', () => {
  const { cache } = openCache(2)
  const read = below(top)
  const keptOf = ({ sid }: PlacedAccount) => cache.get({ sid })
  cache.put(read, 2)
  assert.is(keptOf(read), undefined)
  assert.not.ok(isKept(read))
  cache.put(read, 2)
  assert.is(keptOf(read), read)
  assert.ok(isKept(read))
  for (const account of [top, other, root, top]) {
    cache.put(account, 2)
    assert.is(keptOf(account), undefined)
  }
})

test('no other account goes with it, but for those below where it stands otherwise now', () => {
  const { put, kept, change } = openCache()
  put(root, top, leaf, other)
  change('descendants_count = 2', top)
  assert.equal(kept(), [root, leaf, other])
  put(top)
  for (const setting of ["status = 'suspended'", 'revision = 2', 'is_reseller = 1', "path = ''"]) {
    change(setting, top)
    assert.equal(kept(), [root, other], setting)
    put(top, leaf)
    assert.equal(kept(), [root, top, leaf, other], setting)
  }
})

test('what a transaction has changed is gone before it ends, and is not back when it fails', () => {
  const { connection, put, kept, change } = openCache()
  put(leaf, other)
  const failing = connection.transaction(() => {
    change('revision = 2', leaf)
    assert.equal(kept(), [other])
    throw new Error('no')
  })
  assert.throws(failing, 'no')
  assert.equal(kept(), [other])
})

test('a row that is removed is gone', () => {
  const { connection, put, kept } = openCache()
  put(top, leaf)
  connection.prepare('DELETE FROM accounts WHERE sid = ?').run(top.sid)
  assert.equal(kept(), [])
})

test('what names an account only as long as no other is named so is not looked up', () => {
  const { cache, put } = openCache()
  put(leaf)
  const { friendlyName, realm, token } = leaf
  for (const key of [{ name: friendlyName }, { realm }, { tokenDigest: token.digest }]) {
    assert.is(cache.get(key), undefined)
  }
})

test('it holds no more accounts than it may', () => {
  const { put, kept } = openCache(2)
  put(root)
  put(top)
  assert.equal(kept(), [root, top])
  put(leaf)
  assert.equal(kept(), [leaf])
})

test('nor more steps, of which each is kept at once', () => {
  const { cache, put, kept } = openCache(2)
  const steps = Array.from({ length: 9 }, () => stepOf(below(root)))
  put(root)
  for (const step of steps) {
    assert.is(cache.putStep(step), step)
    assert.is(cache.step(step.sid), step)
  }
  assert.equal(
    steps.filter(({ sid }) => cache.step(sid) !== undefined),
    steps.slice(7),
  )
  assert.equal(kept(), [])
})

test('nor more of documents than it may, however few the accounts are', () => {
  const { cache, put, kept } = openCache()
  put(root, top, leaf)
  cache.put(root, 4_000_000)
  cache.put(top, 4_000_000)
  assert.equal(kept(), [root, top, leaf])
  cache.put(leaf, 4_000_000)
  assert.equal(kept(), [leaf])
  cache.put(root, 6_000_000)
  assert.equal(kept(), [root, leaf])
})

test('a store that has begun a change reads the account as changed, with nothing awaited between', () =>
  withKept(async (store, [parent, child]) => {
    const inserting = store.insertAccount(newAccount(child), child.lineage, auditOn(child.sid))
    const counting = store.findAccounts([parent, child])
    assert.is((await inserting).outcome, 'inserted')
    assert.equal(
      (await counting).map((account) => account?.descendantsCount),
      [2, 1],
    )
    const renaming = store.changeAccount(child.lineage, { friendlyName: 'New' }, auditOn(child.sid))
    const reading = store.findAccounts([child, { email: child.email ?? '' }])
    assert.is((await renaming).outcome, 'changed')
    assert.equal(
      (await reading).map((account) => account?.friendlyName),
      ['New', 'New'],
    )
  }))

test('and one below it with the status that it has above now, where it proves nobody any more', () =>
  withKept(async (store, [parent, child]) => {
    const change = { status: 'suspended' } as const
    const changing = store.changeAccount(parent.lineage, change, auditOn(parent.sid))
    const reading = store.findAccounts([child])
    const proving = store.readForRequest({ asRead: child }, undefined)
    assert.is((await changing).outcome, 'changed')
    const [read] = await reading
    assert.equal(
      read?.lineage.map(({ status }) => status),
      ['active', 'suspended', 'active'],
    )
    assert.is((await proving).account, undefined)
  }))

type Pair = readonly [parent: PlacedAccount, child: PlacedAccount]

/** Gives an account and one below it, both of which the store keeps. */
async function withKept(body: (store: Store, pair: Pair) => Promise<void>): Promise<void> {
  const folder = temporaryFolder()
  const store = openSqliteStore(folder.path)
  const added = await addBelow(store, await plantRoot(store))
  const keys = [added, await addBelow(store, added)]
  await store.findAccounts(keys)
  const [parent, child] = await store.findAccounts(keys)
  assert.ok(parent && child && isKept(parent) && isKept(child))
  await body(store, [parent, child])
  await store.close()
  await folder.remove()
}

test.run()
