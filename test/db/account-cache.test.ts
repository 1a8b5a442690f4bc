import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { accountCache } from '../../db/sqlite/account-cache.ts'
import type { PlacedAccount } from '../../db/store.ts'
import { placedAccount } from '../support/callers.ts'

const root = placedAccount(undefined)
const top = below(root)
const leaf = below(top)
const other = below(root)

/** As a store reads it: what stands above is the same value for all that is below it. */
function below(parent: PlacedAccount): PlacedAccount {
  return placedAccount(parent)
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
    for (const account of accounts) {
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

test('it holds no more than it may', () => {
  const { put, kept } = openCache(2)
  put(root, top, leaf)
  assert.equal(kept(), [leaf])
})

test('nor more of documents than it may, however few the accounts are', () => {
  const { cache, kept } = openCache()
  cache.put(root, 4_000_000)
  cache.put(top, 4_000_000)
  assert.equal(kept(), [root, top])
  cache.put(leaf, 4_000_000)
  assert.equal(kept(), [leaf])
  cache.put(root, 6_000_000)
  assert.equal(kept(), [root, leaf])
})

test.run()
