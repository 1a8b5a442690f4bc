import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { newSid } from '../../lib/ids.ts'
import {
  createOrganization,
  listOrganizations,
  organizationKey,
  readOrganization,
} from '../../lib/organizations.ts'
import { recordedOf } from '../support/recorded.ts'
import { auditOn, newOrganization } from '../support/records.ts'
import { laterRefusalOf } from '../support/refusals.ts'
import { origin, withServices } from '../support/services.ts'

const denied = { kind: 'forbidden', rule: 'access' }

const notAsked = (): never => {
  throw new Error('the status was read')
}

test('the root makes an organization, which is recorded', () =>
  withServices(async ({ services, root, clock }) => {
    const made = await createOrganization(services, root, 'Example.com.')
    const at = new Date(clock.now)
    assert.match(made.sid, /^OR[0-9a-f]{32}$/)
    assert.equal(made, {
      ...{ sid: made.sid, domainName: 'Example.com', status: 'active', createdAt: at },
      updatedAt: at,
    })
    assert.equal(await readOrganization(services, root, made.sid), made)
    assert.equal(await recordedOf(services.store, made.sid), [
      {
        ...{ at: clock.now, action: 'organization.create', targetSid: made.sid },
        ...{ accountSid: root.account.sid, actorSid: root.account.sid, ...origin },
        changes: { domainName: { to: 'Example.com' } },
      },
    ])
  }))

test('a domain name is taken in any letter case, and has its form', () =>
  withServices(async ({ services, root }) => {
    await createOrganization(services, root, 'example.com')
    for (const name of ['example.com', 'EXAMPLE.com', 'example.com.', 'default.restcomm.com']) {
      assert.equal(await laterRefusalOf(() => createOrganization(services, root, name)), {
        kind: 'duplicate',
        field: 'domainName',
      })
    }
    const refusal = await laterRefusalOf(() => createOrganization(services, root, 'a b'))
    assert.is(refusal?.kind, 'invalid')
  }))

test('where Restcomm is copied, names have no dots', () =>
  withServices(
    async ({ services, root }) => {
      assert.is((await createOrganization(services, root, 'example')).domainName, 'example')
      const refusal = await laterRefusalOf(() => createOrganization(services, root, 'example.com'))
      assert.is(refusal?.kind, 'invalid')
    },
    { domainNames: 'singleLabel' },
  ))

test('an Administrator reads its own organization, and learns of no other', () =>
  withServices(async ({ services, root, child, login }) => {
    const other = await createOrganization(services, root, 'other.example.com')
    const caller = await login(await child(root))
    const own = caller.account.organizationSid
    assert.is((await readOrganization(services, caller, own)).domainName, 'default.restcomm.com')
    for (const sid of [other.sid, newSid('OR')]) {
      assert.equal(await laterRefusalOf(() => readOrganization(services, caller, sid)), denied)
    }
    assert.is(
      (await laterRefusalOf(() => readOrganization(services, caller, 'OR1')))?.kind,
      'invalid',
    )
    assert.equal(await laterRefusalOf(() => readOrganization(services, root, newSid('OR'))), {
      kind: 'notFound',
      what: 'organization',
    })
  }))

test('nobody but the root makes or lists organizations, and what they ask is not looked at', () =>
  withServices(async ({ services, root, child, login }) => {
    for (const role of ['Administrator', 'Developer', 'User', 'Guest']) {
      const caller = await login(await child(root, { role }))
      for (const act of [
        () => createOrganization(services, caller, 'a b'),
        () => listOrganizations(services, caller, notAsked),
      ]) {
        assert.equal(await laterRefusalOf(act), denied)
      }
      if (role !== 'Administrator') {
        const { organizationSid } = caller.account
        for (const sid of [organizationSid, 'OR1']) {
          assert.equal(await laterRefusalOf(() => readOrganization(services, caller, sid)), denied)
        }
      }
    }
  }))

test('organizations are listed in the order of creation, all or of one status', () =>
  withServices(async ({ services, root }) => {
    const status = 'closed'
    const sids: string[] = []
    while (sids.length < 501) {
      const organization = newOrganization({ status })
      await services.store.insertOrganization(organization, auditOn(organization.sid))
      sids.push(organization.sid)
    }
    const listed = async (wanted: 'active' | 'closed' | undefined) =>
      (await listOrganizations(services, root, () => wanted)).map(({ sid }) => sid)
    assert.equal(await listed('closed'), sids)
    assert.equal(await listed('active'), [root.account.organizationSid])
    assert.equal((await listed(undefined)).sort(), [...sids, root.account.organizationSid].sort())
  }))

test('34 letters and digits are a SID, anything else a domain name', () => {
  const sid = newSid('OR')
  assert.equal(organizationKey(sid), { sid })
  assert.equal(organizationKey('example.com.'), { domainName: 'example.com' })
  assert.equal(organizationKey(`${sid}0`), { domainName: `${sid}0` })
})

test.run()
