import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { foldEmail, parseEmail } from '../../lib/email.ts'
import { refusalOf } from '../support/refusals.ts'

test('a bare address is taken in the form in which it is stored', () => {
  const stored: [given: string, email: string][] = [
    ['jane@example.com', 'jane@example.com'],
    ['Jane.Doe@Example.COM', 'jane.doe@example.com'],
    ['  jane@example.com\n', 'jane@example.com'],
    ['root@pbx', 'root@pbx'],
    ["o'neil+tag@example.com", "o'neil+tag@example.com"],
    ['a!#$%&*/^_`{|}~-@example.com', 'a!#$%&*/^_`{|}~-@example.com'],
    ['jose\u0301@example.com', 'jos\u00e9@example.com'],
    ['\u00c4rger@example.com', '\u00c4rger@example.com'],
    ['jane@b\u00fccher.example', 'jane@b\u00fccher.example'],
    ['1@2', '1@2'],
  ]
  for (const [given, email] of stored) {
    assert.is(parseEmail(given), email)
  }
})

test('what is no bare address is refused with the text as it was given', () => {
  const refused = [
    ...['', ' ', '@', 'jane', 'jane@', '@example.com', 'a@b@c', 'jane@@example.com'],
    ...['Jane <jane@example.com>', '"jane"@example.com', 'jane(x)@example.com', 'a,b@example.com'],
    ...['jane doe@example.com', 'jane@exam ple.com', 'jane\u0000@example.com', 'ja\ud800ne@pbx'],
    ...['.jane@example.com', 'jane.@example.com', 'ja..ne@example.com', 'a;b@pbx', 'a\\b@pbx'],
    ...['jane@.com', 'jane@example..com', 'jane@example.com.', 'jane@-pbx', 'jane@pbx-'],
    ...['jane@[10.0.0.1]', 'jane@under_score.com', `jane@${'a'.repeat(64)}.com`],
  ]
  for (const value of refused) {
    const fault = { rule: 'malformed', value }
    assert.equal(
      refusalOf(() => parseEmail(value)),
      { kind: 'invalid', field: 'email', fault },
      value,
    )
  }
})

test('an address has 254 bytes at most', () => {
  const domain = `${'d'.repeat(60)}.${'d'.repeat(60)}.${'d'.repeat(60)}.de`
  const local = 'l'.repeat(254 - domain.length - 1)
  assert.is(parseEmail(`${local}@${domain}`).length, 254)
  assert.is(refusalOf(() => parseEmail(`${local}l@${domain}`))?.kind, 'invalid')
  const twoBytesEach = '\u00e9'.repeat(local.length / 2 + 1)
  assert.is(refusalOf(() => parseEmail(`${twoBytesEach}@${domain}`))?.kind, 'invalid')
})

test('a local part that could be no SIP login is refused as a login', () => {
  for (const value of ['ja?ne', 'ja=ne']) {
    assert.equal(
      refusalOf(() => parseEmail(`${value}@example.com`)),
      { kind: 'invalid', field: 'login', fault: { rule: 'malformed', value } },
    )
  }
})

test('only ASCII letters are folded, so that no two addresses of others become one', () => {
  assert.is(foldEmail('JANE@EXAMPLE.COM'), 'jane@example.com')
  assert.is(foldEmail('\u0130@example.com'), '\u0130@example.com')
  assert.is(foldEmail('stra\u1e9ee@example.com'), 'stra\u1e9ee@example.com')
})

test('an address that was taken is taken again unchanged', () => {
  fc.assert(
    fc.property(fc.emailAddress({ size: 'small' }), (address) => {
      if (/[?=]/.test(address)) {
        assert.equal(
          refusalOf(() => parseEmail(address)),
          {
            kind: 'invalid',
            field: 'login',
            fault: { rule: 'malformed', value: foldEmail(address).split('@')[0] },
          },
        )
        return
      }
      const email = parseEmail(address)
      assert.is(parseEmail(email), email)
      assert.is(parseEmail(address.toUpperCase()), email)
    }),
    { numRuns: 1000 },
  )
})

test.run()
