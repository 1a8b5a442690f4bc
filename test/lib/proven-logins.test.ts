import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { keep } from '../../db/kept.ts'
import { newAuthToken } from '../../lib/ids.ts'
import { createProvenLogins } from '../../lib/proven-logins.ts'
import { placedAccount } from '../support/callers.ts'

const account = keep(placedAccount(undefined))
const token = newAuthToken()

test('an account is found by the name and the token that it was noted with, together', () => {
  const logins = createProvenLogins()
  logins.note('ada@example.com', token, account)
  assert.is(logins.find('ada@example.com', token), account)
  assert.is(logins.find('ada@example.com', newAuthToken()), undefined)
  assert.is(logins.find('bob@example.com', token), undefined)
})

test('of a name the last token counts', () => {
  const logins = createProvenLogins()
  const later = newAuthToken()
  logins.note('ada@example.com', token, account)
  logins.note('ada@example.com', later, account)
  assert.is(logins.find('ada@example.com', token), undefined)
  assert.is(logins.find('ada@example.com', later), account)
})

test('an account that the store does not keep is not noted', () => {
  const logins = createProvenLogins()
  const readOnce = placedAccount(undefined)
  logins.note('ada@example.com', token, readOnce)
  assert.is(logins.find('ada@example.com', token), undefined)
})

test('an account that the store has let go of is not held back', async () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const logins = createProvenLogins()
  const noted = () => {
    const read = keep(placedAccount(undefined))
    logins.note('ada@example.com', token, read)
    return new WeakRef(read)
  }
  const left = noted()
  // What was made in a turn of the event loop stays until its end.
  await new Promise((resume) => setImmediate(resume))
  collect()
  assert.is(left.deref(), undefined)
  assert.is(logins.find('ada@example.com', token), undefined)
})

test.run()
