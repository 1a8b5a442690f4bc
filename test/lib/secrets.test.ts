import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { newAuthToken, newSid } from '../../lib/ids.ts'
import {
  createSecrets,
  equalDigests,
  hashPassword,
  matchesHash,
  md5Hex,
  newSealingKey,
} from '../../lib/secrets.ts'
import { messageOf } from '../support/refusals.ts'

const key = newSealingKey()
const secrets = createSecrets(key)

test('what was sealed opens again for its account', () => {
  const sid = newSid('AC')
  const token = newAuthToken()
  const sealed = secrets.sealToken(sid, token)
  assert.is(secrets.openToken(sid, sealed), token)
  assert.is(createSecrets(key).openToken(sid, sealed), token)
})

test('a sealed token does not hold the token', () => {
  const token = newAuthToken()
  const sealed = Buffer.from(secrets.sealToken(newSid('AC'), token))
  assert.not.ok(sealed.includes(token))
  assert.not.ok(sealed.includes(Buffer.from(token, 'hex')))
})

test('a token sealed for one account does not open for another', () => {
  const [one, other] = [newSid('AC'), newSid('AC')]
  const [sealedOne, sealedOther] = [one, other].map((sid) => secrets.sealToken(sid, newAuthToken()))
  assert.ok(sealedOne && sealedOther)
  assert.throws(() => secrets.openToken(one, sealedOther))
  assert.throws(() => secrets.openToken(other, sealedOne))
})

test('another key opens nothing and says why', () => {
  const sid = newSid('AC')
  const sealed = secrets.sealToken(sid, newAuthToken())
  const other = createSecrets(newSealingKey())
  assert.match(
    messageOf(() => other.openToken(sid, sealed)),
    `of ${sid} was sealed under another key`,
  )
})

test('a sealed token of which one bit was turned, or which was cut, does not open', () => {
  const sid = newSid('AC')
  const sealed = secrets.sealToken(sid, newAuthToken())
  for (const at of sealed.keys()) {
    const turned = Buffer.from(sealed)
    turned[at] = (turned[at] ?? 0) ^ 1
    assert.throws(() => secrets.openToken(sid, turned), undefined, `byte ${at}`)
  }
  for (const length of [0, 3, 4, 15, 16, 31, 32, sealed.length - 1]) {
    assert.throws(() => secrets.openToken(sid, sealed.subarray(0, length)), undefined, `${length}`)
  }
})

test('each sealing is another, so that equal tokens cannot be told', () => {
  const [sid, token] = [newSid('AC'), newAuthToken()]
  const sealings = Array.from({ length: 1000 }, () =>
    Buffer.from(secrets.sealToken(sid, token)).toString('hex'),
  )
  assert.is(new Set(sealings).size, 1000)
  const nonces = sealings.map((hex) => hex.slice(8, 32))
  assert.is(new Set(nonces).size, 1000)
})

test('a digest is the same for the same token under the same key only', () => {
  const token = newAuthToken()
  const digest = secrets.digestToken(token)
  assert.is(digest.length, 32)
  assert.equal(secrets.digestToken(token), digest)
  assert.not.equal(secrets.digestToken(newAuthToken()), digest)
  assert.not.equal(createSecrets(newSealingKey()).digestToken(token), digest)
})

test('digests are equal when all of their bytes are', () => {
  const digest = secrets.digestToken('a')
  assert.ok(equalDigests(digest, Buffer.from(digest)))
  assert.not.ok(equalDigests(digest, secrets.digestToken('b')))
  assert.not.ok(equalDigests(digest, digest.subarray(1)))
  assert.not.ok(equalDigests(digest, new Uint8Array()))
})

test('a sealing key has 32 bytes, new ones differ', () => {
  assert.is(newSealingKey().length, 32)
  assert.not.equal(newSealingKey(), newSealingKey())
  for (const length of [0, 16, 31, 33]) {
    assert.match(
      messageOf(() => createSecrets(new Uint8Array(length))),
      `has 32 bytes, not ${length}`,
    )
  }
})

test('a password fits its own hash, which has the wanted cost', async () => {
  const hash = await hashPassword('correct horse', 4)
  assert.match(hash, /^\$2b\$04\$/)
  assert.ok(await matchesHash('correct horse', hash))
  assert.not.ok(await matchesHash('Correct horse', hash))
})

// The documents' own values (restcomm.md 7).
test('MD5 is that of the original', () => {
  assert.is(md5Hex('RestComm'), '77f8c12cc7b8f8423e5c38b035249166')
  assert.is(md5Hex('test@telestax.com'), '3b8f0dd2e5026abde018446cbb3b185d')
})

test.run()
