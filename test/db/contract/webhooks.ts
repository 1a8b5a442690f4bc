import * as assert from 'uvu/assert'
import type { Store, WebhookRecord } from '../../../db/store.ts'
import { newSid } from '../../../lib/ids.ts'
import { recordedOf } from '../../support/recorded.ts'
import {
  accountNow,
  addBelow,
  addWebhook,
  auditOn,
  newCallflow,
  newWebhook,
  webhookNow,
} from '../../support/records.ts'
import { anyChanges, type Check } from './check.ts'
import { dueOf, event, family, rename } from './deliveries.ts'

export function keepingWebhooks(check: Check): void {
  check('a webhook comes back with all that was stored, to its account alone', async (store) => {
    const { root, child } = await family(store)
    const draft = newWebhook(child, { events: ['account.close'], includesBranch: true })
    const entry = auditOn(draft.sid)
    const inserted = await store.insertWebhook(draft, child.lineage, entry, 1)
    assert.equal(inserted, { outcome: 'inserted' })
    const { createdAt, ...rest } = draft
    const stored = {
      ...{ ...rest, createdAt, updatedAt: createdAt, revision: 1 },
      ...{ previousSecret: undefined, failingSince: undefined },
      deliveries: { pending: 0, failed: 0, last: undefined },
    }
    assert.equal(await store.findWebhook(child.sid, draft.sid), stored)
    assert.equal(await store.webhooksOf(child.sid), [stored])
    assert.is(await store.findWebhook(root.sid, draft.sid), undefined)
    assert.equal(await recordedOf(store, draft.sid), [entry])
    const second = newWebhook(child)
    const refused = await store.insertWebhook(second, child.lineage, entry, 1)
    assert.equal(refused, { outcome: 'quotaReached' })
    assert.equal(await store.webhooksOf(child.sid), [stored])
  })

  check('no webhook is written for an account that has changed since', async (store) => {
    const { root } = await family(store)
    for (const change of anyChanges) {
      const account = await addBelow(store, root)
      const present = await addWebhook(store, account)
      await store.changeAccount(account.lineage, change, auditOn(account.sid))
      const [entry, { lineage }] = [auditOn(newSid('WH')), account]
      const inserted = await store.insertWebhook(newWebhook(account), lineage, entry)
      assert.equal(inserted, { outcome: 'stale' })
      const changed = await store.changeWebhook(present, { name: 'x' }, lineage, entry)
      assert.equal(changed, { outcome: 'stale' })
      assert.is(await store.removeWebhook(present, lineage, entry), 'stale')
      assert.is(await store.queueTestEvent(present, lineage, entry), 'stale')
      assert.equal(await store.webhooksOf(account.sid), [present])
      assert.equal(await recordedOf(store, entry.targetSid), [])
    }
  })

  check('of two changes on one reading of a webhook the second is stale', async (store) => {
    const { child } = await family(store)
    const before = await addWebhook(store, child)
    const previousSecret = { sealed: before.secret, until: 7 }
    const change = { url: 'https://other.example/', enabled: false, previousSecret }
    const entry = auditOn(before.sid)
    const result = await store.changeWebhook(before, change, child.lineage, entry)
    const webhook = { ...before, ...change, revision: 2, updatedAt: entry.at }
    assert.equal(result, { outcome: 'changed', webhook })
    const second = await store.changeWebhook(before, { name: 'x' }, child.lineage, entry)
    assert.equal(second, { outcome: 'stale' })
    assert.is(await store.removeWebhook(before, child.lineage, entry), 'stale')
    assert.is(await store.removeWebhook(webhook, child.lineage, entry), 'removed')
    assert.equal(await store.webhooksOf(child.sid), [])
  })
}

export function queueingEvents(check: Check): void {
  check('an event is queued for the account and, by branch, for those above it', async (store) => {
    const { root, child } = await family(store)
    const low = await addBelow(store, child)
    const aside = await addBelow(store, root)
    const own = await addWebhook(store, low)
    const above = await addWebhook(store, root, { includesBranch: true })
    await addWebhook(store, root)
    await addWebhook(store, child, { enabled: false, includesBranch: true })
    await addWebhook(store, aside, { includesBranch: true })
    await addWebhook(store, child, { includesBranch: true, events: ['account.close'] })
    const picky = await addWebhook(store, child, {
      includesBranch: true,
      events: ['account.close', 'account.change'],
    })
    const entry = await rename(store, low)
    const due = await dueOf(store)
    const told = [own, above, picky].map(({ sid }) => sid)
    assert.equal(due.map(({ webhook }) => webhook.sid).sort(), told.sort())
    for (const { event, attempts } of due) {
      const { sid = '', ...recorded } = event ?? {}
      assert.match(sid, /^AU[0-9a-f]{32}$/)
      assert.equal([recorded, attempts], [{ ...entry, accountSid: low.sid }, 0])
    }
    assert.is(new Set(due.map(({ event }) => event?.sid)).size, 1)
  })

  check('only changes of accounts and callflows are events', async (store) => {
    const { child } = await family(store)
    await addWebhook(store, child)
    for (const action of ['apiKey.create', 'session.create', 'webhook.change', 'accounts']) {
      await store.recordAudit([auditOn(child.sid, { action })])
    }
    assert.equal(await dueOf(store), [])
    const draft = newCallflow(child)
    const of = { accountSid: child.sid, action: 'callflow.create' }
    await store.insertCallflow(draft, child.lineage, auditOn(`CF${draft.id}`, of))
    assert.is((await dueOf(store))[0]?.event?.targetSid, `CF${draft.id}`)
  })

  check('a change that is not made queues nothing', async (store) => {
    const { child } = await family(store)
    const webhook = await addWebhook(store, child)
    await rename(store, child)
    const stale = await store.changeAccount(child.lineage, {}, event(child, 'account.change'))
    assert.equal(stale, { outcome: 'stale' })
    assert.is((await webhookNow(store, webhook)).deliveries.pending, 1)
  })

  check('the event of a close is queued, and that of a move for both places', async (store) => {
    const { root, child } = await family(store)
    const other = await addBelow(store, root)
    const [own, from, to] = [
      await addWebhook(store, await addBelow(store, child)),
      await addWebhook(store, child, { includesBranch: true }),
      await addWebhook(store, other, { includesBranch: true }),
    ]
    const branch = await accountNow(store, own.accountSid)
    const { lineage } = await accountNow(store, other.sid)
    const changes = { parentSid: { from: child.sid, to: other.sid } }
    const moving = event(branch, 'account.move', { changes })
    const limits = { maxDepth: 9, maxChildren: 9 }
    const moved = await store.moveBranch(branch.lineage, lineage, limits, moving)
    assert.is(moved.outcome, 'changed')
    assert.equal(await pendingOf(store, own, from, to), [1, 1, 1])
    const now = await accountNow(store, branch.sid)
    await store.changeAccount(now.lineage, { status: 'closed' }, event(now, 'account.close'))
    assert.equal(await pendingOf(store, own, from, to), [2, 1, 2])
  })
}

function pendingOf(store: Store, ...hooks: readonly WebhookRecord[]): Promise<readonly number[]> {
  return Promise.all(
    hooks.map(async (webhook) => (await webhookNow(store, webhook)).deliveries.pending),
  )
}
