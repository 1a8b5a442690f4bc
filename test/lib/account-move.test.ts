import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { PlacedAccount } from '../../db/store.ts'
import { migrateBranch } from '../../lib/account-move.ts'
import { newSid } from '../../lib/ids.ts'
import { createOrganization } from '../../lib/organizations.ts'
import { recordedOf } from '../support/recorded.ts'
import { accountNow, setStatus } from '../support/records.ts'
import { laterRefusalOf } from '../support/refusals.ts'
import { origin, type TestServices, withServices } from '../support/services.ts'

const notAsked = (): never => {
  throw new Error('the organization was read')
}

/** A branch of two below the root, and an organization that it is not in. */
async function scene({ services, root, child, login }: TestServices) {
  const other = await createOrganization(services, root, 'other.example.com')
  const top = await child(root)
  const below = await child(await login(top))
  const organizationOf = async ({ sid }: PlacedAccount) =>
    (await accountNow(services.store, sid)).organizationSid
  const refused = (target: PlacedAccount | undefined, name: string | undefined, caller = root) =>
    laterRefusalOf(() => migrateBranch(services, caller, target, () => name))
  return { other, top, below, organizationOf, refused }
}

test('a branch moves whole, by SID or domain name, and back', () =>
  withServices(async (given) => {
    const { services, root } = given
    const { other, top, below, organizationOf } = await scene(given)
    const names = [other.sid, top.organizationSid, 'OTHER.example.com.', 'default.restcomm.com']
    for (const name of names) {
      const target = await accountNow(services.store, top.sid)
      const shown = await migrateBranch(services, root, target, () => name)
      assert.is.not(shown.organizationSid, target.organizationSid)
      assert.is(await organizationOf(top), shown.organizationSid)
      assert.is(await organizationOf(below), shown.organizationSid)
    }
  }))

test('a move is recorded once, with where from and where to', () =>
  withServices(async (given) => {
    const { services, root, clock } = given
    const { other, top, below } = await scene(given)
    await migrateBranch(services, root, top, () => other.sid)
    const changes = { organizationSid: { from: top.organizationSid, to: other.sid } }
    assert.equal((await recordedOf(services.store, top.sid)).at(-1), {
      ...{ at: clock.now, action: 'account.migrate', targetSid: top.sid },
      ...{ actorSid: root.account.sid, ...origin, changes },
    })
    assert.is((await recordedOf(services.store, below.sid)).length, 1)
  }))

test('what cannot be moved is refused in the order of the contract', () =>
  withServices(async (given) => {
    const { services, root } = given
    const { other, top, below, organizationOf, refused } = await scene(given)
    for (const name of [undefined, '', 'nobody.example.com', newSid('OR')]) {
      assert.equal(await refused(undefined, name), { kind: 'organizationMissing' })
    }
    assert.equal(await refused(undefined, other.sid), { kind: 'notFound', what: 'account' })
    for (const target of [root.account, below]) {
      assert.equal(await refused(target, other.sid), { kind: 'notTopLevel' })
    }
    assert.equal(await refused(top, top.organizationSid), { kind: 'alreadyInOrganization' })
    const closed = await setStatus(services.store, top, 'closed')
    for (const sid of [other.sid, top.organizationSid]) {
      assert.equal(await refused(closed, sid), { kind: 'closed' })
    }
    assert.is(await organizationOf(top), top.organizationSid)
    assert.is((await recordedOf(services.store, top.sid)).length, 2)
  }))

test('a branch that is not active moves all the same', () =>
  withServices(async (given) => {
    const { services, root } = given
    const { other, top } = await scene(given)
    const suspended = await setStatus(services.store, top, 'suspended')
    const shown = await migrateBranch(services, root, suspended, () => other.sid)
    assert.equal([shown.organizationSid, shown.status], [other.sid, 'suspended'])
  }))

test('nobody but the root moves anything, and what they ask for is not looked at', () =>
  withServices(async (given) => {
    const { services, login } = given
    const { top, below } = await scene(given)
    const caller = await login(top)
    for (const target of [top, below, undefined]) {
      assert.equal(await laterRefusalOf(() => migrateBranch(services, caller, target, notAsked)), {
        kind: 'forbidden',
        rule: 'access',
      })
    }
  }))

test('a branch that changed since it was read moves as it is then', () =>
  withServices(async (given) => {
    const { services, root } = given
    const { other, top, refused } = await scene(given)
    await setStatus(services.store, top, 'inactive')
    const shown = await migrateBranch(services, root, top, () => other.sid)
    assert.is(shown.status, 'inactive')
    assert.equal(await refused(top, other.sid), { kind: 'alreadyInOrganization' })
  }))

test('a branch that was closed since it was read does not move', () =>
  withServices(async (given) => {
    const { other, top, refused } = await scene(given)
    await setStatus(given.services.store, top, 'closed')
    assert.equal(await refused(top, other.sid), { kind: 'closed' })
  }))

test.run()
