import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  isAuthToken,
  isKeySecret,
  isSid,
  newAuthToken,
  newKeySecret,
  newRealm,
  newRequestId,
  newSid,
} from '../../lib/ids.ts'

const many = 10_000

const makers: Readonly<Record<string, () => string>> = {
  'SIDs of accounts': () => newSid('AC').slice(2),
  'SIDs of API keys': () => newSid('SK').slice(2),
  'SIDs of organizations': () => newSid('OR').slice(2),
  AuthTokens: newAuthToken,
  'request ids': newRequestId,
}

for (const [what, make] of Object.entries(makers)) {
  test(`${what} are 128 bits of which each is as often set as not`, () => {
    const made = Array.from({ length: many }, make)
    assert.is(new Set(made).size, many)
    assert.ok(made.every((text) => /^[0-9a-f]{32}$/.test(text)))
    const set = bitCounts(made)
    assert.is(set.length, 128)
    // Six standard deviations to either side: chance does not leave this in a billion runs.
    assert.ok(
      set.every((count) => Math.abs(count - many / 2) < 300),
      set.join(' '),
    )
  })
}

test('realms are three random bytes below their suffix', () => {
  const made = Array.from({ length: many }, () => newRealm('sip.example.com'))
  assert.ok(new Set(made).size > many - 50)
  assert.ok(made.every((realm) => /^[0-9a-f]{6}\.sip\.example\.com$/.test(realm)))
})

test('a SID begins with the letters of its kind', () => {
  assert.match(newSid('AC'), /^AC[0-9a-f]{32}$/)
  assert.match(newSid('OR'), /^OR[0-9a-f]{32}$/)
  assert.match(newSid('SK'), /^SK[0-9a-f]{32}$/)
})

test('any 34 letters and digits have the form of a SID', () => {
  const digits = '0123456789'.repeat(4)
  for (const text of [newSid('AC'), 'Z'.repeat(34), digits.slice(0, 34)]) {
    assert.ok(isSid(text))
  }
  const others = ['', digits.slice(0, 33), digits.slice(0, 35), `${digits.slice(0, 33)}-`]
  for (const text of [...others, `${newSid('AC')}\n`, `${digits.slice(0, 33)}\u00e9`]) {
    assert.not.ok(isSid(text))
  }
})

test('32 lower-case hex digits, and nothing else, could be an AuthToken', () => {
  const token = newAuthToken()
  assert.ok(isAuthToken(token))
  assert.ok(isAuthToken('77f8c12cc7b8f8423e5c38b035249166'))
  for (const text of ['', token.slice(1), `${token}0`, `${token}\n`, `G${token.slice(1)}`]) {
    assert.not.ok(isAuthToken(text))
  }
  assert.not.ok(isAuthToken('77F8C12CC7B8F8423E5C38B035249166'))
})

test('secrets of keys are 192 bits of which each is as often set as not, and a checksum', () => {
  const made = Array.from({ length: many }, newKeySecret)
  assert.is(new Set(made).size, many)
  assert.ok(made.every((text) => /^sk[0-9a-f]{56}$/.test(text) && isKeySecret(text)))
  const set = bitCounts(made.map((text) => text.slice(2, 50)))
  assert.is(set.length, 192)
  assert.ok(
    set.every((count) => Math.abs(count - many / 2) < 300),
    set.join(' '),
  )
})

// Worked out by another program: CRC-32 as zip has it, in 8 hex digits.
test('the checksum of a secret is the CRC-32 of what stands before it', () => {
  assert.ok(isKeySecret(`sk${'0'.repeat(48)}715745d5`))
  assert.ok(isKeySecret(`sk${'a1'.repeat(24)}7f634375`))
  assert.ok(isKeySecret(`sk${'105'.padStart(48, '0')}00ffdb6d`))
})

test('a secret with any one letter mistyped, left out or put in is none', () => {
  const secret = newKeySecret()
  for (let at = 0; at < secret.length; at += 1) {
    const [before, own = '', after] = [secret.slice(0, at), secret[at], secret.slice(at + 1)]
    const other = own === '7' ? '8' : '7'
    for (const text of [before + other + after, before + after, `${before}7${own}${after}`]) {
      assert.not.ok(isKeySecret(text), text)
    }
  }
  for (const text of ['', 'sk', newAuthToken(), secret.toUpperCase(), `${secret}\n`]) {
    assert.not.ok(isKeySecret(text))
  }
  assert.not.ok(isAuthToken(secret))
})

function bitCounts(hexes: readonly string[]): number[] {
  const counts = Array<number>(4 * (hexes[0]?.length ?? 0)).fill(0)
  for (const hex of hexes) {
    for (const [at, byte] of Buffer.from(hex, 'hex').entries()) {
      for (let bit = 0; bit < 8; bit += 1) {
        counts[8 * at + bit] = (counts[8 * at + bit] ?? 0) + ((byte >> bit) & 1)
      }
    }
  }
  return counts
}

test.run()
