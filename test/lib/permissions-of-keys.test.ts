import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { KeyReach, KeyScope } from '../../db/store.ts'
import type { Caller } from '../../lib/caller.ts'
import {
  type AccountAction,
  authorize,
  authorizeInstallation,
  coversScope,
  type InstallationAction,
  isAllowed,
} from '../../lib/permissions.ts'
import { callerOf, placedAccount } from '../support/callers.ts'
import { refusalOf } from '../support/refusals.ts'

const access = { kind: 'forbidden', rule: 'access' }
const outside = { kind: 'forbidden', rule: 'outside' }

const scopes: readonly KeyScope[] = ['read', 'write', 'admin']
const reaches: readonly KeyReach[] = ['self', 'branch']

/**
 * What a key of an Administrator may do, worked out by hand: to its own account, with `self` and with
 * `branch`, and to those below, which takes `branch`. A dash is a refusal.
 */
const table: Readonly<Record<AccountAction, Readonly<Record<KeyScope, string>>>> = {
  readAccount: { read: 'own own below', write: 'own own below', admin: 'own own below' },
  listChildren: { read: '- own below', write: '- own below', admin: '- own below' },
  listSiblings: { read: '- own below', write: '- own below', admin: '- own below' },
  createChild: { read: '- - -', write: '- own below', admin: '- own below' },
  changeAccount: { read: '- - -', write: 'own own below', admin: 'own own below' },
  changeRole: { read: '- - -', write: '- - -', admin: 'own own below' },
  moveAccount: { read: '- - -', write: '- own below', admin: '- own below' },
  reopenAccount: { read: '- - -', write: '- own below', admin: '- own below' },
  manageSecrets: { read: '- - -', write: '- - -', admin: '- own below' },
  readCallflows: { read: 'own own below', write: 'own own below', admin: 'own own below' },
  manageWebhooks: { read: '- - -', write: '- - -', admin: '- own below' },
  changeCallflows: { read: '- - -', write: 'own own below', admin: 'own own below' },
  readAudit: { read: 'own own below', write: 'own own below', admin: 'own own below' },
}

const actions = Object.keys(table).filter((name): name is AccountAction => name in table)

/** A caller in the second level that used a key, with relatives around. */
function familyOf(scope: KeyScope, reach: KeyReach, given: { role?: string } = {}) {
  const root = placedAccount(undefined)
  const account = placedAccount(root, given)
  const child = placedAccount(account)
  const caller: Caller = { ...callerOf(), account, apiKey: { sid: 'SKsome', scope, reach } }
  return { caller, root, child, grandchild: placedAccount(child), sibling: placedAccount(root) }
}

for (const action of actions) {
  for (const scope of scopes) {
    const [selfOwn, branchOwn, branchBelow] = table[action][scope].split(' ')
    test(`a key for ${scope} and ${action}: ${table[action][scope]}`, () => {
      const self = familyOf(scope, 'self')
      const branch = familyOf(scope, 'branch')
      assertDecision(self.caller, action, self.caller.account, selfOwn === 'own')
      assertDecision(branch.caller, action, branch.caller.account, branchOwn === 'own')
      for (const target of ['child', 'grandchild'] as const) {
        assertDecision(self.caller, action, self[target], false)
        assertDecision(branch.caller, action, branch[target], branchBelow === 'below')
      }
    })
  }
}

test('no key reaches what its account does not', () => {
  for (const scope of scopes) {
    for (const reach of reaches) {
      const { caller, root, sibling } = familyOf(scope, reach)
      for (const action of actions) {
        for (const target of [root, sibling, undefined]) {
          const mayAtAll = table[action][scope].split(' ')[reach === 'self' ? 0 : 1] === 'own'
          assert.equal(
            refusalOf(() => authorize(caller, action, target)),
            mayAtAll ? outside : access,
            `${scope} ${reach} ${action}`,
          )
        }
      }
    }
  }
})

test('a key for the root alone is not told which accounts there are', () => {
  const { caller, root, child } = familyOf('admin', 'self')
  const asRoot = { ...caller, account: root }
  for (const target of [child, undefined]) {
    const refusal = refusalOf(() => authorize(asRoot, 'readAccount', target))
    assert.is(Object(refusal).kind, 'forbidden')
  }
})

test('a key gives no role more than it has', () => {
  const held: Readonly<Record<string, readonly AccountAction[]>> = {
    Developer: [
      ...([
        'readAccount',
        'listChildren',
        'createChild',
        'changeAccount',
        'manageSecrets',
      ] as const),
      ...(['readCallflows', 'changeCallflows'] as const),
    ],
    User: ['readAccount', 'listChildren'],
    Guest: [],
  }
  for (const [role, expected] of Object.entries(held)) {
    const { caller, child } = familyOf('admin', 'branch', { role })
    const passed = actions.filter((action) => isAllowed(caller, action, caller.account))
    assert.equal(passed.sort(), expected.toSorted())
    assert.not.ok(actions.some((action) => isAllowed(caller, action, child)))
  }
})

test('a key of an uninitialized account does to that alone what its scope holds', () => {
  for (const scope of scopes) {
    const { caller } = familyOf(scope, 'branch')
    const waiting: Caller = { ...caller, standing: 'selfOnly' }
    const passed = actions.filter((action) => isAllowed(waiting, action, waiting.account))
    const expected: Readonly<Record<KeyScope, readonly AccountAction[]>> = {
      read: ['readAccount'],
      write: ['readAccount', 'changeAccount'],
      admin: ['readAccount', 'changeAccount', 'changeRole', 'manageSecrets'],
    }
    assert.equal(passed, [...expected[scope]])
  }
})

test('what concerns the installation takes the root and a key for its branch', () => {
  const least: Readonly<Record<InstallationAction, KeyScope>> = {
    listByOrganization: 'read',
    listOrganizations: 'read',
    createOrganization: 'write',
    migrateBranch: 'write',
    moveBranch: 'write',
    readReadiness: 'read',
    setReseller: 'write',
  }
  const asked = Object.keys(least).filter((name): name is InstallationAction => name in least)
  for (const action of asked) {
    for (const scope of scopes) {
      for (const reach of reaches) {
        const { caller } = familyOf(scope, reach)
        const asRoot = { ...caller, account: placedAccount(undefined) }
        const passes = reach === 'branch' && (least[action] === 'read' || scope !== 'read')
        const refusal = refusalOf(() => authorizeInstallation(asRoot, action))
        assert.equal(refusal, passes ? undefined : access, `${action} ${scope} ${reach}`)
        assert.equal(
          refusalOf(() => authorizeInstallation(caller, action)),
          access,
        )
      }
    }
  }
})

test('a scope covers itself and the lesser ones', () => {
  const covered = scopes.map((granted) => scopes.filter((wanted) => coversScope(granted, wanted)))
  assert.equal(covered, [['read'], ['read', 'write'], ['read', 'write', 'admin']])
})

function assertDecision(
  caller: Caller,
  action: AccountAction,
  target: Caller['account'],
  passes: boolean,
): void {
  assert.is(isAllowed(caller, action, target), passes)
  assert.equal(
    refusalOf(() => authorize(caller, action, target)),
    passes ? undefined : access,
  )
}

test.run()
