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
import { anyChanges, type Check } from './check.ts'

export function changing(check: Check): void {
  check('what a change names is written and all else stays', async (store) => {
    const root = await plantRoot(store)
    for (const change of anyChanges) {
      const before = await addBelow(store, root)
      const entry = auditOn(before.sid)
      const result = await store.changeAccount(before.lineage, change, entry)
      const { secondaryToken = before.secondaryToken, loginHash, ...columns } = change
      const { sid, status } = { ...before, ...columns }
      const after = {
        ...before,
        ...columns,
        secondaryToken: secondaryToken ?? undefined,
        loginHash: loginHash === undefined ? before.loginHash : (loginHash ?? undefined),
        updatedAt: entry.at,
        revision: 2,
        lineage: [before.lineage[0], { sid, status, revision: 2, isReseller: false }],
      }
      assert.equal(result, { outcome: 'changed', account: after })
      assert.equal(await accountNow(store, sid), after)
      assert.equal((await recordedOf(store, sid)).at(-1), entry)
    }
  })

  check('a change of nothing still is a change, made when it was recorded', async (store) => {
    const before = await addBelow(store, await plantRoot(store))
    const entry = auditOn(before.sid)
    await store.changeAccount(before.lineage, {}, entry)
    const { updatedAt, revision, lineage, ...rest } = await accountNow(store, before.sid)
    assert.equal(
      { ...before, updatedAt, revision, lineage },
      { ...before, ...rest, updatedAt, revision, lineage },
    )
    assert.is(updatedAt, entry.at)
    assert.is(revision, 2)
  })
}

export function changingOneRow(check: Check): void {
  check('a status is the own one: those below keep theirs and stay counted', async (store) => {
    const root = await plantRoot(store)
    const child = await addBelow(store, root)
    const grandchild = await addBelow(store, child, { status: 'inactive' })
    await setStatus(store, child, 'suspended')
    const below = await accountNow(store, grandchild.sid)
    assert.is(below.status, 'inactive')
    assert.is(below.revision, grandchild.revision)
    assert.is((await accountNow(store, root.sid)).descendantsCount, 2)
    assert.is((await setStatus(store, child, 'active')).closedBy, undefined)
  })
}

export function refusingStaleChanges(check: Check): void {
  check('an account is not changed when it or one above has changed since', async (store) => {
    const root = await plantRoot(store)
    for (const change of anyChanges) {
      for (const which of ['itself', 'parent'] as const) {
        const parent = await addBelow(store, root)
        const target = await addBelow(store, parent)
        const changed = which === 'itself' ? target : parent
        await store.changeAccount(changed.lineage, change, auditOn(changed.sid))
        const before = await accountNow(store, target.sid)
        const entry = auditOn(newSid('AC'))
        const result = await store.changeAccount(target.lineage, { friendlyName: 'Late' }, entry)
        assert.equal(result, { outcome: 'stale' })
        assert.equal(await accountNow(store, target.sid), before)
        assert.equal(await recordedOf(store, entry.targetSid), [])
      }
    }
  })

  check('an account is not changed when its branch has moved since', async (store) => {
    const top = await addBelow(store, await plantRoot(store))
    const target = await addBelow(store, top)
    const organization = newOrganization()
    await store.insertOrganization(organization, auditOn(organization.sid))
    await store.migrateBranch(top.lineage, organization.sid, auditOn(top.sid))
    const result = await store.changeAccount(target.lineage, { role: 'Guest' }, auditOn(target.sid))
    assert.equal(result, { outcome: 'stale' })
  })

  check('an account that came below does not make a reading old', async (store) => {
    const target = await addBelow(store, await plantRoot(store))
    await addBelow(store, target)
    const result = await store.changeAccount(target.lineage, { role: 'Guest' }, auditOn(target.sid))
    assert.is(result.outcome, 'changed')
  })
}

export function changingAtOnce(check: Check): void {
  check('of many changes on one reading the first is made and no other', async (store) => {
    const { lineage, sid } = await addBelow(store, await plantRoot(store))
    const results = await Promise.all(
      Array.from({ length: 32 }, (_, at) =>
        store.changeAccount(lineage, { friendlyName: `Name ${at}` }, auditOn(sid)),
      ),
    )
    assert.equal(
      results.map(({ outcome }) => outcome),
      ['changed', ...Array(31).fill('stale')],
    )
    assert.is((await accountNow(store, sid)).revision, 2)
    assert.is((await recordedOf(store, sid)).length, 2)
  })
}
