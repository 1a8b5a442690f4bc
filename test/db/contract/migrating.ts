import * as assert from 'uvu/assert'
import { newSid } from '../../../lib/ids.ts'
import { recordedOf } from '../../support/recorded.ts'
import {
  accountNow,
  addBelow,
  auditOn,
  newOrganization,
  plantRoot,
  setStatus,
} from '../../support/records.ts'
import { anyChanges, assertRejects, type Check } from './check.ts'

export function migrating(check: Check): void {
  check('a branch moves whole, with what came below it since, and nobody else', async (store) => {
    const root = await plantRoot(store)
    const organization = newOrganization()
    await store.insertOrganization(organization, auditOn(organization.sid))
    const top = await addBelow(store, root)
    const child = await addBelow(store, top)
    const closed = await addBelow(store, child, { status: 'closed' })
    const late = await addBelow(store, child)
    const others = [
      root,
      await addBelow(store, root),
      await addBelow(store, await addBelow(store, root)),
    ]
    const before = await Promise.all(others.map(({ sid }) => accountNow(store, sid)))
    const entry = auditOn(top.sid)
    const result = await store.migrateBranch(top.lineage, organization.sid, entry)
    assert.equal(result, { outcome: 'changed', account: await accountNow(store, top.sid) })
    for (const { sid, revision, status } of [top, child, closed, late]) {
      const moved = await accountNow(store, sid)
      assert.is(moved.organizationSid, organization.sid)
      assert.is(moved.updatedAt, entry.at)
      assert.is(moved.revision, revision + 1)
      assert.is(moved.status, status)
    }
    const after = await Promise.all(others.map(({ sid }) => accountNow(store, sid)))
    assert.equal(after, before)
    assert.equal((await recordedOf(store, top.sid)).at(-1), entry)
    assert.is((await recordedOf(store, child.sid)).length, 1)
  })
}

export function migratingBack(check: Check): void {
  check('a branch moves back to where it came from', async (store) => {
    const top = await addBelow(store, await plantRoot(store))
    const organization = newOrganization()
    await store.insertOrganization(organization, auditOn(organization.sid))
    for (const sid of [organization.sid, top.organizationSid]) {
      const { lineage } = await accountNow(store, top.sid)
      await store.migrateBranch(lineage, sid, auditOn(top.sid))
      assert.is((await accountNow(store, top.sid)).organizationSid, sid)
    }
  })
}

export function refusingMigrations(check: Check): void {
  check('a branch does not move when its head or one above has changed since', async (store) => {
    const root = await plantRoot(store)
    const organization = newOrganization()
    await store.insertOrganization(organization, auditOn(organization.sid))
    for (const change of anyChanges) {
      for (const which of ['itself', 'parent'] as const) {
        const parent = await addBelow(store, root)
        const target = await addBelow(store, parent)
        const changed = which === 'itself' ? target : parent
        await store.changeAccount(changed.lineage, change, auditOn(changed.sid))
        const result = await store.migrateBranch(
          target.lineage,
          organization.sid,
          auditOn(target.sid),
        )
        assert.equal(result, { outcome: 'stale' })
        assert.is((await accountNow(store, target.sid)).organizationSid, root.organizationSid)
        assert.is((await recordedOf(store, target.sid)).length, which === 'itself' ? 2 : 1)
      }
    }
  })

  check('a branch does not move to an organization that does not exist', async (store) => {
    const top = await addBelow(store, await plantRoot(store))
    const child = await addBelow(store, top)
    await setStatus(store, child, 'inactive')
    const before = await store.findAccounts([top, child])
    await assertRejects(store.migrateBranch(top.lineage, newSid('OR'), auditOn(top.sid)))
    assert.equal(await store.findAccounts([top, child]), before)
    assert.is((await recordedOf(store, top.sid)).length, 1)
  })
}
