import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { AccountStatus } from '../../../db/store.ts'
import { type AccountChangeInput, changeAccount } from '../../../lib/accounts/change.ts'
import type { Caller } from '../../../lib/caller.ts'
import type { Services } from '../../../lib/services.ts'
import { recordedOf } from '../../support/recorded.ts'
import { accountNow, setStatus } from '../../support/records.ts'
import { laterRefusalOf } from '../../support/refusals.ts'
import { password, withServices } from '../../support/services.ts'

/** Changes an account as it stands now. */
async function change(
  services: Services,
  caller: Caller,
  { sid }: { readonly sid: string },
  wanted: Partial<AccountChangeInput>,
) {
  const [callerNow, target] = await services.store.findAccounts([caller.account, { sid }])
  assert.ok(callerNow)
  return changeAccount({ ...services }, { ...caller, account: callerNow }, target, {
    ...{ friendlyName: undefined, status: undefined, password: undefined, role: undefined },
    ...wanted,
  })
}

const refused = (...args: Parameters<typeof change>) => laterRefusalOf(() => change(...args))
const others: readonly AccountStatus[] = ['uninitialized', 'inactive', 'suspended', 'closed']

test('what is given changes, with its old and new values recorded, and nothing else', () =>
  withServices(async ({ services, root, child, clock }) => {
    const target = await child(root, { friendlyName: 'Sales' })
    clock.now += 5
    const shown = await change(services, root, target, { friendlyName: 'Support', role: 'User' })
    const { friendlyName, role, status, updatedAt, createdAt } = shown
    assert.equal(
      { friendlyName, role, status, updatedAt, createdAt },
      {
        ...{ friendlyName: 'Support', role: 'User', status: 'active' },
        ...{ updatedAt: new Date(clock.now), createdAt: new Date(target.createdAt) },
      },
    )
    const entry = (await recordedOf(services.store, target.sid)).at(-1)
    assert.is(entry?.action, 'account.change')
    assert.equal(entry?.changes, {
      friendlyName: { from: 'Sales', to: 'Support' },
      role: { from: 'Administrator', to: 'User' },
    })
  }))

test('a change of nothing is acknowledged and recorded without values', () =>
  withServices(async ({ services, root, child }) => {
    const target = await child(root)
    await change(services, root, target, {})
    await change(services, root, target, { friendlyName: target.friendlyName, status: 'active' })
    const [, ...entries] = await recordedOf(services.store, target.sid)
    assert.equal(
      entries.map(({ changes }) => changes),
      [{}, {}],
    )
  }))

test('a new password ends the old one and the old AuthToken', () =>
  withServices(async ({ services, root, child, login }) => {
    const target = await child(root)
    const oldToken = services.secrets.openToken(target.sid, target.token.sealed)
    await login(target)
    const { authToken = '' } = await change(services, root, target, { password: 'new password' })
    assert.is.not(authToken, oldToken)
    for (const secret of [password, oldToken]) {
      assert.equal(await laterRefusalOf(() => login(target, secret)), { kind: 'unauthenticated' })
    }
    await login(target, 'new password')
    await login(target, authToken)
    assert.equal((await recordedOf(services.store, target.sid)).at(-1)?.changes, {
      password: { to: 'changed' },
      authToken: { to: 'changed' },
    })
  }))

test('a password makes an uninitialized account active, whatever status comes with it', () =>
  withServices(async ({ services, root, child, login }) => {
    for (const status of [undefined, 'suspended', 'uninitialized', 'active'] as const) {
      const target = await child(root, { status: 'uninitialized' })
      const self = await login(target)
      assert.is(self.standing, 'selfOnly')
      const given = status === 'active' ? root : self
      const shown = await change(services, given, target, { password: 'new password', status })
      assert.is(shown.status, 'active')
      assert.is((await login(target, 'new password')).standing, 'full')
    }
  }))

test('a password that comes with a close does not undo it', () =>
  withServices(async ({ services, root, child }) => {
    const target = await child(root, { status: 'uninitialized' })
    const wanted = { password: 'new password', status: 'closed' } as const
    assert.is((await change(services, root, target, wanted)).status, 'closed')
  }))

test('a password leaves any other status as it is', () =>
  withServices(async ({ services, root, child }) => {
    for (const status of ['inactive', 'suspended'] as const) {
      const target = await child(root, { status })
      const shown = await change(services, root, target, { password: 'new password' })
      assert.is(shown.status, status)
    }
  }))

test('any status but closed leads to any other', () =>
  withServices(async ({ services, root, child }) => {
    const open = ['active', 'uninitialized', 'inactive', 'suspended'] as const
    for (const from of open) {
      for (const to of [...open, 'closed'] as const) {
        const target = await child(root, { status: from })
        assert.is((await change(services, root, target, { status: to })).status, to)
        assert.is((await accountNow(services.store, target.sid)).status, to)
      }
    }
  }))

test('a closed account refuses every change, and so does who lies below one', () =>
  withServices(async ({ services, root, child, login, closings }) => {
    const top = await child(root)
    const below = await child(await login(top))
    await change(services, root, top, { status: 'closed' })
    assert.is(closings(), 1)
    assert.is((await recordedOf(services.store, top.sid)).at(-1)?.action, 'account.close')
    for (const target of [top, below]) {
      for (const status of ['closed', 'active', 'suspended'] as const) {
        assert.equal(await refused(services, root, target, { status }), { kind: 'closed' })
      }
      assert.equal(await refused(services, root, target, {}), { kind: 'closed' })
    }
    assert.is(closings(), 1)
  }))

test('nobody is made active below one that is not, and a status of the own is kept', () =>
  withServices(async ({ services, root, child, login }) => {
    for (const status of ['suspended', 'inactive', 'uninitialized'] as const) {
      const top = await child(root)
      const below = await child(await login(top), { status: 'inactive' })
      await change(services, root, top, { status })
      const shown = await refused(services, root, below, { status: 'active' })
      assert.equal(shown, { kind: 'ancestorInactive' })
      await change(services, root, below, { friendlyName: 'Renamed' })
      await change(services, root, top, { status: 'active' })
      assert.is((await accountNow(services.store, below.sid)).status, 'inactive')
      assert.is((await change(services, root, below, { status: 'active' })).status, 'active')
    }
  }))

test('the root keeps its status and its role, whoever asks', () =>
  withServices(async ({ services, root }) => {
    for (const status of others) {
      const refusal = await refused(services, root, root.account, { status })
      assert.equal(refusal, { kind: 'forbidden', rule: 'root' })
    }
    for (const role of ['Developer', 'User', 'Guest']) {
      const refusal = await refused(services, root, root.account, { role })
      assert.equal(refusal, { kind: 'forbidden', rule: 'root' })
    }
    const same = { status: 'active', role: 'Administrator', friendlyName: 'Head' } as const
    assert.is((await change(services, root, root.account, same)).friendlyName, 'Head')
  }))

test('nobody changes the own role or raises the own status, but may lower that', () =>
  withServices(async ({ services, root, child, login }) => {
    const own = { kind: 'forbidden', rule: 'own' }
    const self = await login(await child(root))
    assert.equal(await refused(services, self, self.account, { role: 'Guest' }), own)
    const waiting = await login(await child(root, { status: 'uninitialized' }))
    assert.equal(await refused(services, waiting, waiting.account, { status: 'active' }), own)
    for (const status of others) {
      const caller = await login(await child(root))
      assert.is((await change(services, caller, caller.account, { status })).status, status)
    }
  }))

test('a role is changed by Administrators, of those below them, to one that there is', () =>
  withServices(async ({ services, root, child, login }) => {
    const target = await child(root)
    for (const role of ['Developer', 'User', 'Guest', 'Administrator']) {
      assert.is((await change(services, root, target, { role })).role, role)
    }
    for (const role of ['SuperAdmin', 'developer', '']) {
      const refusal = await refused(services, root, target, { role })
      assert.is(refusal?.kind === 'invalid' && refusal.field, 'role')
    }
    const developer = await login(await child(root, { role: 'Developer' }))
    for (const role of ['Developer', 'Guest', 'no role']) {
      assert.equal(await refused(services, developer, developer.account, { role }), {
        kind: 'forbidden',
        rule: 'administratorOnly',
      })
    }
  }))

test('a name is not empty and one line of 128 characters at most', () =>
  withServices(async ({ services, root, child }) => {
    const target = await child(root)
    const faultOf = async (friendlyName: string) => {
      const refusal = await refused(services, root, target, { friendlyName })
      return refusal?.kind === 'invalid' ? refusal.fault.rule : refusal
    }
    assert.is(await faultOf(''), 'required')
    assert.is(await faultOf('two\nlines'), 'characters')
    assert.is(await faultOf('👍'.repeat(129)), 'tooLong')
    assert.is(await faultOf('👍'.repeat(128)), undefined)
  }))

test('a password is checked against the name that comes with it', () =>
  withServices(async ({ services, root, child }) => {
    const target = await child(root, { friendlyName: 'Sales desk' })
    const weak = { kind: 'invalid', field: 'password', fault: { rule: 'weak' } }
    assert.equal(await refused(services, root, target, { password: 'sales desk' }), weak)
    const both = { friendlyName: 'Support desk', password: 'Support Desk' }
    assert.equal(await refused(services, root, target, both), weak)
    await change(services, root, target, { ...both, password: 'Sales desk' })
  }))

test('who changes itself sees itself as it now is', () =>
  withServices(async ({ services, root, child, login }) => {
    const self = await login(await child(root))
    const shown = await change(services, self, self.account, { password: 'new password' })
    assert.type(shown.authToken, 'string')
    assert.is((await change(services, self, self.account, { status: 'closed' })).status, 'closed')
  }))

test('who is refused costs no hash', () =>
  withServices(async ({ services, root, child, login, hashes }) => {
    const self = await login(await child(root))
    const closed = await child(root, { status: 'closed' })
    const before = hashes()
    const wanted = { password: 'new password' }
    assert.ok(await refused(services, self, root.account, wanted))
    assert.ok(await refused(services, root, closed, wanted))
    assert.ok(await refused(services, self, self.account, { ...wanted, role: 'Guest' }))
    assert.ok(await refused(services, root, root.account, { ...wanted, status: 'closed' }))
    assert.is(hashes(), before)
  }))

test('an account whose ancestor was suspended while the password was hashed is not made active', () =>
  withServices(async ({ services, root, child, login, holdHashes }) => {
    const top = await child(root)
    const target = await child(await login(top), { status: 'inactive' })
    const release = holdHashes()
    const wanted = { password: 'new password', status: 'active' } as const
    const changing = refused(services, root, target, wanted)
    await new Promise((resume) => setImmediate(resume))
    await setStatus(services.store, top, 'suspended')
    release()
    assert.equal(await changing, { kind: 'ancestorInactive' })
    assert.is((await accountNow(services.store, target.sid)).revision, 1)
  }))

test('an account that was closed while the password was hashed stays closed', () =>
  withServices(async ({ services, root, child, holdHashes }) => {
    const target = await child(root)
    const release = holdHashes()
    const changing = refused(services, root, target, { password: 'new password' })
    await new Promise((resume) => setImmediate(resume))
    await setStatus(services.store, target, 'closed')
    release()
    assert.equal(await changing, { kind: 'closed' })
  }))

test('a realm or a name that another account took first is told', () =>
  withServices(async ({ services, root, child }) => {
    const other = await child(root, { friendlyName: 'Taken', realm: 'taken.example.com' })
    const target = await child(root)
    const refusalFor = (input: AccountChangeInput) =>
      laterRefusalOf(() =>
        changeAccount(services, root, target, input, { terms: { uniqueName: true } }),
      )
    assert.equal(await refusalFor({ realm: other.realm }), {
      ...{ kind: 'duplicate', field: 'realm', value: 'taken.example.com' },
    })
    assert.equal(await refusalFor({ friendlyName: 'taken' }), {
      ...{ kind: 'duplicate', field: 'name', value: 'taken' },
    })
  }))

test.run()
