import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { accountKey } from '../../lib/account-key.ts'
import { newSid } from '../../lib/ids.ts'

test('a text of 34 letters and digits is a SID, also one that is not hex', () => {
  for (const sid of [
    newSid('AC'),
    'ACae6e420f425248d6a26948c17a9e2acf',
    'AC12345678901234567890123456789Z4g',
  ]) {
    assert.equal(accountKey(sid), { sid })
  }
})

test('a text with an at sign is an e-mail, in any letter case', () => {
  assert.equal(accountKey('Jane@Example.COM'), { email: 'jane@example.com' })
  assert.equal(accountKey(' jane@example.com '), { email: 'jane@example.com' })
  assert.equal(accountKey('@'), { email: '@' })
})

test('a name is neither, so that nobody is found by what people call them', () => {
  const sid = newSid('AC')
  for (const text of ['', 'Jane Doe', 'jane', sid.slice(1), `${sid}0`, `${sid}\n`, `${sid}/`]) {
    assert.is(accountKey(text), undefined, text)
  }
})

test.run()
