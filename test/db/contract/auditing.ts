import * as assert from 'uvu/assert'
import type { AuditEntry } from '../../../db/store.ts'
import { newSid } from '../../../lib/ids.ts'
import { addBelow, auditOn, newOrganization, plantRoot } from '../../support/records.ts'
import type { Check } from './check.ts'

export function auditing(check: Check): void {
  check('what was recorded of a target comes back, the oldest first', async (store) => {
    const { sid, lineage } = await addBelow(store, await plantRoot(store))
    const full: AuditEntry = {
      at: 1,
      action: 'account.change',
      targetSid: sid,
      actorSid: newSid('AC'),
      actorKeySid: newSid('SK'),
      requestId: 'request-1',
      address: '2001:db8::1',
      dialect: 'restcomm',
      changes: { friendlyName: { from: 'Jos\u00e9 "x"', to: '👍\\' }, password: { to: 'changed' } },
    }
    const bare: AuditEntry = { at: 0, action: 'test', targetSid: sid, changes: {} }
    const changed = await store.changeAccount(lineage, {}, full)
    assert.ok(changed.outcome === 'changed')
    await store.changeAccount(changed.account.lineage, {}, bare)
    assert.equal((await store.auditOf(sid)).slice(1), [full, bare])
  })

  check('nothing is recorded of an account that nothing happened to', async (store) => {
    const root = await plantRoot(store)
    await addBelow(store, root)
    assert.equal(await store.auditOf(newSid('AC')), [])
    assert.is((await store.auditOf(root.sid)).length, 1)
  })
}

export function auditingChanges(check: Check): void {
  check('an organization is recorded with its creation', async (store) => {
    const organization = newOrganization()
    const entry = auditOn(organization.sid, { changes: { domainName: { to: 'example.com' } } })
    await store.insertOrganization(organization, entry)
    assert.equal(await store.auditOf(organization.sid), [entry])
  })
}
