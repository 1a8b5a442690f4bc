import * as assert from 'uvu/assert'
import type { AuditEntry, AuditPage, Store } from '../../../db/store.ts'
import { newSid } from '../../../lib/ids.ts'
import { recordedOf } from '../../support/recorded.ts'
import { addBelow, addKey, auditOn, newOrganization, plantRoot } from '../../support/records.ts'
import { assertRejects, type Check } from './check.ts'

export function auditing(check: Check): void {
  check('what was recorded of a target comes back, the oldest first', async (store) => {
    const root = await plantRoot(store)
    const { sid, lineage } = await addBelow(store, root)
    const full: AuditEntry = {
      at: 1,
      action: 'account.change',
      targetSid: sid,
      actorSid: newSid('AC'),
      actorKeySid: (await addKey(store, root)).sid,
      requestId: 'request-1',
      address: '2001:db8::1',
      dialect: 'restcomm',
      changes: { friendlyName: { from: 'Jos\u00e9 "x"', to: '👍\\' }, password: { to: 'changed' } },
    }
    const bare: AuditEntry = { at: 2, action: 'test', targetSid: sid, changes: {} }
    const changed = await store.changeAccount(lineage, {}, full)
    assert.ok(changed.outcome === 'changed')
    await store.changeAccount(changed.account.lineage, {}, bare)
    assert.equal((await recordedOf(store, sid)).slice(0, 2), [full, bare])
  })

  check('nothing is recorded of an account that nothing happened to', async (store) => {
    const root = await plantRoot(store)
    await addBelow(store, root)
    assert.equal(await recordedOf(store, newSid('AC')), [])
    assert.is((await recordedOf(store, root.sid)).length, 1)
  })
}

export function auditingChanges(check: Check): void {
  check('an organization is recorded with its creation', async (store) => {
    const organization = newOrganization()
    const entry = auditOn(organization.sid, { changes: { domainName: { to: 'example.com' } } })
    await store.insertOrganization(organization, entry)
    assert.equal(await recordedOf(store, organization.sid), [entry])
  })
}

export function pagingAudit(check: Check): void {
  check(
    'an account has its own rows and those of what belongs to it, the newest first',
    async (store) => {
      const root = await plantRoot(store)
      const account = await addBelow(store, root)
      const other = await addBelow(store, root)
      const key = await addKey(store, account)
      await store.recordAudit([
        auditOn(key.sid, { accountSid: account.sid, at: 10, action: 'of its key' }),
        auditOn(account.sid, { at: 30, action: 'second' }),
        auditOn(other.sid, { at: 40, action: "another's" }),
        auditOn(account.sid, { at: 20, action: 'first' }),
        auditOn(account.sid, { at: 30, action: 'second, later written' }),
      ])
      const expected = ['second, later written', 'second', 'first', 'of its key']
      assert.equal(await actionsOf(store, account.sid, { to: 40, limit: 10 }), expected)
      const [row] = await store.auditPage(account.sid, { to: 10, limit: 10 })
      assert.match(String(row?.sid), /^AU[0-9a-f]{32}$/)
      assert.equal([row?.targetSid, row?.accountSid], [key.sid, account.sid])
      assert.is((await recordedOf(store, key.sid))[0]?.accountSid, account.sid)
    },
  )

  check('pages of any size hold every row once, also while rows are added', async (store) => {
    const { sid } = await plantRoot(store)
    const entries = Array.from({ length: 10 }, (_, index) =>
      auditOn(sid, { at: Math.floor(index / 3), action: String(index) }),
    )
    await store.recordAudit(entries)
    for (const limit of [1, 2, 3, 10]) {
      const seen: string[] = []
      let after: string | undefined
      do {
        const rows = await store.auditPage(sid, { to: 9, limit, ...(after && { after }) })
        seen.push(...rows.map(({ action }) => action))
        after = rows.at(-1)?.sid
        await store.recordAudit([auditOn(sid, { at: 9, action: 'new' })])
      } while (after !== undefined)
      const old = seen.filter((action) => action !== 'new')
      assert.equal(old, ['9', '8', '7', '6', '5', '4', '3', '2', '1', '0'], String(limit))
    }
  })

  check('a time from which and one to which include both', async (store) => {
    const { sid } = await plantRoot(store)
    const moments = [1, 2, 3, 4, 5]
    await store.recordAudit(moments.map((at) => auditOn(sid, { at, action: String(at) })))
    assert.equal(await actionsOf(store, sid, { from: 2, to: 4, limit: 10 }), ['4', '3', '2'])
    assert.equal(await actionsOf(store, sid, { from: 6, to: 9, limit: 10 }), [])
  })

  check('behind a row that is not of the account there is nothing', async (store) => {
    const root = await plantRoot(store)
    const account = await addBelow(store, root)
    const [row] = await store.auditPage(account.sid, { limit: 1 })
    assert.ok(row)
    for (const after of [row.sid, newSid('AC')]) {
      assert.equal(await store.auditPage(root.sid, { after, limit: 5 }), [])
    }
  })

  check('a page of large rows ends early, and each of them comes', async (store) => {
    const { sid } = await plantRoot(store)
    const to = 'x'.repeat(1_500_000)
    const large = ['1', '2', '3', '4'].map((action) =>
      auditOn(sid, { at: 1, action, changes: { document: { to } } }),
    )
    await store.recordAudit(large)
    const first = await store.auditPage(sid, { to: 1, limit: 10 })
    assert.equal(
      first.map(({ action }) => action),
      ['4', '3'],
    )
    const after = String(first.at(-1)?.sid)
    assert.equal(await actionsOf(store, sid, { to: 1, after, limit: 10 }), ['2', '1'])
  })
}

export function pruningAudit(check: Check): void {
  check('what is old enough goes in chunks, and nothing else does', async (store) => {
    const { sid } = await plantRoot(store)
    const moments = [1, 2, 3, 4, 5]
    await store.recordAudit(moments.map((at) => auditOn(sid, { at, action: String(at) })))
    assert.is(await store.pruneAudit(4, 2), 'more')
    assert.equal(await actionsOf(store, sid, { to: 5, limit: 10 }), ['5', '4', '3'])
    assert.is(await store.pruneAudit(4, 2), 'done')
    assert.is(await store.pruneAudit(1, 2), 'done')
    assert.equal(await actionsOf(store, sid, { to: 5, limit: 10 }), ['5', '4'])
  })

  check('a page behind a row that went meanwhile is the end', async (store) => {
    const { sid } = await plantRoot(store)
    await store.recordAudit([1, 2, 3].map((at) => auditOn(sid, { at })))
    const [, row] = await store.auditPage(sid, { to: 3, limit: 2 })
    await store.pruneAudit(3, 10)
    assert.equal(await store.auditPage(sid, { after: String(row?.sid), limit: 2 }), [])
  })

  check('several rows are recorded together or not at all', async (store) => {
    const { sid } = await plantRoot(store)
    const circular: Record<string, object> = {}
    circular.self = circular
    const broken = { ...auditOn(sid, { at: 1 }), changes: circular }
    await assertRejects(store.recordAudit([auditOn(sid, { at: 1 }), broken]))
    assert.equal(await store.auditPage(sid, { to: 1, limit: 5 }), [])
  })
}

async function actionsOf(store: Store, sid: string, page: AuditPage): Promise<readonly string[]> {
  return (await store.auditPage(sid, page)).map(({ action }) => action)
}
