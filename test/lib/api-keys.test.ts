import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  createApiKey,
  listApiKeys,
  type NewApiKeyInput,
  readApiKey,
  removeApiKey,
  renameApiKey,
} from '../../lib/api-keys.ts'
import type { Caller } from '../../lib/caller.ts'
import { isKeySecret, newSid } from '../../lib/ids.ts'
import type { Services } from '../../lib/services.ts'
import { recordedOf } from '../support/recorded.ts'
import { accountNow, addBelow, addKey, setStatus } from '../support/records.ts'
import { laterRefusalOf } from '../support/refusals.ts'
import { origin, withServices } from '../support/services.ts'

const denied = { kind: 'forbidden', rule: 'access' }
const outside = { kind: 'forbidden', rule: 'outside' }
const missing = { kind: 'notFound', what: 'apiKey' }

function keyInput(given: Partial<NewApiKeyInput> = {}): NewApiKeyInput {
  return { friendlyName: 'Desk', scope: 'admin', reach: 'branch', expiresAt: undefined, ...given }
}

/** Makes a key of the caller's own account, or of one below. */
async function make(
  services: Services,
  caller: Caller,
  given: Partial<NewApiKeyInput> = {},
  target = caller.account,
) {
  return createApiKey(services, caller, target, keyInput(given))
}

const withKey = (caller: Caller, apiKey: Partial<NonNullable<Caller['apiKey']>>): Caller => ({
  ...caller,
  apiKey: { sid: newSid('SK'), scope: 'admin', reach: 'branch', ...apiKey },
})

test('a new key is shown once with its secret, of which nothing is kept', () =>
  withServices(async ({ services, root, clock }) => {
    const expiresAt = new Date(clock.now + 1)
    const given = keyInput({ scope: 'write', reach: 'self', expiresAt })
    const { key, secret = '' } = await createApiKey(services, root, root.account, given)
    assert.ok(isKeySecret(secret))
    const date = new Date(clock.now)
    const { sid } = root.account
    assert.match(key.sid, /^SK[0-9a-f]{32}$/)
    assert.equal(key, {
      ...{ sid: key.sid, accountSid: sid, ...given },
      ...{ createdAt: date, updatedAt: date, lastUsedAt: undefined },
    })
    assert.equal(await readApiKey(services, root, root.account, key.sid), key)
    assert.equal(await listApiKeys(services, root, root.account, { limit: 5 }), [key])
    const entries = await recordedOf(services.store, key.sid)
    const end = '2026-01-01T00:00:00.001Z'
    const [name, scope, reach, to] = ['Desk', 'write', 'self', end].map((to) => ({ to }))
    assert.equal(entries, [
      {
        ...{ at: clock.now, action: 'apiKey.create', targetSid: key.sid, actorSid: sid },
        ...{
          accountSid: sid,
          ...origin,
          changes: { friendlyName: name, scope, reach, expiresAt: to },
        },
      },
    ])
    const stored = await services.store.findApiKey(sid, key.sid)
    for (const text of [JSON.stringify(stored), JSON.stringify(entries)]) {
      assert.not.ok(text.includes(secret))
    }
  }))

test('a name and an expiry are checked', () =>
  withServices(async ({ services, root, clock }) => {
    const fieldOf = async (given: Partial<NewApiKeyInput>) => {
      const refusal = await laterRefusalOf(() => make(services, root, given))
      return refusal?.kind === 'invalid' ? refusal.field : refusal
    }
    assert.is(await fieldOf({ friendlyName: 'x'.repeat(65) }), 'friendlyName')
    assert.is(await fieldOf({ friendlyName: 'a\u0000' }), 'friendlyName')
    assert.is(await fieldOf({ friendlyName: '👍'.repeat(64) }), undefined)
    for (const at of [0, clock.now - 1, clock.now]) {
      assert.is(await fieldOf({ expiresAt: new Date(at) }), 'expiresAt')
    }
    assert.is(await fieldOf({ expiresAt: new Date(clock.now + 1) }), undefined)
    assert.is((await listApiKeys(services, root, root.account, { limit: 5 })).length, 2)
  }))

test('keys are for who manages the secrets of the account', () =>
  withServices(async ({ services, root, child, login }) => {
    const account = await child(root)
    const administrator = await login(account)
    const below = await child(administrator, { role: 'User' })
    const { key } = await make(services, administrator, {}, below)
    assert.is(key.accountSid, below.sid)
    const cases: [Caller, typeof account, object][] = [
      [await login(below), below, denied],
      [await login(await child(root, { role: 'Developer' })), below, outside],
      [administrator, root.account, outside],
      [withKey(administrator, { scope: 'write' }), account, denied],
      [withKey(administrator, { reach: 'self' }), below, denied],
    ]
    for (const [caller, target, refusal] of cases) {
      const acts = [
        () => make(services, caller, {}, target),
        () => readApiKey(services, caller, target, key.sid),
        () => listApiKeys(services, caller, target, { limit: 5 }),
        () => renameApiKey(services, caller, target, key.sid, 'Late'),
        () => removeApiKey(services, caller, target, key.sid),
      ]
      for (const act of acts) {
        assert.equal(await laterRefusalOf(act), refusal)
      }
    }
    assert.equal(await listApiKeys(services, administrator, below, { limit: 5 }), [key])
  }))

test('a key gives no more reach than it has', () =>
  withServices(async ({ services, root }) => {
    const own = withKey(root, { reach: 'self' })
    assert.equal(await laterRefusalOf(() => make(services, own, { reach: 'branch' })), denied)
    assert.equal(await laterRefusalOf(() => make(services, own, { reach: 'self' })), denied)
    const branch = withKey(root, { sid: (await addKey(services.store, root.account)).sid })
    const { key } = await make(services, branch, { reach: 'branch' })
    assert.is((await recordedOf(services.store, key.sid))[0]?.actorKeySid, branch.apiKey?.sid)
  }))

test('a key gives none that outlives it', () =>
  withServices(async ({ services, root }) => {
    const end = services.now() + 60_000
    const caller = withKey(root, { sid: (await addKey(services.store, root.account)).sid })
    const apiKey = caller.apiKey && { ...caller.apiKey, expiresAt: end }
    const brief: Caller = { ...caller, apiKey }
    for (const expiresAt of [undefined, new Date(end + 1)]) {
      assert.equal(await laterRefusalOf(() => make(services, brief, { expiresAt })), denied)
    }
    const { key } = await make(services, brief, { expiresAt: new Date(end) })
    assert.equal(key.expiresAt, new Date(end))
  }))

test('a closed account gets no key and keeps those it has as they are', () =>
  withServices(async ({ services, root, child }) => {
    const account = await child(root)
    const { key } = await make(services, root, {}, account)
    const closed = await setStatus(services.store, account, 'closed')
    const acts = [
      () => make(services, root, {}, closed),
      () => renameApiKey(services, root, closed, key.sid, 'Late'),
      () => removeApiKey(services, root, closed, key.sid),
      // As the request has read it, before it was closed.
      () => make(services, root, {}, account),
    ]
    for (const act of acts) {
      assert.equal(await laterRefusalOf(act), { kind: 'closed' })
    }
    assert.equal(await listApiKeys(services, root, closed, { limit: 5 }), [key])
  }))

test('a key is made though its account has changed since it was read', () =>
  withServices(async ({ services, root, child }) => {
    const account = await child(root)
    await setStatus(services.store, account, 'suspended')
    assert.is((await make(services, root, {}, account)).key.accountSid, account.sid)
  }))

test('a key is renamed, and stays as it is without a name', () =>
  withServices(async ({ services, root, clock }) => {
    const { key } = await make(services, root)
    clock.now += 1000
    const rename = (name: string | undefined) =>
      renameApiKey(services, root, root.account, key.sid, name)
    assert.equal(await rename(undefined), key)
    const renamed = { ...key, friendlyName: 'Renamed', updatedAt: new Date(clock.now) }
    assert.equal(await rename('Renamed'), renamed)
    const refusal = await laterRefusalOf(() => rename('x'.repeat(65)))
    assert.is(refusal?.kind, 'invalid')
    const [, ...entries] = await recordedOf(services.store, key.sid)
    assert.equal(
      entries.map(({ action, changes }) => [action, changes]),
      [['apiKey.rename', { friendlyName: { from: 'Desk', to: 'Renamed' } }]],
    )
  }))

test('a key is found below its own account only, and not after it was removed', () =>
  withServices(async ({ services, root, child }) => {
    const other = await child(root)
    const { key } = await make(services, root, {}, other)
    const acts = (target: typeof other, sid: string) => [
      () => readApiKey(services, root, target, sid),
      () => renameApiKey(services, root, target, sid, 'Late'),
      () => renameApiKey(services, root, target, sid, undefined),
      () => removeApiKey(services, root, target, sid),
    ]
    const unknown = newSid('SK')
    for (const act of [...acts(root.account, key.sid), ...acts(other, unknown)]) {
      assert.equal(await laterRefusalOf(act), missing)
    }
    await removeApiKey(services, root, other, key.sid)
    for (const act of acts(other, key.sid)) {
      assert.equal(await laterRefusalOf(act), missing)
    }
    const entries = await recordedOf(services.store, key.sid)
    assert.equal(
      entries.map(({ action }) => action),
      ['apiKey.create', 'apiKey.remove'],
    )
    assert.equal(await recordedOf(services.store, unknown), [])
  }))

test('a key that was removed while it was renamed is not there', () =>
  withServices(async ({ services, root }) => {
    const { key } = await make(services, root)
    const renaming = laterRefusalOf(() =>
      renameApiKey(services, root, root.account, key.sid, 'Late'),
    )
    await removeApiKey(services, root, root.account, key.sid)
    assert.equal(await renaming, missing)
    assert.is((await recordedOf(services.store, key.sid)).length, 2)
  }))

test('a key is shown with its last use', () =>
  withServices(async ({ services, root, clock }) => {
    const { key } = await make(services, root)
    await services.store.touchApiKey(key.sid, clock.now + 5)
    const lastUsedAt = new Date(clock.now + 5)
    assert.equal(await readApiKey(services, root, root.account, key.sid), { ...key, lastUsedAt })
  }))

test('keys are listed page by page, forwards and backwards', () =>
  withServices(async ({ services, root, clock }) => {
    const sids: string[] = []
    for (let made = 0; made < 4; made += 1) {
      clock.now += 1
      sids.push((await make(services, root)).key.sid)
    }
    const below = await addBelow(services.store, await accountNow(services.store, root.account.sid))
    await make(services, root, {}, below)
    const list = async (page: object) =>
      (await listApiKeys(services, root, root.account, { limit: 2, ...page })).map(({ sid }) => sid)
    const at = (sid: string | undefined) => ({
      createdAt: clock.now - 4 + 1 + sids.indexOf(String(sid)),
      sid: String(sid),
    })
    assert.equal(await list({}), sids.slice(0, 2))
    assert.equal(await list({ after: at(sids[1]) }), sids.slice(2))
    assert.equal(await list({ before: at(sids[3]) }), sids.slice(1, 3))
    assert.equal(await list({ offset: 3 }), sids.slice(3))
  }))

test.run()
