import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { AuditEntry, AuditRecord } from '../../db/store.ts'
import { type AuditQuery, passesFilter, readAudit } from '../../lib/audit-trail.ts'
import { withServices } from '../support/services.ts'

const entry = (at: number, targetSid: string, to = ''): AuditEntry => ({
  at,
  action: `action ${at}`,
  targetSid,
  changes: { document: { to } },
})

test('what one request looks at is bounded, and the next goes on from there', () =>
  withServices(async ({ services, root }) => {
    const { sid } = root.account
    const rows = 20_100
    await services.store.recordAudit(Array.from({ length: rows }, (_, at) => entry(at, sid)))
    const wanted = ({ action }: AuditRecord) => action === 'action 7'
    const query: AuditQuery = { to: rows, limit: 10, accepts: wanted }
    const first = await readAudit(services, root, root.account, query)
    assert.equal(first.rows, [])
    assert.ok(first.next)
    const second = await readAudit(services, root, root.account, { ...query, after: first.next })
    assert.equal(
      second.rows.map(({ action }) => action),
      ['action 7'],
    )
    assert.is(second.next, undefined)
  }))

test('a page of large rows ends early, and the next goes on behind its last', () =>
  withServices(async ({ services, root }) => {
    const { sid } = root.account
    const large = 'x'.repeat(1_500_000)
    await services.store.recordAudit([1, 2, 3, 4, 5].map((at) => entry(at, sid, large)))
    for (const accepts of [undefined, () => true]) {
      const query: AuditQuery = { to: 5, limit: 10, ...(accepts && { accepts }) }
      const first = await readAudit(services, root, root.account, query)
      assert.equal(
        first.rows.map(({ at }) => at),
        [5, 4, 3],
      )
      const after = String(first.next)
      const second = await readAudit(services, root, root.account, { ...query, after })
      assert.equal([second.rows.map(({ at }) => at), second.next], [[2, 1], undefined])
    }
  }))

test('a last page that is full has none behind it', () =>
  withServices(async ({ services, root }) => {
    const { sid } = root.account
    await services.store.recordAudit([1, 2].map((at) => entry(at, sid)))
    for (const accepts of [undefined, () => true]) {
      const query: AuditQuery = { to: 2, limit: 2, ...(accepts && { accepts }) }
      const { rows, next } = await readAudit(services, root, root.account, query)
      assert.equal([rows.length, next], [2, undefined])
    }
  }))

test('all that a filter names must fit, and the actor may be its key', () => {
  const row: AuditRecord = {
    ...{ sid: 'AU1', accountSid: 'AC1', at: 1, action: 'a', targetSid: 'AC2', changes: {} },
    ...{ actorSid: 'AC3', actorKeySid: 'SK4' },
  }
  const passing = [{}, { action: 'a' }, { actor: 'AC3' }, { actor: 'SK4' }, { target: 'AC2' }]
  for (const filter of passing) {
    assert.ok(passesFilter(filter, row), JSON.stringify(filter))
  }
  for (const filter of [{ action: 'b' }, { actor: 'AC2' }, { target: 'AC1' }]) {
    assert.not.ok(passesFilter({ action: 'a', ...filter }, row), JSON.stringify(filter))
  }
  assert.not.ok(passesFilter({ action: 'a', actor: 'AC9', target: 'AC2' }, row))
})

test.run()
