import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { holdsPermission, isRole, roles } from '../../lib/roles.ts'

const accountActions = ['Create', 'Read', 'Modify', 'Delete']

test('four names are roles, as they are written and no others', () => {
  assert.equal([...roles], ['Administrator', 'Developer', 'User', 'Guest'])
  for (const role of roles) {
    assert.ok(isRole(role))
  }
  const others = ['', 'SuperAdmin', 'administrator', 'PowerUser', 'Guest ', '*', 'toString']
  for (const name of [...others, '__proto__', 'constructor']) {
    assert.not.ok(isRole(name), name)
  }
})

test('an Administrator holds every permission', () => {
  for (const wanted of [
    'RestComm:Modify:Accounts',
    'RestComm:Read:Organizations',
    'Any:Thing:New',
  ]) {
    assert.ok(holdsPermission('Administrator', wanted))
  }
})

test('a Developer holds what Restcomm ships for it', () => {
  const wholly = ['Accounts', 'Applications', 'Announcements', 'Calls', 'Clients', 'Conferences']
  const alsoWholly = ['IncomingPhoneNumbers', 'OutgoingCallerIds', 'ShortCodes', 'OutboundProxies']
  for (const target of [...wholly, ...alsoWholly, 'EmailMessages', 'Usage', 'Geolocation']) {
    assert.equal(heldOn('Developer', target), accountActions, target)
  }
  for (const target of [
    'AvailablePhoneNumbers',
    'Notifications',
    'SmsMessages',
    'Transcriptions',
  ]) {
    assert.equal(heldOn('Developer', target), ['Read'], target)
  }
  assert.equal(heldOn('Developer', 'Faxes'), ['Create', 'Read', 'Delete'])
  assert.equal(heldOn('Developer', 'Recordings'), ['Read', 'Delete'])
  assert.equal(heldOn('Developer', 'SandBoxes'), ['Read', 'Modify'])
  assert.equal(heldOn('Developer', 'Organizations'), [])
})

test('a User reads accounts and does nothing else', () => {
  assert.equal(heldOn('User', 'Accounts'), ['Read'])
  assert.equal(heldOn('User', 'Calls'), [])
  assert.equal(heldOn('User', 'Organizations'), [])
})

test('a Guest, and a role that nobody knows, hold nothing', () => {
  for (const role of ['Guest', 'SuperAdmin', 'administrator', '', '*', 'toString', '__proto__']) {
    for (const target of ['Accounts', 'Calls', 'Organizations']) {
      assert.equal(heldOn(role, target), [], role)
    }
  }
})

test('letter case does not matter in a permission, but all of its parts do', () => {
  assert.ok(holdsPermission('User', 'restcomm:READ:accounts'))
  for (const wanted of [
    'Other:Read:Accounts',
    'RestComm:Read',
    'RestComm',
    '',
    'RestComm::Accounts',
  ]) {
    assert.not.ok(holdsPermission('User', wanted), wanted)
  }
})

function heldOn(role: string, target: string): string[] {
  return accountActions.filter((action) => holdsPermission(role, `RestComm:${action}:${target}`))
}

test.run()
