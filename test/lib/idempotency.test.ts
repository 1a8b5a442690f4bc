import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { IdempotentRequest } from '../../db/store.ts'
import type { Account } from '../../lib/account.ts'
import { changeAccount } from '../../lib/accounts/change.ts'
import { createAccount, type NewAccountInput } from '../../lib/accounts/create.ts'
import { readAsNow } from '../../lib/accounts/read.ts'
import { auditEntry } from '../../lib/audit.ts'
import type { Caller } from '../../lib/caller.ts'
import { type Done, doneOnce, idempotentRequest, isCarriedOut } from '../../lib/idempotency.ts'
import type { Services } from '../../lib/services.ts'
import { recordedOf } from '../support/recorded.ts'
import { accountNow } from '../support/records.ts'
import { laterRefusalOf, refusalOf } from '../support/refusals.ts'
import { newAccountInput, withServices } from '../support/services.ts'

const day = 24 * 60 * 60 * 1000
const keyReused = { kind: 'keyReused' }

function requestOf(
  services: Services,
  caller: Caller,
  key: string,
  body = 'body',
): IdempotentRequest {
  return idempotentRequest(services, caller, 'POST /things', key, body)
}

/** Creates an account below the caller's own, by a request that may be sent again. */
function createOnce(
  services: Services,
  caller: Caller,
  input: NewAccountInput,
  request: IdempotentRequest,
): Promise<Done<Account>> {
  return doneOnce(services, caller, request, {
    act: (asCaller) => createAccount(services, asCaller, asCaller.account, input),
    again: (sid) => readAsNow(services, caller, sid),
  })
}

test('what a caller records names the request that it makes, if that may be sent again', () =>
  withServices(async ({ services, root }) => {
    const record = (caller: Caller) => auditEntry(caller, 1, 'account.change', 'AC1', {})
    assert.not.ok('idempotent' in record(root))
    const idempotent = requestOf(services, root, 'key')
    assert.equal(record({ ...root, idempotent }), { ...record(root), idempotent })
    assert.is(await isCarriedOut(services, root), false)
    assert.is(await isCarriedOut(services, { ...root, idempotent }), false)
  }))

test('a key has 1 to 255 visible ASCII characters', () =>
  withServices(async ({ services, root }) => {
    for (const key of ['!', '~', 'a'.repeat(255), '8f14e45f-ceea-467f-a0e6-0a1b2c3d4e5f']) {
      assert.is(requestOf(services, root, key).key, key)
    }
    const faulty = ['', 'a'.repeat(256), 'a b', ' a', 'a\n', '\u007f', '\u001f', 'k\u00e9y', '👍']
    for (const key of faulty) {
      assert.equal(
        refusalOf(() => requestOf(services, root, key)),
        { kind: 'invalid', field: 'idempotencyKey', fault: { rule: 'characters', value: key } },
      )
    }
  }))

test('a request is kept as whose, where and a keyed digest, for a day', () =>
  withServices(async ({ services, root, clock }) => {
    const request = requestOf(services, root, 'key', 'Password=secret pony')
    assert.equal(request, {
      callerSid: root.account.sid,
      route: 'POST /things',
      key: 'key',
      requestDigest: services.secrets.digestToken('Password=secret pony'),
      forgottenBefore: clock.now - day,
    })
    assert.not.equal(requestOf(services, root, 'key', 'other').requestDigest, request.requestDigest)
  }))

test('a create made again gives what was made, as it is now, and costs no hash', () =>
  withServices(async ({ services, root, hashes }) => {
    const input = newAccountInput()
    const request = requestOf(services, root, 'key')
    const first = await createOnce(services, root, input, request)
    assert.is(first.repeated, false)
    assert.is(await isCarriedOut(services, { ...root, idempotent: request }), true)
    const before = hashes()
    const again = await createOnce(services, root, input, request)
    assert.equal(again, { result: first.result, repeated: true })
    assert.is(hashes(), before)
    const target = await accountNow(services.store, first.result.sid)
    const change = { friendlyName: 'Renamed', password: 'new password' }
    const changed = await changeAccount(services, root, target, change)
    const { result } = await createOnce(services, root, input, request)
    assert.equal(result, changed)
    assert.is.not(result.authToken, first.result.authToken)
  }))

test('a change made again is made once, whatever has been changed since', () =>
  withServices(async ({ services, root, child }) => {
    const { sid } = await child(root)
    const request = requestOf(services, root, 'key')
    const rename = async (caller: Caller, friendlyName: string) =>
      changeAccount(services, caller, await accountNow(services.store, sid), { friendlyName })
    const renameOnce = () =>
      doneOnce(services, root, request, {
        act: (caller) => rename(caller, 'one'),
        again: (of) => readAsNow(services, root, of),
      })
    assert.is((await renameOnce()).repeated, false)
    await rename(root, 'other')
    const { result, repeated } = await renameOnce()
    assert.equal([repeated, result.sid, result.friendlyName], [true, sid, 'other'])
    assert.is((await recordedOf(services.store, sid)).length, 3)
  }))

test('a key used for something else is refused, and nothing is made', () =>
  withServices(async ({ services, root }) => {
    await createOnce(services, root, newAccountInput(), requestOf(services, root, 'key'))
    const input = newAccountInput()
    const other = requestOf(services, root, 'key', 'other')
    assert.equal(await laterRefusalOf(() => createOnce(services, root, input, other)), keyReused)
    const key = { email: input.email ?? '' }
    assert.equal(await services.store.findAccounts([key]), [undefined])
  }))

test('a key is its caller\u2019s own', () =>
  withServices(async ({ services, root, child, login }) => {
    const caller = await login(await child(root))
    const sids: string[] = []
    for (const one of [root, caller]) {
      const request = requestOf(services, one, 'key')
      const { result, repeated } = await createOnce(services, one, newAccountInput(), request)
      assert.is(repeated, false)
      sids.push(result.sid)
    }
    assert.is(new Set(sids).size, 2)
  }))

test('a refused create is forgotten, so that a mended one can be sent under its key', () =>
  withServices(async ({ services, root }) => {
    const bad = newAccountInput({ password: 'short' })
    const request = requestOf(services, root, 'key')
    assert.ok(await laterRefusalOf(() => createOnce(services, root, bad, request)))
    const mended = requestOf(services, root, 'key', 'mended')
    assert.is((await createOnce(services, root, newAccountInput(), mended)).repeated, false)
  }))

test('a key is free again when a day has passed', () =>
  withServices(async ({ services, root, clock }) => {
    const create = (input: NewAccountInput) =>
      createOnce(services, root, input, requestOf(services, root, 'key'))
    const input = newAccountInput()
    const { result } = await create(input)
    clock.now += day
    assert.is((await create(input)).result.sid, result.sid)
    clock.now += 1
    const anew = await create(newAccountInput())
    assert.is(anew.repeated, false)
    assert.is.not(anew.result.sid, result.sid)
  }))

// They all look before one of them has made anything: the hashes are held until then.
test('of 16 equal creates at once one makes the account and the others are given it', () =>
  withServices(async ({ services, root, holdHashes }) => {
    const input = newAccountInput()
    const request = requestOf(services, root, 'key')
    const release = holdHashes()
    const creates = Array.from({ length: 16 }, () => createOnce(services, root, input, request))
    await new Promise((resume) => setImmediate(resume))
    release()
    const results = await Promise.all(creates)
    assert.is(results.filter(({ repeated }) => !repeated).length, 1)
    for (const { result } of results) {
      assert.equal(result, results[0]?.result)
    }
    const { descendantsCount } = await accountNow(services.store, root.account.sid)
    assert.is(descendantsCount, 1)
  }))

test('of two unlike creates at once under one key one is refused', () =>
  withServices(async ({ services, root, holdHashes }) => {
    const release = holdHashes()
    const creates = ['one', 'other'].map((body) => {
      const request = requestOf(services, root, 'key', body)
      return laterRefusalOf(() => createOnce(services, root, newAccountInput(), request))
    })
    await new Promise((resume) => setImmediate(resume))
    release()
    assert.equal(await Promise.all(creates), [undefined, keyReused])
  }))

test('what was moved out of the reach of the caller is not told of', () =>
  withServices(async ({ services, root, child, login }) => {
    const [one, other] = [await child(root), await child(root)]
    const caller = await login(one)
    assert.equal(await laterRefusalOf(() => readAsNow(services, caller, other.sid)), {
      kind: 'forbidden',
      rule: 'outside',
    })
  }))

test('a result that is gone is a fault of ours and no refusal', () =>
  withServices(async ({ services, root }) => {
    const outcome = await readAsNow(services, root, 'ACgone').catch(String)
    assert.match(String(outcome), 'account ACgone is gone')
  }))

test.run()
