import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { auditEntry, differences } from '../../lib/audit.ts'
import { callerOf } from '../support/callers.ts'

test('what differs is recorded with its old and its new value', () => {
  assert.equal(
    differences({ status: 'active', role: 'User' }, { status: 'suspended', role: 'Guest' }),
    { status: { from: 'active', to: 'suspended' }, role: { from: 'User', to: 'Guest' } },
  )
})

test('what stays the same, or is not written, is not recorded', () => {
  assert.equal(differences({ status: 'active', role: 'User' }, { status: 'active' }), {})
  assert.equal(differences({ status: 'active' }, { status: undefined }), {})
  assert.equal(differences({}, {}), {})
})

test('what had no value before has no old value', () => {
  assert.equal(differences({}, { email: 'jane@example.com' }), {
    email: { to: 'jane@example.com' },
  })
  assert.equal(differences({ email: undefined }, { email: '' }), { email: { to: '' } })
})

test('an entry names who did what to whom, when, from where and through which dialect', () => {
  const caller = callerOf({ sid: 'ACcaller' })
  assert.equal(auditEntry(caller, 5, 'account.close', 'ACtarget', { status: { to: 'closed' } }), {
    at: 5,
    action: 'account.close',
    targetSid: 'ACtarget',
    actorSid: 'ACcaller',
    requestId: caller.origin.requestId,
    address: caller.origin.address,
    dialect: caller.origin.dialect,
    changes: { status: { to: 'closed' } },
  })
})

test('an entry names the key that was used', () => {
  const apiKey = { sid: 'SKused', scope: 'write', reach: 'self' } as const
  const caller = { ...callerOf({ sid: 'ACcaller' }), apiKey }
  const { actorSid, actorKeySid } = auditEntry(caller, 5, 'account.change', 'ACtarget', {})
  assert.equal([actorSid, actorKeySid], ['ACcaller', 'SKused'])
})

test.run()
