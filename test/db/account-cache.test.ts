import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { accountCache } from '../../db/sqlite/account-cache.ts'
import { placedAccount } from '../support/callers.ts'

function openCache(most?: number) {
  const connection = new Database(':memory:')
  connection.exec('CREATE TABLE things (one INTEGER)')
  return { connection, cache: accountCache(connection, most) }
}

const account = placedAccount(undefined)
const { sid } = account

test('an account is kept by SID and by e-mail until a row is written', () => {
  const { connection, cache } = openCache()
  cache.refresh()
  cache.put({ sid }, account)
  cache.put({ email: 'a@example.com' }, account)
  cache.refresh()
  assert.is(cache.get({ sid }), account)
  assert.is(cache.get({ email: 'a@example.com' }), account)
  connection.exec('INSERT INTO things VALUES (1)')
  cache.refresh()
  assert.is(cache.get({ sid }), undefined)
})

test('what names an account only as long as no other is named so is not kept', () => {
  const { cache } = openCache()
  cache.refresh()
  for (const key of [{ name: sid }, { realm: sid }, { tokenDigest: Buffer.from(sid) }]) {
    cache.put(key, account)
    assert.is(cache.get(key), undefined)
  }
  assert.is(cache.get({ sid }), undefined)
})

test('it holds no more than it may', () => {
  const { cache } = openCache(2)
  cache.refresh()
  for (const email of ['a', 'b', 'c']) {
    cache.put({ email }, account)
  }
  const kept = ['a', 'b', 'c'].map((email) => cache.get({ email }) === account)
  assert.equal(kept, [false, false, true])
})

test.run()
