import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { newAuthToken } from '../../lib/ids.ts'
import { checkPassword, type PasswordPolicy } from '../../lib/password-policy.ts'
import { refusalOf } from '../support/refusals.ts'

const jane = { email: 'jane.roe@example.com', friendlyName: 'Jane from Sales' }
const weak = { kind: 'invalid', field: 'password', fault: { rule: 'weak' } }

test('a password of 8 to 72 bytes is taken', () => {
  const good = [
    '12ab56cd',
    'x'.repeat(72),
    '\u00e4'.repeat(4),
    '\u00e4'.repeat(36),
    'correct horse',
  ]
  for (const password of good) {
    assert.is(refused(password), undefined, password)
  }
})

test('a password of less than 8 bytes is too weak', () => {
  for (const password of ['', 'a', '1234', 'asdf123', '\u00e4\u00e4\u00e4x']) {
    assert.equal(refused(password), weak, password)
  }
})

test('a password that bcrypt would cut is refused for its length', () => {
  const fault = { rule: 'tooLong', limit: 72, unit: 'bytes' }
  for (const policy of ['length', 'score'] as const) {
    for (const password of ['x'.repeat(73), '\u00e4'.repeat(37), '👍'.repeat(19)]) {
      assert.equal(refused(password, policy), { kind: 'invalid', field: 'password', fault })
    }
  }
})

test('a password with a character that no text may hold is refused', () => {
  const fault = { rule: 'characters' }
  for (const password of ['pass\u0000word!', 'two\nlines here', 'half a pair \ud800']) {
    assert.equal(refused(password), { kind: 'invalid', field: 'password', fault })
  }
})

test('what the account is called is no password for it, in any letter case', () => {
  const names = [jane.email, 'Jane.Roe@Example.com', 'jane.roe', 'JANE.ROE', jane.friendlyName]
  for (const password of [...names, 'jane from sales']) {
    assert.equal(refused(password), weak, password)
  }
  assert.is(refused('jane.roe2'), undefined)
})

test('an address in other letters than ASCII is no password for its account either', () => {
  const owner = { email: '\u00c4RGERLICH@example.com'.replace(/[A-Z]/g, lower), friendlyName: '-' }
  const local = owner.email.split('@')[0] ?? ''
  assert.equal(
    refusalOf(() => checkPassword(local, owner, 'length')),
    weak,
  )
})

test('an account without an e-mail has only its name to avoid', () => {
  const owner = { email: undefined, friendlyName: 'Switchboard' }
  assert.equal(
    refusalOf(() => checkPassword('switchboard', owner, 'length')),
    weak,
  )
  checkPassword('undefined', owner, 'length')
})

test('the commonest passwords are refused in any letter case', () => {
  for (const password of [
    'password',
    'PassWord',
    '12345678',
    'qwertyuiop',
    'iloveyou',
    'Password1',
  ]) {
    assert.equal(refused(password), weak, password)
  }
})

test('the passwords of the documents are taken', () => {
  const documented = ['restcomm', 'RestComm', 'NewPassword', 'RestComm12', 'mynewpassword12']
  for (const password of [...documented, '1234asdf!@#', 'not-created-password']) {
    assert.is(refused(password), undefined, password)
  }
})

test('a text of the form of an AuthToken is no password, as a token is never hashed', () => {
  assert.equal(refused(newAuthToken()), weak)
  assert.is(refused(newAuthToken().slice(1)), undefined)
})

test('the strict policy asks for half of the score that there is', () => {
  for (const password of ['1234', 'restcomm', 'RestComm', 'NewPassword']) {
    assert.equal(refused(password, 'score'), weak, password)
  }
  for (const password of ['mynewpassword12', 'Restcomm2', 'asd123$#@', 'x9Lm2']) {
    assert.is(refused(password, 'score'), undefined, password)
  }
  assert.equal(refused('password1'.toUpperCase(), 'score'), weak)
  assert.equal(refused(newAuthToken(), 'score'), weak)
})

function refused(password: string, policy: PasswordPolicy = 'length') {
  return refusalOf(() => checkPassword(password, jane, policy))
}

function lower(letter: string): string {
  return letter.toLowerCase()
}

test.run()
