import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { KeyScope } from '../../db/store.ts'
import { changeAccount } from '../../lib/accounts/change.ts'
import {
  createSecondaryToken,
  promoteSecondaryToken,
  removeSecondaryToken,
} from '../../lib/auth-tokens.ts'
import type { Caller } from '../../lib/caller.ts'
import { newAuthToken } from '../../lib/ids.ts'
import type { Services } from '../../lib/services.ts'
import { recordedOf } from '../support/recorded.ts'
import { accountNow, addKey, setStatus } from '../support/records.ts'
import { laterRefusalOf } from '../support/refusals.ts'
import { origin, type TestServices, withServices } from '../support/services.ts'

const none = { kind: 'notFound', what: 'secondaryToken' }
const unauthenticated = { kind: 'unauthenticated' }
const actions: readonly ((services: Services, caller: Caller) => Promise<unknown>)[] = [
  createSecondaryToken,
  promoteSecondaryToken,
  removeSecondaryToken,
]

/** A caller, with the AuthToken that it has from its making. */
async function callerWith({ services, root, child, login }: TestServices, given = {}) {
  const account = await child(root, given)
  const caller = await login(account)
  return { caller, first: services.secrets.openToken(account.sid, account.token.sealed) }
}

/** The caller as its next request finds it. */
async function renewed({ services }: TestServices, caller: Caller): Promise<Caller> {
  return { ...caller, account: await accountNow(services.store, caller.account.sid) }
}

test('a second token logs in beside the first, and is shown with its moment', () =>
  withServices(async (given) => {
    const { services, login, clock } = given
    const { caller, first } = await callerWith(given)
    clock.now += 1000
    const shown = await createSecondaryToken(services, caller)
    assert.match(shown.token, /^[0-9a-f]{32}$/)
    const date = new Date(clock.now)
    const { sid } = caller.account
    assert.equal(shown, { accountSid: sid, token: shown.token, createdAt: date, updatedAt: date })
    for (const secret of [first, shown.token]) {
      assert.is((await login(caller.account, secret)).account.sid, sid)
    }
    const wrong = () => login(caller.account, newAuthToken())
    assert.equal(await laterRefusalOf(wrong), unauthenticated)
  }))

test('another second token takes the place of the one before', () =>
  withServices(async (given) => {
    const { services, login } = given
    const { caller, first } = await callerWith(given)
    const old = await createSecondaryToken(services, caller)
    const { token } = await createSecondaryToken(services, caller)
    const late = () => login(caller.account, old.token)
    assert.equal(await laterRefusalOf(late), unauthenticated)
    await login(caller.account, first)
    await login(caller.account, token)
  }))

test('a promoted token is the only one, and can be used to go on', () =>
  withServices(async (given) => {
    const { services, login, clock } = given
    const { caller, first } = await callerWith(given)
    const { token } = await createSecondaryToken(services, caller)
    clock.now += 5000
    const shown = await promoteSecondaryToken(services, await renewed(given, caller))
    const { sid, createdAt } = caller.account
    assert.equal(shown, {
      ...{ accountSid: sid, token },
      ...{ createdAt: new Date(createdAt), updatedAt: new Date(clock.now) },
    })
    assert.equal(await laterRefusalOf(() => login(caller.account, first)), unauthenticated)
    const promoted = await login(caller.account, token)
    for (const action of [promoteSecondaryToken, removeSecondaryToken]) {
      assert.equal(await laterRefusalOf(() => action(services, promoted)), none)
    }
    assert.is((await accountNow(services.store, sid)).secondaryToken, undefined)
  }))

test('a removed token logs nobody in, and the first stays', () =>
  withServices(async (given) => {
    const { services, login } = given
    const { caller, first } = await callerWith(given)
    const { token } = await createSecondaryToken(services, caller)
    await removeSecondaryToken(services, await renewed(given, caller))
    assert.equal(await laterRefusalOf(() => login(caller.account, token)), unauthenticated)
    await login(caller.account, first)
    assert.equal(await laterRefusalOf(() => removeSecondaryToken(services, caller)), none)
  }))

test('a new password ends the second token too', () =>
  withServices(async (given) => {
    const { services, root, login } = given
    const { caller } = await callerWith(given)
    const { token } = await createSecondaryToken(services, caller)
    const same = { friendlyName: undefined, status: undefined, role: undefined }
    const input = { ...same, password: undefined }
    const target = await accountNow(services.store, caller.account.sid)
    await changeAccount(services, root, target, { ...input, friendlyName: 'Renamed' })
    await login(target, token)
    const now = await accountNow(services.store, target.sid)
    await changeAccount(services, root, now, { ...input, password: 'new password' })
    assert.equal(await laterRefusalOf(() => login(target, token)), unauthenticated)
    assert.is((await accountNow(services.store, target.sid)).secondaryToken, undefined)
  }))

test('what was done to the tokens is recorded, and no token is', () =>
  withServices(async (given) => {
    const { services, clock } = given
    const { caller, first } = await callerWith(given)
    const { sid } = caller.account
    const tokens = [first]
    for (const action of [promoteSecondaryToken, removeSecondaryToken]) {
      tokens.push((await createSecondaryToken(services, caller)).token)
      await action(services, await renewed(given, caller))
    }
    const [, ...entries] = await recordedOf(services.store, sid)
    const expected = (action: string) => ({
      ...{ at: clock.now, action, targetSid: sid, actorSid: sid, ...origin },
      changes: { authToken: { to: 'changed' } },
    })
    assert.equal(entries, [
      ...[expected('account.addSecondaryToken'), expected('account.promoteSecondaryToken')],
      ...[expected('account.addSecondaryToken'), expected('account.removeSecondaryToken')],
    ])
    const text = JSON.stringify(entries)
    assert.not.ok(tokens.some((token) => text.includes(token)))
  }))

test('who may not manage secrets has no hand in tokens', () =>
  withServices(async (given) => {
    const { services } = given
    for (const role of ['User', 'Guest']) {
      const { caller } = await callerWith(given, { role })
      for (const action of actions) {
        const refusal = await laterRefusalOf(() => action(services, caller))
        assert.equal(refusal, { kind: 'forbidden', rule: 'access' })
      }
    }
    const { caller } = await callerWith(given, { role: 'Developer' })
    await createSecondaryToken(services, caller)
    const key = { sid: 'SKsome', reach: 'branch' } as const
    for (const scope of ['read', 'write'] satisfies KeyScope[]) {
      for (const action of actions) {
        const weak = { ...caller, apiKey: { ...key, scope } }
        const refusal = await laterRefusalOf(() => action(services, weak))
        assert.equal(refusal, { kind: 'forbidden', rule: 'access' })
      }
    }
    const narrow = { ...caller, apiKey: { ...key, reach: 'self', scope: 'admin' } as const }
    for (const action of actions) {
      const refusal = await laterRefusalOf(() => action(services, narrow))
      assert.equal(refusal, { kind: 'forbidden', rule: 'access' })
    }
    const { sid } = await addKey(services.store, caller.account)
    const apiKey = { sid, reach: 'branch', scope: 'admin' } as const
    await promoteSecondaryToken(services, { ...(await renewed(given, caller)), apiKey })
    const entries = await recordedOf(services.store, caller.account.sid)
    assert.is(entries.at(-1)?.actorKeySid, sid)
  }))

test('an uninitialized account manages its tokens, one that was closed or suspended does not', () =>
  withServices(async (given) => {
    const { services, login } = given
    const { caller } = await callerWith(given)
    await setStatus(services.store, caller.account, 'uninitialized')
    await createSecondaryToken(services, await login(caller.account))
    await promoteSecondaryToken(services, await login(caller.account))
    for (const status of ['suspended', 'closed'] as const) {
      const before = await accountNow(services.store, caller.account.sid)
      await setStatus(services.store, before, status)
      // The caller was read before, so the store says that this is old.
      const late = { ...caller, account: before }
      for (const action of [createSecondaryToken, removeSecondaryToken]) {
        const refusal = await laterRefusalOf(() => action(services, late))
        const isAsked = action === createSecondaryToken
        assert.equal(refusal, isAsked ? { kind: 'inactive' } : none)
      }
    }
  }))

test('of two promotions at once one finds the token', () =>
  withServices(async (given) => {
    const { services } = given
    const { caller } = await callerWith(given)
    const { token } = await createSecondaryToken(services, caller)
    const { sid } = caller.account
    const now = await renewed(given, caller)
    const refusals = await Promise.all(
      [now, now].map((who) => laterRefusalOf(() => promoteSecondaryToken(services, who))),
    )
    assert.equal(refusals, [undefined, none])
    const { token: stored } = await accountNow(services.store, sid)
    assert.is(services.secrets.openToken(sid, stored.sealed), token)
  }))

test('of two second tokens made at once the later stays', () =>
  withServices(async (given) => {
    const { services, login } = given
    const { caller } = await callerWith(given)
    const made = await Promise.all([1, 2].map(() => createSecondaryToken(services, caller)))
    const refusals = await Promise.all(
      made.map(({ token }) => laterRefusalOf(() => login(caller.account, token))),
    )
    assert.equal(refusals, [unauthenticated, undefined])
  }))

test.run()
