import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { NewApiKey } from '../../db/store.ts'
import { authenticate } from '../../lib/authenticate.ts'
import { newAuthToken, newSid } from '../../lib/ids.ts'
import { sha256 } from '../../lib/secrets.ts'
import { accountNow, addKey, auditOn, keyNow, setStatus } from '../support/records.ts'
import { laterRefusalOf } from '../support/refusals.ts'
import { origin, password, type TestServices, withServices } from '../support/services.ts'

const unauthenticated = { kind: 'unauthenticated' }

const attempt = ({ services }: TestServices, name: string, secret: string, address = '192.0.2.1') =>
  laterRefusalOf(() => authenticate(services, { name, secret }, { ...origin, address }, undefined))

test('an account is known by SID or e-mail, with its AuthToken or its password', () =>
  withServices(async (given) => {
    const { services, root, child } = given
    const { sid, email = '', token: stored } = await child(root)
    const token = services.secrets.openToken(sid, stored.sealed)
    for (const name of [sid, email, email.toUpperCase(), ` ${email} `]) {
      for (const secret of [token, password]) {
        const { caller } = await authenticate(services, { name, secret }, origin, undefined)
        const account = await accountNow(services.store, sid)
        const { stillFits, ...who } = caller
        assert.equal(who, { account, standing: 'full', apiKey: undefined, origin })
        assert.is(stillFits?.(account), true)
      }
    }
    assert.equal(given.loginFailures, [])
  }))

test('whatever is wrong, the answer is the same', () =>
  withServices(async (given) => {
    const { root, child } = given
    const { sid, email = '', friendlyName } = await child(root)
    const wrong: [name: string, secret: string][] = [
      [sid, newAuthToken()],
      [sid, 'battery staple'],
      [sid, ''],
      [email, password.toUpperCase()],
      [newSid('AC'), password],
      [newSid('AC'), newAuthToken()],
      ['nobody@example.com', password],
      [friendlyName, password],
      ['', ''],
      [sid.toLowerCase(), password],
    ]
    for (const [name, secret] of wrong) {
      assert.equal(await attempt(given, name, secret), unauthenticated, name)
    }
    assert.equal(given.loginFailures, Array(wrong.length).fill('credentials'))
  }))

test('an account without a password is not let in by any', () =>
  withServices(async (given) => {
    const { root, child } = given
    const { sid, passwordHash } = await child(root, { password: undefined })
    assert.is(passwordHash, undefined)
    for (const secret of [password, '', 'undefined']) {
      assert.equal(await attempt(given, sid, secret), unauthenticated)
    }
  }))

test('a text of the form of an AuthToken is never hashed, anything else is, known or not', () =>
  withServices(async (given) => {
    const { root, child, hashes } = given
    const { sid } = await child(root)
    const before = hashes()
    await attempt(given, sid, newAuthToken())
    await attempt(given, newSid('AC'), newAuthToken())
    assert.is(hashes(), before)
    await attempt(given, sid, 'battery staple')
    assert.is(hashes(), before + 1)
    await attempt(given, newSid('AC'), 'battery staple')
    await attempt(given, 'no name', 'battery staple')
    assert.is(hashes(), before + 3)
  }))

test('who does not act is told so after the right secret only', () =>
  withServices(async (given) => {
    const { services, root, child, login } = given
    for (const status of ['suspended', 'inactive', 'closed'] as const) {
      const top = await child(root)
      const below = await child(await login(top))
      await setStatus(services.store, top, status)
      for (const { sid, token: stored } of [top, below]) {
        const token = services.secrets.openToken(sid, stored.sealed)
        assert.equal(await attempt(given, sid, password), { kind: 'inactive' })
        assert.equal(await attempt(given, sid, token), { kind: 'inactive' })
        assert.equal(await attempt(given, sid, newAuthToken()), unauthenticated)
        assert.equal(await attempt(given, sid, 'battery staple'), unauthenticated)
      }
    }
    assert.is(given.loginFailures.filter((failure) => failure === 'inactive').length, 12)
  }))

test('an uninitialized account comes in for itself alone, and so does who lies below one', () =>
  withServices(async ({ services, root, child, login }) => {
    const top = await child(root)
    const below = await child(await login(top))
    await setStatus(services.store, top, 'uninitialized')
    assert.is((await login(top)).standing, 'selfOnly')
    assert.is((await login(below)).standing, 'selfOnly')
  }))

test('after ten failures the right secret is refused too, unhashed, for five minutes', () =>
  withServices(async (given) => {
    const { root, child, clock, hashes } = given
    const { sid } = await child(root)
    for (let tried = 0; tried < 10; tried += 1) {
      assert.equal(await attempt(given, sid, 'battery staple'), unauthenticated)
    }
    const before = hashes()
    const throttled = { kind: 'throttled', retryAfterSeconds: 300 }
    assert.equal(await attempt(given, sid, password), throttled)
    assert.is(hashes(), before)
    assert.is(given.loginFailures.at(-1), 'throttled')
    assert.is(await attempt(given, sid, password, '192.0.2.2'), undefined)
    clock.monotonic += 5 * 60_000 + 1
    assert.is(await attempt(given, sid, password), undefined)
  }))

test('wrong passwords that come at once are refused unhashed after the tenth as well', () =>
  withServices(async (given) => {
    const { sid } = await given.child(given.root)
    const attempts = Array.from({ length: 30 }, () => attempt(given, sid, 'battery staple'))
    const kinds = (await Promise.all(attempts)).map((refusal) => refusal?.kind)
    // One or two more may have begun when the tenth had failed.
    assert.ok(kinds.filter((kind) => kind === 'unauthenticated').length <= 12, kinds.join(' '))
    assert.ok(kinds.includes('throttled'))
  }))

test('right passwords that come at once are all let in', () =>
  withServices(async (given) => {
    const { sid } = await given.child(given.root)
    const attempts = Array.from({ length: 30 }, () => attempt(given, sid, password))
    assert.equal(await Promise.all(attempts), Array(30).fill(undefined))
  }))

test('an e-mail in any letter case is one login to the throttle', () =>
  withServices(async (given) => {
    const { email = '' } = await given.child(given.root)
    for (const name of [email, email.toUpperCase()]) {
      for (let tried = 0; tried < 5; tried += 1) {
        await attempt(given, name, newAuthToken())
      }
    }
    assert.is((await attempt(given, email, password))?.kind, 'throttled')
  }))

test('names too long to be any are one to the throttle by their beginning', () =>
  withServices(async (given) => {
    for (let tried = 0; tried < 10; tried += 1) {
      assert.equal(await attempt(given, 'x'.repeat(300 + tried), newAuthToken()), unauthenticated)
    }
    assert.is((await attempt(given, 'x'.repeat(400), newAuthToken()))?.kind, 'throttled')
  }))

test('a success forgets the failures before it', () =>
  withServices(async (given) => {
    const { sid } = await given.child(given.root)
    for (let round = 0; round < 3; round += 1) {
      for (let tried = 0; tried < 9; tried += 1) {
        await attempt(given, sid, newAuthToken())
      }
      assert.is(await attempt(given, sid, password), undefined)
    }
  }))

test('the account that is asked about comes with the caller', () =>
  withServices(async ({ services, root, child }) => {
    const { sid } = await child(root)
    const asked = await child(root)
    const credentials = { name: sid, secret: password }
    for (const key of [{ sid: asked.sid }, { email: asked.email ?? '' }]) {
      const { target } = await authenticate(services, credentials, origin, key)
      assert.equal(target, await accountNow(services.store, asked.sid))
    }
    for (const key of [undefined, { sid: newSid('AC') }]) {
      assert.is((await authenticate(services, credentials, origin, key)).target, undefined)
    }
  }))

// A hash takes long, so what it was compared with is read again behind it.
test('what changed while the password was hashed is taken as it is then', () =>
  withServices(async (given) => {
    const { services, root, child, holdHashes } = given
    const replaced = await child(root)
    const suspended = await child(root)
    const asking = await child(root)
    const release = holdHashes()
    const attempts = [replaced, suspended].map(({ sid }) => attempt(given, sid, password))
    const credentials = { name: asking.sid, secret: password }
    const asked = authenticate(services, credentials, origin, { sid: suspended.sid })
    await new Promise((resume) => setImmediate(resume))
    await services.store.changeAccount(
      replaced.lineage,
      { passwordHash: 'another' },
      auditOn(replaced.sid),
    )
    await setStatus(services.store, suspended, 'suspended')
    release()
    assert.equal(await Promise.all(attempts), [unauthenticated, { kind: 'inactive' }])
    assert.is((await asked).target?.status, 'suspended')
  }))

/** An account with a key whose secret is `secret of a key`. */
async function withKey({ services, root, child }: TestServices, given: Partial<NewApiKey> = {}) {
  const account = await child(root)
  const secretDigest = sha256('secret of a key')
  const key = await addKey(services.store, account, { secretDigest, ...given })
  return { account, key, secret: 'secret of a key' }
}

test('a key with its secret is its account, and says which key', () =>
  withServices(async (given) => {
    const { services, clock } = given
    const { account, key, secret } = await withKey(given, { scope: 'read', reach: 'self' })
    const target = { email: account.email ?? '' }
    const login = { name: key.sid, secret }
    const before = given.hashes()
    const { caller, ...about } = await authenticate(services, login, origin, target)
    assert.equal(caller, { account, standing: 'full', apiKey: key, origin })
    assert.equal(about, { target: account })
    assert.is((await keyNow(services.store, key)).lastUsedAt, clock.now)
    assert.is(given.hashes(), before)
  }))

test('whatever is wrong with a key, the answer is the same, and nothing is hashed', () =>
  withServices(async (given) => {
    const { services, clock, hashes } = given
    const { account, key, secret } = await withKey(given, { expiresAt: clock.now + 1 })
    const token = services.secrets.openToken(account.sid, account.token.sealed)
    const before = hashes()
    const of = (name: string) => (text: string) => [name, text] as [string, string]
    const wrong = [
      ...[password, token, '', secret.toUpperCase()].map(of(key.sid)),
      ...[secret, 'no key', ''].map(of(newSid('SK'))),
    ]
    for (const [name, text] of wrong) {
      assert.equal(await attempt(given, name, text), unauthenticated)
    }
    assert.is(hashes(), before)
    assert.equal(await attempt(given, account.sid, secret), unauthenticated)
    assert.is(await attempt(given, key.sid, secret), undefined)
    assert.is(hashes(), before + 1)
  }))

test('a key logs nobody in from the moment when it expires or is removed', () =>
  withServices(async (given) => {
    const { services, clock } = given
    const { key, secret } = await withKey(given, { expiresAt: clock.now + 1000 })
    clock.now += 999
    assert.is(await attempt(given, key.sid, secret), undefined)
    clock.now += 1
    assert.equal(await attempt(given, key.sid, secret), unauthenticated)
    const other = await withKey(given)
    await services.store.removeApiKey(other.account.sid, other.key.sid, auditOn(other.key.sid))
    assert.equal(await attempt(given, other.key.sid, secret), unauthenticated)
  }))

test('the last use of a key is written once a minute', () =>
  withServices(async (given) => {
    const { services, clock } = given
    const { key, secret } = await withKey(given)
    const first = clock.now
    for (const [later, noted] of [
      [0, first],
      [59_999, first],
      [60_000, first + 60_000],
    ] as const) {
      clock.now = first + later
      assert.is(await attempt(given, key.sid, secret), undefined)
      assert.is((await keyNow(services.store, key)).lastUsedAt, noted)
    }
    clock.now += 60_000
    await attempt(given, key.sid, 'wrong')
    assert.is((await keyNow(services.store, key)).lastUsedAt, first + 60_000)
  }))

test('a key of an account that does not act is told so after the right secret only', () =>
  withServices(async (given) => {
    const { account, key, secret } = await withKey(given)
    await setStatus(given.services.store, account, 'suspended')
    assert.equal(await attempt(given, key.sid, secret), { kind: 'inactive' })
    assert.equal(await attempt(given, key.sid, 'wrong'), unauthenticated)
    assert.is((await keyNow(given.services.store, key)).lastUsedAt, undefined)
  }))

test('failures of a key are counted as those of an account are', () =>
  withServices(async (given) => {
    const { account, key, secret } = await withKey(given)
    for (let tried = 0; tried < 10; tried += 1) {
      assert.equal(await attempt(given, key.sid, 'wrong'), unauthenticated)
    }
    assert.is((await attempt(given, key.sid, secret))?.kind, 'throttled')
    assert.is(await attempt(given, account.sid, password), undefined)
  }))

test.run()
