import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { IdempotentRequest } from '../../db/store.ts'
import { changeAccount } from '../../lib/accounts/change.ts'
import { createAccount } from '../../lib/accounts/create.ts'
import type { Caller } from '../../lib/caller.ts'
import { earlierResult, idempotentRequest, sameRequest } from '../../lib/idempotency.ts'
import type { Services } from '../../lib/services.ts'
import { accountNow } from '../support/records.ts'
import { laterRefusalOf, refusalOf } from '../support/refusals.ts'
import { newAccountInput, withServices } from '../support/services.ts'

const day = 24 * 60 * 60 * 1000
const keyReused = { kind: 'keyReused' }

/** A request under a key, of which the test says that there is one. */
function requestOf(
  services: Services,
  caller: Caller,
  key: string,
  body = 'body',
): IdempotentRequest {
  const request = idempotentRequest(services, caller, 'POST /things', key, body)
  if (request === undefined) {
    throw new Error('a request with a key was taken for one without')
  }
  return request
}

test('a request without a key is not remembered, nor looked for', () =>
  withServices(async ({ services, root }) => {
    assert.is(idempotentRequest(services, root, 'POST /things', undefined, 'body'), undefined)
    assert.is(await earlierResult(services, undefined), undefined)
    const { made, repeated } = await createAccount(
      services,
      root,
      root.account,
      newAccountInput(),
      undefined,
    )
    assert.is(repeated, false)
    assert.is((await accountNow(services.store, made.sid)).parentSid, root.account.sid)
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

test('the same request is what asks for the same', () =>
  withServices(async ({ services, root }) => {
    const request = requestOf(services, root, 'key')
    const earlier = { requestDigest: request.requestDigest, resultSid: 'ACmade' }
    assert.is(sameRequest(request, earlier), 'ACmade')
    const other = requestOf(services, root, 'key', 'other')
    assert.equal(
      refusalOf(() => sameRequest(other, earlier)),
      keyReused,
    )
    assert.equal(
      refusalOf(() => sameRequest(undefined, earlier)),
      keyReused,
    )
  }))

test('a create made again gives what was made, as it is now, and costs no hash', () =>
  withServices(async ({ services, root, hashes }) => {
    const input = newAccountInput()
    const request = requestOf(services, root, 'key')
    const first = await createAccount(services, root, root.account, input, request)
    assert.is(first.repeated, false)
    const before = hashes()
    assert.is(await earlierResult(services, request), first.made.sid)
    const again = await createAccount(services, root, root.account, input, request)
    assert.equal(again, { made: first.made, repeated: true })
    assert.is(hashes(), before)
    const target = await accountNow(services.store, first.made.sid)
    const change = { friendlyName: 'Renamed', status: undefined, password: 'new password' }
    const changed = await changeAccount(services, root, target, { ...change, role: undefined })
    const { made } = await createAccount(services, root, root.account, input, request)
    assert.equal(made, changed)
    assert.is.not(made.authToken, first.made.authToken)
  }))

test('a key used for something else is refused, and nothing is made', () =>
  withServices(async ({ services, root }) => {
    await createAccount(
      services,
      root,
      root.account,
      newAccountInput(),
      requestOf(services, root, 'key'),
    )
    const input = newAccountInput()
    const other = requestOf(services, root, 'key', 'other')
    assert.equal(
      await laterRefusalOf(() => createAccount(services, root, root.account, input, other)),
      keyReused,
    )
    assert.equal(await laterRefusalOf(() => earlierResult(services, other)), keyReused)
    const key = { email: input.email ?? '' }
    assert.equal(await services.store.findAccounts([key]), [undefined])
  }))

test('a key is its caller\u2019s own', () =>
  withServices(async ({ services, root, child, login }) => {
    const caller = await login(await child(root))
    const inputs = [newAccountInput(), newAccountInput()] as const
    const one = await createAccount(
      services,
      root,
      root.account,
      inputs[0],
      requestOf(services, root, 'key'),
    )
    const request = requestOf(services, caller, 'key')
    const other = await createAccount(services, caller, caller.account, inputs[1], request)
    assert.is(other.repeated, false)
    assert.is.not(other.made.sid, one.made.sid)
  }))

test('a refused create is forgotten, so that a mended one can be sent under its key', () =>
  withServices(async ({ services, root }) => {
    const bad = newAccountInput({ password: 'short' })
    const request = requestOf(services, root, 'key')
    assert.ok(await laterRefusalOf(() => createAccount(services, root, root.account, bad, request)))
    const mended = requestOf(services, root, 'key', 'mended')
    assert.is(
      (await createAccount(services, root, root.account, newAccountInput(), mended)).repeated,
      false,
    )
  }))

test('a key is free again when a day has passed', () =>
  withServices(async ({ services, root, clock }) => {
    const input = newAccountInput()
    const { made } = await createAccount(
      services,
      root,
      root.account,
      input,
      requestOf(services, root, 'key'),
    )
    clock.now += day
    const repeated = await createAccount(
      services,
      root,
      root.account,
      input,
      requestOf(services, root, 'key'),
    )
    assert.is(repeated.made.sid, made.sid)
    clock.now += 1
    const late = newAccountInput()
    const anew = await createAccount(
      services,
      root,
      root.account,
      late,
      requestOf(services, root, 'key'),
    )
    assert.is(anew.repeated, false)
    assert.is.not(anew.made.sid, made.sid)
  }))

// They all look before one of them has made anything: the hashes are held until then.
test('of 16 equal creates at once one makes the account and the others are given it', () =>
  withServices(async ({ services, root, holdHashes }) => {
    const input = newAccountInput()
    const request = requestOf(services, root, 'key')
    const release = holdHashes()
    const creates = Array.from({ length: 16 }, () =>
      createAccount(services, root, root.account, input, request),
    )
    await new Promise((resume) => setImmediate(resume))
    release()
    const results = await Promise.all(creates)
    assert.is(results.filter(({ repeated }) => !repeated).length, 1)
    for (const { made } of results) {
      assert.equal(made, results[0]?.made)
    }
    const { descendantsCount } = await accountNow(services.store, root.account.sid)
    assert.is(descendantsCount, 1)
  }))

test('of two unlike creates at once under one key one is refused', () =>
  withServices(async ({ services, root, holdHashes }) => {
    const release = holdHashes()
    const creates = ['one', 'other'].map((body) =>
      laterRefusalOf(() =>
        createAccount(
          services,
          root,
          root.account,
          newAccountInput(),
          requestOf(services, root, 'key', body),
        ),
      ),
    )
    await new Promise((resume) => setImmediate(resume))
    release()
    assert.equal(await Promise.all(creates), [undefined, keyReused])
  }))

test('a result that is gone is a fault of ours and no refusal', () =>
  withServices(async ({ services, root }) => {
    const request = requestOf(services, root, 'key')
    const findRepeated = async () => ({ requestDigest: request.requestDigest, resultSid: 'ACgone' })
    const faulty = { ...services, store: { ...services.store, findRepeated } }
    const outcome = await createAccount(
      faulty,
      root,
      root.account,
      newAccountInput(),
      request,
    ).catch(String)
    assert.match(String(outcome), 'account ACgone is gone')
  }))

test.run()
