import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { migrateBranch } from '../../../lib/account-move.ts'
import { changeAccount } from '../../../lib/accounts/change.ts'
import { requireParent } from '../../../lib/accounts/create.ts'
import { newSid } from '../../../lib/ids.ts'
import { createOrganization } from '../../../lib/organizations.ts'
import { md5Hex } from '../../../lib/secrets.ts'
import { recordedOf } from '../../support/recorded.ts'
import { accountNow } from '../../support/records.ts'
import { laterRefusalOf, refusalOf } from '../../support/refusals.ts'
import { create, newAccountInput, origin, password, withServices } from '../../support/services.ts'

const noChange = {
  friendlyName: undefined,
  status: undefined,
  password: undefined,
  role: undefined,
}

test('a new account is a child of the caller, as it was given and recorded', () =>
  withServices(async ({ services, root, clock }) => {
    const input = newAccountInput({ role: 'User', status: 'suspended', friendlyName: 'Sales' })
    const shown = await create(services, root, input)
    const stored = await accountNow(services.store, shown.sid)
    assert.is(stored.parentSid, root.account.sid)
    assert.is(stored.organizationSid, root.account.organizationSid)
    assert.match(stored.realm, /^[0-9a-f]{6}\.sip\.2600hz\.com$/)
    const { email, friendlyName, status, role } = input
    const { organizationSid, createdAt } = stored
    assert.is(createdAt, clock.now)
    assert.equal(shown, {
      ...{ sid: stored.sid, parentSid: root.account.sid, organizationSid, friendlyName, email },
      ...{ status, role, type: 'Full', createdAt: new Date(createdAt) },
      ...{ ownStatus: status, realm: stored.realm, isReseller: false, document: {} },
      ...{ resellerSid: root.account.sid, ancestors: [root.account.sid] },
      ...{ descendantsCount: 0, revision: 1 },
      updatedAt: new Date(createdAt),
      authToken: services.secrets.openToken(stored.sid, stored.token.sealed),
    })
    assert.equal(await recordedOf(services.store, stored.sid), [
      {
        ...{ at: createdAt, action: 'account.create', targetSid: stored.sid },
        ...{ actorSid: root.account.sid, ...origin },
        changes: {
          ...{ email: { to: email }, friendlyName: { to: 'Sales' }, role: { to: 'User' } },
          ...{ status: { to: 'suspended' }, organizationSid: { to: organizationSid } },
        },
      },
    ])
  }))

test('a secret is in no record, and a password works from the first moment', () =>
  withServices(async ({ services, root, child, login }) => {
    const { sid, passwordHash, token: stored } = await child(root)
    const audit = JSON.stringify(await recordedOf(services.store, sid))
    const token = services.secrets.openToken(sid, stored.sealed)
    for (const secret of [password, passwordHash ?? '', token]) {
      assert.not.ok(audit.includes(secret))
    }
    assert.is((await login({ sid })).account.sid, sid)
    assert.is((await login({ sid }, token)).account.sid, sid)
  }))

test('an Administrator chooses the role, anyone else hands down the own', () =>
  withServices(async ({ root, child, login }) => {
    assert.is((await child(root)).role, 'Administrator')
    const developer = await login(await child(root, { role: 'Developer' }))
    assert.is((await child(developer)).role, 'Developer')
    assert.is((await child(developer, { role: 'Administrator' })).role, 'Developer')
    assert.is((await child(developer, { role: 'no role' })).role, 'Developer')
  }))

test('a role that does not exist, or is reserved, is refused', () =>
  withServices(async ({ services, root }) => {
    for (const role of ['SuperAdmin', 'administrator', '', 'x']) {
      assert.equal(await laterRefusalOf(() => create(services, root, newAccountInput({ role }))), {
        kind: 'invalid',
        field: 'role',
        fault: {
          ...{ rule: 'unknown', value: role },
          allowed: ['Administrator', 'Developer', 'User', 'Guest'],
        },
      })
    }
  }))

test('the root chooses among the organizations, anyone else has the own', () =>
  withServices(async ({ services, root, child, login }) => {
    const other = await createOrganization(services, root, 'other.example.com')
    const own = root.account.organizationSid
    assert.is((await child(root, { organizationSid: own })).organizationSid, own)
    const moved = await child(root, { organizationSid: other.sid })
    assert.is(moved.organizationSid, other.sid)
    const caller = await login(moved)
    assert.is((await child(caller)).organizationSid, other.sid)
    const refused = (who: typeof root, organizationSid: string) =>
      laterRefusalOf(() => create(services, who, newAccountInput({ organizationSid })))
    const invalid = (fault: object) => ({ kind: 'invalid', field: 'organizationSid', fault })
    const unknown = newSid('OR')
    assert.equal(await refused(root, 'OR1'), invalid({ rule: 'malformed', value: 'OR1' }))
    assert.equal(await refused(caller, 'OR1'), invalid({ rule: 'malformed', value: 'OR1' }))
    assert.equal(await refused(root, unknown), invalid({ rule: 'unknown', value: unknown }))
    for (const sid of [own, unknown]) {
      assert.equal(await refused(caller, sid), { kind: 'forbidden', rule: 'access' })
    }
  }))

test('the tree ends at its last level', () =>
  withServices(async ({ services, root, child, login }) => {
    const tooDeep = { kind: 'tooDeep', levels: 3, maxDepth: 2 }
    const caller = await login(await child(root, { maxDepth: 2 }))
    assert.equal(
      refusalOf(() => requireParent(caller, caller.account, 2)),
      tooDeep,
    )
    assert.is(requireParent(caller, caller.account, 3).sid, caller.account.sid)
    assert.equal(
      await laterRefusalOf(() => create(services, caller, newAccountInput({ maxDepth: 2 }))),
      tooDeep,
    )
    await child(caller, { maxDepth: 3 })
  }))

test('an e-mail is unique, also that of a closed account', () =>
  withServices(async ({ services, root, child }) => {
    const { email } = await child(root, { status: 'closed' })
    const input = newAccountInput({ ...(email !== undefined && { email }) })
    assert.equal(await laterRefusalOf(() => create(services, root, input)), {
      kind: 'duplicate',
      field: 'email',
    })
  }))

test('a realm that is taken is drawn again, and not for ever', () =>
  withServices(async ({ services, root }) => {
    const realms: string[] = []
    const failing = (times: number) => {
      let left = times
      const insertAccount: typeof services.store.insertAccount = async (account, ...rest) => {
        realms.push(account.realm)
        left -= 1
        return left >= 0
          ? { outcome: 'duplicate', field: 'realm' }
          : services.store.insertAccount(account, ...rest)
      }
      return { ...services, store: { ...services.store, insertAccount } }
    }
    const { sid } = await create(failing(4), root, newAccountInput())
    assert.is((await accountNow(services.store, sid)).realm, realms.at(-1))
    assert.is(new Set(realms).size, 5)
    const input = newAccountInput()
    const refusal = await laterRefusalOf(() => create(failing(99), root, input))
    assert.equal(refusal, { kind: 'conflict' })
    assert.is(realms.length, 10)
  }))

test('a name and a password are checked', () =>
  withServices(async ({ services, root }) => {
    const fieldOf = async (given: Parameters<typeof newAccountInput>[0]) => {
      const input = newAccountInput(given)
      const refusal = await laterRefusalOf(() => create(services, root, input))
      return refusal?.kind === 'invalid' ? refusal.field : refusal
    }
    assert.is(await fieldOf({ friendlyName: 'a\u0000' }), 'friendlyName')
    assert.is(await fieldOf({ friendlyName: 'x'.repeat(129) }), 'friendlyName')
    assert.is(await fieldOf({ friendlyName: '👍'.repeat(128) }), undefined)
    assert.is(await fieldOf({ password: 'short' }), 'password')
    assert.is(await fieldOf({ email: 'jane.roe@pbx', password: 'Jane.Roe' }), 'password')
    assert.is(await fieldOf({ friendlyName: 'Sales desk', password: 'sales desk' }), 'password')
  }))

test('identities are derived as Restcomm does where that is asked for', () =>
  withServices(
    async ({ services, root }) => {
      const input = newAccountInput({ email: 'test@telestax.com', password: 'RestComm12' })
      const { sid, authToken } = await create(services, root, input)
      assert.is(sid, 'AC3b8f0dd2e5026abde018446cbb3b185d')
      assert.is(authToken, '28f96b0fea1f9e33646f42026abdf305')
      assert.is(authToken, md5Hex('RestComm12'))
      const again = await laterRefusalOf(() => create(services, root, input))
      assert.equal(again, { kind: 'duplicate', field: 'email' })
    },
    { identities: 'restcomm' },
  ))

test('who is refused costs no hash', () =>
  withServices(async ({ services, root, child, login, hashes }) => {
    const user = await login(await child(root, { role: 'User' }))
    const before = hashes()
    for (const [caller, given] of [
      [user, {}],
      [root, { maxDepth: 1 }],
      [root, { role: 'SuperAdmin' }],
      [root, { password: 'short' }],
      [root, { organizationSid: newSid('OR') }],
    ] as const) {
      const act = () => create(services, caller, newAccountInput(given))
      assert.ok(await laterRefusalOf(act))
    }
    assert.is(hashes(), before)
  }))

// What a caller may do is decided anew when it changed while the password was hashed.
test('a caller who was suspended meanwhile creates nothing', () =>
  withServices(async ({ services, root, child, login, holdHashes }) => {
    const caller = await login(await child(root))
    const release = holdHashes()
    const input = newAccountInput()
    const creating = laterRefusalOf(() => create(services, caller, input))
    await changeAccount(services, root, caller.account, { ...noChange, status: 'suspended' })
    release()
    assert.equal(await creating, { kind: 'inactive' })
    assert.equal(await services.store.findAccounts([{ email: input.email ?? '' }]), [undefined])
  }))

test('a caller who was renamed meanwhile creates all the same', () =>
  withServices(async ({ services, root, child, login, holdHashes }) => {
    const caller = await login(await child(root))
    const release = holdHashes()
    const creating = create(services, caller, newAccountInput())
    await changeAccount(services, root, caller.account, { ...noChange, friendlyName: 'Renamed' })
    release()
    assert.is((await creating).parentSid, caller.account.sid)
  }))

test('an account made while its branch moves goes with the branch', () =>
  withServices(async ({ services, root, child, login, holdHashes }) => {
    const other = await createOrganization(services, root, 'other.example.com')
    const caller = await login(await child(root))
    const release = holdHashes()
    const creating = create(services, caller, newAccountInput())
    await migrateBranch(services, root, caller.account, () => other.sid)
    release()
    assert.is((await creating).organizationSid, other.sid)
  }))

test('a caller who lost its role meanwhile grants no more than it has left', () =>
  withServices(async ({ services, root, child, login, holdHashes }) => {
    const caller = await login(await child(root))
    const release = holdHashes()
    const inputs = [newAccountInput(), newAccountInput({ role: 'Administrator' })]
    const creating = inputs.map((input) => create(services, caller, input))
    await changeAccount(services, root, caller.account, { ...noChange, role: 'Developer' })
    release()
    const made = await Promise.all(creating)
    assert.equal(
      made.map(({ role }) => role),
      ['Developer', 'Developer'],
    )
  }))

test('who comes too late for a realm or a name is told which', () =>
  withServices(async ({ services, root }) => {
    const names = { realm: 'taken.example.com', friendlyName: 'Taken', uniqueName: true }
    await create(services, root, newAccountInput(names))
    const late = (given: Partial<typeof names>) =>
      laterRefusalOf(() => create(services, root, newAccountInput({ uniqueName: true, ...given })))
    assert.equal(await late({ realm: 'taken.example.com' }), {
      ...{ kind: 'duplicate', field: 'realm', value: 'taken.example.com' },
    })
    assert.equal(await late({ friendlyName: 'TAKEN' }), {
      ...{ kind: 'duplicate', field: 'name', value: 'TAKEN' },
    })
  }))

test.run()
