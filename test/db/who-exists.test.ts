import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openSqliteStore } from '../../db/sqlite/index.ts'
import type { AccountKey, LoginKey } from '../../db/store.ts'
import { newSid } from '../../lib/ids.ts'
import { addBelow, addKey, plantRoot } from '../support/records.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

// What takes a statement more takes longer, and the clock would tell who exists (security.md C5).

/** The SQL that runs while `run` runs. */
async function ranWhile(run: () => Promise<unknown>): Promise<readonly string[]> {
  const texts: string[] = []
  const { get, all, run: runs } = statement
  const noted = <Method extends (...args: never[]) => unknown>(method: Method): Method =>
    new Proxy(method, {
      apply(target, self, args: unknown[]) {
        texts.push(self.source.trim())
        return Reflect.apply(target, self, args)
      },
    })
  Object.assign(statement, { get: noted(get), all: noted(all), run: noted(runs) })
  await run().finally(() => Object.assign(statement, { get, all, run: runs }))
  return texts.filter((text) => text !== 'PRAGMA data_version')
}

const statement = Object.getPrototypeOf(new Database(':memory:').prepare('SELECT 1'))

test('whether an account is there costs nobody a statement more or less who may not know', async () => {
  const folder = temporaryFolder()
  const store = openSqliteStore(folder.path)
  const root = await plantRoot(store)
  const caller = await addBelow(store, root)
  const child = await addBelow(store, caller)
  const stranger = await addBelow(store, root)
  const ran = async (login: LoginKey, target: AccountKey) => {
    // Whoever is there is in the cache when asked about again.
    await store.readForRequest(login, target)
    return ranWhile(() => store.readForRequest(login, target))
  }
  const { account: asRead } = await store.readForRequest({ sid: caller.sid }, undefined)
  assert.ok(asRead)
  const email = { email: '0@example.com' }
  const sid = { sid: `AC${'0'.repeat(32)}` }
  const byEmail = await ran(email, email)
  const bySid = await ran(sid, sid)
  assert.ok(byEmail.length > 0 && bySid.length > 0)
  for (const { sid: known, email: address = '' } of [stranger, child]) {
    assert.equal(await ran({ email: address }, { email: address }), byEmail)
    assert.equal(await ran({ sid: known }, { sid: known }), bySid)
    assert.equal(await ran(email, { email: address }), byEmail)
    assert.equal(await ran({ email: address }, email), byEmail)
  }
  for (const place of ['0', 'z']) {
    const [name, id] = [{ email: `${place}@z.example` }, { sid: `AC${place.repeat(32)}` }]
    assert.equal(await ran(name, name), byEmail, `nobody at ${place}`)
    assert.equal(await ran(id, id), bySid, `nobody at ${place}`)
  }
  assert.equal(await ran({ asRead }, { email: stranger.email ?? '' }), await ran({ asRead }, email))
  assert.equal(await ran({ asRead }, { sid: stranger.sid }), await ran({ asRead }, sid))
  assert.equal(await ran({ asRead }, { sid: child.sid }), [])
  const key = { apiKeySid: (await addKey(store, stranger)).sid }
  const { email: address = '' } = stranger
  const byKey = await ran(key, { email: address })
  assert.equal(await ran({ apiKeySid: newSid('SK') }, email), byKey)
  assert.equal(await ran(key, email), byKey)
  await store.close()
  await folder.remove()
})

test.run()
