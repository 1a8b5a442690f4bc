import * as assert from 'uvu/assert'
import { newSid } from '../../../lib/ids.ts'
import { recordedOf } from '../../support/recorded.ts'
import { auditOn, newAccount, newOrganization, plantRoot } from '../../support/records.ts'
import { assertRejects, type Check } from './check.ts'

export function installing(check: Check): void {
  check('an empty store has no root and was made by nobody', async (store) => {
    assert.is(await store.installationKind(), undefined)
    assert.is(await store.findRoot(), undefined)
    assert.equal(await store.organizationsPage(undefined, { limit: 10 }), [])
    await store.probe()
  })

  check('a store that is closed can be closed again', async (store) => {
    await store.close()
    await store.close()
  })

  check('the first data is there as it was given', async (store) => {
    const organization = newOrganization()
    const root = newAccount(undefined, { organizationSid: organization.sid })
    const entry = auditOn(root.sid, { changes: { kind: { to: 'demo' } } })
    await store.install('demo', organization, root, entry)
    assert.is(await store.installationKind(), 'demo')
    assert.equal(await store.findOrganization({ sid: organization.sid }), organization)
    assert.equal(await store.findRoot(), {
      ...root,
      path: `${root.sid}/`,
      closedBy: undefined,
      statusBeforeClose: undefined,
      secondaryToken: undefined,
      isReseller: false,
      updatedAt: root.createdAt,
      descendantsCount: 0,
      revision: 1,
      lineage: [{ sid: root.sid, status: 'active', revision: 1, isReseller: false }],
    })
    assert.equal(await recordedOf(store, root.sid), [entry])
  })
}

export function installingOnce(check: Check): void {
  check('first data is refused by a store that has some, and all is as it was', async (store) => {
    const root = await plantRoot(store)
    const organization = newOrganization()
    const second = newAccount(undefined, { organizationSid: organization.sid })
    await assertRejects(store.install('demo', organization, second, auditOn(second.sid)))
    assert.is(await store.installationKind(), 'ordinary')
    assert.equal(await store.findRoot(), root)
    assert.equal(await store.findAccounts([{ sid: second.sid }]), [undefined])
    assert.is(await store.findOrganization({ sid: organization.sid }), undefined)
    assert.equal(await recordedOf(store, second.sid), [])
  })

  check('first data of which a part is faulty leaves the store empty', async (store) => {
    const organization = newOrganization()
    const root = newAccount(undefined, { organizationSid: newSid('OR') })
    await assertRejects(store.install('ordinary', organization, root, auditOn(root.sid)))
    assert.is(await store.installationKind(), undefined)
    assert.is(await store.findOrganization({ sid: organization.sid }), undefined)
    assert.equal(await recordedOf(store, root.sid), [])
    await plantRoot(store)
  })
}
