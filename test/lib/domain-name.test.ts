import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type DomainNameRule, parseDomainName, withoutTrailingDot } from '../../lib/domain-name.ts'
import { refusalOf } from '../support/refusals.ts'

test('names of the DNS are taken as they are written', () => {
  const names = [
    'a',
    '9',
    'ab',
    'pbx',
    'example.com',
    'A-b9z.Example.COM',
    '3com.co9',
    `${'a'.repeat(63)}.org`,
  ]
  for (const name of names) {
    assert.is(parseDomainName(name, 'dns'), name)
  }
})

test('a trailing dot is cut', () => {
  assert.is(parseDomainName('example.com.', 'dns'), 'example.com')
  assert.is(parseDomainName('pbx.', 'singleLabel'), 'pbx')
  assert.is(withoutTrailingDot('example.com'), 'example.com')
  assert.is(withoutTrailingDot('example.com..'), 'example.com.')
})

test('what is no name of the DNS is refused with the text as it was given', () => {
  const faulty = [
    '',
    '.',
    '..',
    'a..b',
    '.a',
    '-a',
    'a-',
    'a.-b',
    'a b',
    'under_score',
    'b\u00fccher',
  ]
  const tooLong = ['a'.repeat(64), `${'a.'.repeat(126)}ab`]
  for (const name of [...faulty, ...tooLong, 'a\n', 'a/b', 'a@b']) {
    assertRefused(name, 'dns')
  }
})

test('a name of the DNS has 253 characters at most, its trailing dot not counted', () => {
  const longest = `${'a.'.repeat(126)}a`
  assert.is(longest.length, 253)
  assert.is(parseDomainName(longest, 'dns'), longest)
  assert.is(parseDomainName(`${longest}.`, 'dns'), longest)
})

test('a single label is what Restcomm takes: up to 255 letters, digits and hyphens', () => {
  for (const name of ['a', 'Test-1', '-a-', '0123456789', 'a'.repeat(255)]) {
    assert.is(parseDomainName(name, 'singleLabel'), name)
  }
  for (const name of ['', 'a.b', 'a_b', 'a b', 'a\n', 'a'.repeat(256)]) {
    assertRefused(name, 'singleLabel')
  }
})

function assertRefused(name: string, rule: DomainNameRule): void {
  assert.equal(
    refusalOf(() => parseDomainName(name, rule)),
    { kind: 'invalid', field: 'domainName', fault: { rule: 'malformed', value: name } },
  )
}

test.run()
