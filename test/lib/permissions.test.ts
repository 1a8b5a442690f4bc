import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { PlacedAccount } from '../../db/store.ts'
import type { Caller } from '../../lib/caller.ts'
import {
  type AccountAction,
  authorize,
  authorizeInstallation,
  authorizeOrganization,
  authorizeOrganizations,
  type InstallationAction,
  isAllowed,
} from '../../lib/permissions.ts'
import { callerOf, placedAccount } from '../support/callers.ts'
import { refusalOf } from '../support/refusals.ts'

const actions: readonly AccountAction[] = [
  'readAccount',
  'listChildren',
  'createChild',
  'changeAccount',
  'changeRole',
  'manageSecrets',
  'readCallflows',
  'changeCallflows',
  'readAudit',
  'manageWebhooks',
]

const accessDenied = { kind: 'forbidden', rule: 'access' }
const outside = { kind: 'forbidden', rule: 'outside' }
const notActive = { kind: 'inactive' }

/** What a role may do to its own account (restcomm.md 6.6). */
const ownActions: Readonly<Record<string, readonly AccountAction[]>> = {
  Administrator: actions,
  Developer: actions.filter(
    (action) => !['changeRole', 'readAudit', 'manageWebhooks'].includes(action),
  ),
  User: ['readAccount', 'listChildren'],
  Guest: [],
  SuperAdmin: [],
  '': [],
}

type Relatives = { readonly caller: Caller; readonly others: Record<string, PlacedAccount> }

/** A caller in the third level with one of each kind of relative around it. */
function familyOf(role: string, standing: Caller['standing'] = 'full'): Relatives {
  const root = placedAccount(undefined)
  const parent = placedAccount(root)
  const account = placedAccount(parent, { role })
  const child = placedAccount(account)
  const sibling = placedAccount(parent)
  const uncle = placedAccount(root)
  return {
    caller: { ...callerOf(), account, standing },
    others: {
      child,
      grandchild: placedAccount(child),
      parent,
      root,
      sibling,
      nephew: placedAccount(sibling),
      uncle,
      cousin: placedAccount(uncle),
    },
  }
}

for (const [role, allowed] of Object.entries(ownActions)) {
  test(`a caller with the role "${role}" does to itself what the role holds and no more`, () => {
    const { caller } = familyOf(role)
    const passed = actions.filter((action) => isAllowed(caller, action, caller.account))
    assert.equal(passed, [...allowed])
    for (const action of allowed) {
      assert.is(authorize(caller, action, caller.account), caller.account)
    }
  })
}

test('an Administrator does everything to everyone below it', () => {
  const { caller, others } = familyOf('Administrator')
  for (const target of [others.child, others.grandchild]) {
    for (const action of actions) {
      assert.is(authorize(caller, action, target), target)
    }
  }
})

test('any other role does nothing to those below it', () => {
  for (const role of ['Developer', 'User', 'Guest', 'SuperAdmin']) {
    const { caller, others } = familyOf(role)
    for (const target of [others.child, others.grandchild]) {
      assertRefused(caller, target, () => accessDenied)
    }
  }
})

test('nobody does anything to those who are not below it, whether they exist or not', () => {
  for (const [role, own] of Object.entries(ownActions)) {
    const { caller, others } = familyOf(role)
    const { parent, root, sibling, nephew, uncle, cousin } = others
    // Roles are changed by Administrators only, but the permission to is that of any change.
    const held = own.includes('changeAccount') ? [...own, 'changeRole'] : own
    for (const target of [parent, root, sibling, nephew, uncle, cousin, undefined]) {
      assertRefused(caller, target, (action) => (held.includes(action) ? outside : accessDenied))
    }
  }
})

test('the root alone is told that an account does not exist', () => {
  for (const action of actions) {
    assert.equal(
      refusalOf(() => authorize(callerOf(), action, undefined)),
      { kind: 'notFound', what: 'account' },
    )
  }
})

test('only an Administrator changes a role, and others are told so of their own account', () => {
  const { caller } = familyOf('Developer')
  assert.equal(
    refusalOf(() => authorize(caller, 'changeRole', caller.account)),
    { kind: 'forbidden', rule: 'administratorOnly' },
  )
})

test('an uninitialized account reads and changes itself, and is inactive for all else', () => {
  const { caller, others } = familyOf('Administrator', 'selfOnly')
  const isPassed = (action: AccountAction) => isAllowed(caller, action, caller.account)
  assert.ok(isPassed('readAccount') && isPassed('changeAccount') && isPassed('manageSecrets'))
  assert.not.ok(isPassed('listChildren') || isPassed('createChild'))
  for (const target of [...Object.values(others), undefined]) {
    assertRefused(caller, target, () => notActive)
  }
  const guest = familyOf('Guest', 'selfOnly').caller
  assert.equal(
    refusalOf(() => authorize(guest, 'readAccount', guest.account)),
    accessDenied,
  )
})

test('what concerns the installation is for the root alone', () => {
  const asked: readonly InstallationAction[] = [
    'listByOrganization',
    'migrateBranch',
    'createOrganization',
    'listOrganizations',
    'readReadiness',
  ]
  const administrator = familyOf('Administrator').caller
  for (const action of asked) {
    assert.is(
      refusalOf(() => authorizeInstallation(callerOf(), action)),
      undefined,
    )
    assert.equal(
      refusalOf(() => authorizeInstallation(administrator, action)),
      accessDenied,
    )
    assert.equal(
      refusalOf(() => authorizeInstallation(callerOf({}, 'selfOnly'), action)),
      notActive,
    )
  }
})

test('organizations are read by Administrators, the own one by each and any by the root', () => {
  for (const role of ['Developer', 'User', 'Guest', 'SuperAdmin']) {
    const { caller } = familyOf(role)
    assert.equal(
      refusalOf(() => authorizeOrganizations(caller)),
      accessDenied,
    )
    assert.equal(
      refusalOf(() => authorizeOrganization(caller, caller.account.organizationSid)),
      accessDenied,
    )
  }
  const { caller } = familyOf('Administrator')
  const asks = (who: Caller, sid: string) => refusalOf(() => authorizeOrganization(who, sid))
  assert.is(asks(caller, caller.account.organizationSid), undefined)
  assert.equal(asks(caller, 'ORother'), accessDenied)
  assert.is(asks(callerOf(), 'ORother'), undefined)
  assert.equal(asks(callerOf({}, 'selfOnly'), 'ORother'), notActive)
})

function assertRefused(
  caller: Caller,
  target: PlacedAccount | undefined,
  refusal: (action: AccountAction) => object,
): void {
  for (const action of actions) {
    assert.equal(
      refusalOf(() => authorize(caller, action, target)),
      refusal(action),
      `${caller.account.role} ${action}`,
    )
    assert.not.ok(target !== undefined && isAllowed(caller, action, target))
  }
}

test.run()
