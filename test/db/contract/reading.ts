import * as assert from 'uvu/assert'
import type { RequestReading, Store } from '../../../db/store.ts'
import { newSid } from '../../../lib/ids.ts'
import {
  accountNow,
  addBelow,
  addKey,
  auditOn,
  keyNow,
  plantRoot,
  setStatus,
} from '../../support/records.ts'
import type { Check } from './check.ts'

const nothing: RequestReading = {
  account: undefined,
  apiKey: undefined,
  session: undefined,
  target: undefined,
}

export function readingForRequests(check: Check): void {
  check('who logs in by SID or e-mail comes with the account asked about', async (store) => {
    const { login, other } = await pair(store)
    for (const name of [{ sid: login.sid }, { email: login.email ?? '' }]) {
      for (const target of [{ sid: other.sid }, { email: other.email ?? '' }]) {
        const expected = { account: login, apiKey: undefined, session: undefined, target: other }
        assert.equal(await store.readForRequest(name, target), expected)
      }
      const expected = { ...nothing, account: login }
      assert.equal(await store.readForRequest(name, undefined), expected)
      assert.equal(await store.readForRequest(name, { sid: newSid('AC') }), expected)
    }
  })

  check('an account as it was read is found until anything of it is another', async (store) => {
    const root = await plantRoot(store)
    const top = await addBelow(store, root)
    const login = await addBelow(store, top)
    const read = async () => {
      const { account } = await store.readForRequest({ sid: login.sid }, undefined)
      assert.ok(account)
      return account
    }
    const changes = [
      () => setStatus(store, top, 'suspended'),
      () => setStatus(store, top, 'active'),
      () => setStatus(store, login, 'inactive'),
      () => addBelow(store, login),
    ]
    for (const change of changes) {
      // A store may keep only what is asked for again.
      await read()
      const asRead = await read()
      const target = { sid: root.sid }
      const found = await store.readForRequest({ asRead }, target)
      assert.equal(found, {
        ...nothing,
        account: asRead,
        target: await accountNow(store, root.sid),
      })
      await setStatus(store, await addBelow(store, root), 'suspended')
      assert.is((await store.readForRequest({ asRead }, undefined)).account, asRead)
      await change()
      assert.equal(await store.readForRequest({ asRead }, target), nothing)
    }
  })

  check('a key comes with its account, whatever that may still do', async (store) => {
    const { login, other } = await pair(store)
    const apiKey = await addKey(store, login, { scope: 'read', reach: 'self', expiresAt: 5 })
    const key = { apiKeySid: apiKey.sid }
    assert.equal(await store.readForRequest(key, undefined), { ...nothing, account: login, apiKey })
    const account = await setStatus(store, login, 'closed')
    const expected = { account, apiKey, session: undefined, target: other }
    assert.equal(await store.readForRequest(key, { sid: other.sid }), expected)
  })

  check(
    'who is unknown is nobody, and the account asked about comes all the same',
    async (store) => {
      const { login, other } = await pair(store)
      const { sid } = await addKey(store, login)
      const unknown = [
        ...[undefined, { sid: newSid('AC') }, { email: 'nobody@example.com' }],
        // A key is no account and an account is no key.
        ...[{ apiKeySid: newSid('SK') }, { apiKeySid: login.sid }, { sid }],
      ]
      for (const name of unknown) {
        const expected = { ...nothing, target: other }
        assert.equal(await store.readForRequest(name, { sid: other.sid }), expected)
        assert.equal(await store.readForRequest(name, undefined), nothing)
      }
    },
  )

  check('a key that was removed names nobody', async (store) => {
    const { login } = await pair(store)
    const [gone, kept] = [await addKey(store, login), await addKey(store, login)]
    await store.removeApiKey(login.sid, gone.sid, auditOn(gone.sid))
    assert.equal(await store.readForRequest({ apiKeySid: gone.sid }, undefined), nothing)
    const { apiKey } = await store.readForRequest({ apiKeySid: kept.sid }, undefined)
    assert.equal(apiKey, await keyNow(store, kept))
  })
}

async function pair(store: Store) {
  const root = await plantRoot(store)
  const login = await addBelow(store, root)
  const other = await addBelow(store, await addBelow(store, root), { status: 'suspended' })
  return { login: await accountNow(store, login.sid), other }
}
