import * as assert from 'uvu/assert'
import type { DueDelivery, PlacedAccount, Store, WebhookRecord } from '../../../db/store.ts'
import { newSid } from '../../../lib/ids.ts'
import {
  accountNow,
  addBelow,
  addWebhook,
  auditOn,
  newCallflow,
  newWebhook,
  plantRoot,
  webhookNow,
} from '../../support/records.ts'
import { anyChanges, type Check } from './check.ts'

const later = 2_000_000_000_000
const nobody = { webhooks: [], accounts: [] }
const never = { failingSince: 0, mostPending: 1_000_000 }

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
    assert.equal(await store.auditOf(draft.sid), [entry])
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
      assert.equal(await store.auditOf(entry.targetSid), [])
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

export function deliveringEvents(check: Check): void {
  check('events of one account go one after the other, those of two beside', async (store) => {
    const { root, child } = await family(store)
    const webhook = await addWebhook(store, root, { includesBranch: true })
    for (const account of [child, root, child]) {
      await rename(store, account)
    }
    const order: string[] = []
    for (let [due] = await dueOf(store); due !== undefined; [due] = await dueOf(store)) {
      order.push(due.event?.targetSid ?? '')
      const isFirst = order.length === 1
      const result = isFirst ? { at: later + 1 } : 'delivered'
      await store.recordAttempt({ id: due.id, at: 5, status: 500, result }, never, auditOn('x'))
    }
    // The first waits for another attempt, and what comes behind it waits with it.
    assert.equal(order, [child.sid, root.sid])
    assert.is((await webhookNow(store, webhook)).deliveries.pending, 2)
    const [first] = await dueOf(store, later + 1)
    assert.is(first?.attempts, 1)
    await end(store, first, 'failed')
    const [third] = await dueOf(store)
    assert.is(third?.event?.targetSid, child.sid)
    await end(store, third, 'delivered')
    const { pending, failed } = (await webhookNow(store, webhook)).deliveries
    assert.equal([pending, failed], [0, 1])
    await addWebhook(store, child)
    await rename(store, child)
    assert.equal(await store.countDeliveries(), { pending: 2, failed: 1 })
  })

  check('a busy webhook is passed over, and of each other one is given', async (store) => {
    const { root, child } = await family(store)
    const hooks = [
      await addWebhook(store, root, { includesBranch: true }),
      await addWebhook(store, child),
    ]
    await rename(store, child)
    await rename(store, root)
    const [first, second] = hooks.map(({ sid }) => sid)
    const sids = async (webhooks: readonly string[], limit = 9) =>
      sidsOf(await store.dueDeliveries(later, { webhooks, accounts: [] }, limit))
    assert.equal((await sids([])).sort(), [first, second].sort())
    assert.equal(await sids([first ?? '']), [second])
    assert.equal(await sids([first ?? '', second ?? '']), [])
    assert.is((await sids([], 1)).length, 1)
    assert.equal(await store.dueDeliveries(0, nobody, 9), [])
  })

  check('all webhooks of a busy account are passed over', async (store) => {
    const { root, child } = await family(store)
    const above = await addWebhook(store, root, { includesBranch: true })
    const own = [await addWebhook(store, child), await addWebhook(store, child)]
    await rename(store, child)
    const sids = async (...accounts: readonly string[]) =>
      sidsOf(await store.dueDeliveries(later, { webhooks: [], accounts }, 9))
    assert.equal(await sids(child.sid), [above.sid])
    assert.equal((await sids(root.sid)).sort(), own.map(({ sid }) => sid).sort())
    assert.equal(await sids(root.sid, child.sid), [])
  })

  check('a webhook that fails for too long, or too much, is disabled', async (store) => {
    const { child } = await family(store)
    for (const terms of [
      { failingSince: 10, mostPending: 100 },
      { failingSince: 9, mostPending: 1 },
    ]) {
      const webhook = await addWebhook(store, child)
      await rename(store, child)
      await rename(store, child)
      const entry = auditOn(webhook.sid, { action: 'webhook.disable' })
      const attempt = async (at: number, with_: typeof terms) => {
        const due = (await dueOf(store)).find((each) => each.webhook.sid === webhook.sid)
        const { id = 0 } = due ?? {}
        await store.recordAttempt({ id, at, error: 'timeout', result: { at } }, with_, entry)
      }
      await attempt(10, { failingSince: 9, mostPending: 2 })
      assert.is((await webhookNow(store, webhook)).enabled, true)
      await attempt(20, terms)
      const { enabled, failingSince, deliveries } = await webhookNow(store, webhook)
      assert.equal([enabled, failingSince, deliveries.pending], [false, 10, 0])
      assert.is(deliveries.failed, 2)
      assert.equal((await store.auditOf(webhook.sid)).at(-1), entry)
      await rename(store, child)
      assert.is((await webhookNow(store, webhook)).deliveries.pending, 0)
    }
  })

  check('a success ends the failing, and what is over is forgotten in time', async (store) => {
    const { child } = await family(store)
    const webhook = await addWebhook(store, child)
    await rename(store, child)
    const [due] = await dueOf(store)
    await end(store, due, { at: 4 })
    assert.is((await webhookNow(store, webhook)).failingSince, 5)
    await end(store, due, 'delivered')
    const { failingSince, deliveries } = await webhookNow(store, webhook)
    const last = { eventSid: due?.event?.sid, at: 5, status: 299, error: undefined }
    assert.equal([failingSince, deliveries], [undefined, { pending: 0, failed: 0, last }])
    assert.is(await store.pruneDeliveries(5, 1), 'done')
    assert.ok((await webhookNow(store, webhook)).deliveries.last)
    assert.is(await store.pruneDeliveries(6, 1), 'more')
    assert.is((await webhookNow(store, webhook)).deliveries.last, undefined)
  })
}

async function family(store: Store) {
  const root = await plantRoot(store)
  return { root, child: await addBelow(store, root) }
}

function event({ sid }: Pick<PlacedAccount, 'sid'>, action: string, given = {}) {
  return auditOn(sid, { action, ...given })
}

async function rename(store: Store, { sid }: Pick<PlacedAccount, 'sid'>) {
  const { lineage } = await accountNow(store, sid)
  const entry = event({ sid }, 'account.change')
  await store.changeAccount(lineage, { friendlyName: `Named ${entry.at}` }, entry)
  return entry
}

function dueOf(store: Store, now = later): Promise<readonly DueDelivery[]> {
  return store.dueDeliveries(now, nobody, 100)
}

const sidsOf = (due: readonly DueDelivery[]) => due.map(({ webhook }) => webhook.sid)

async function end(
  store: Store,
  due: DueDelivery | undefined,
  result: 'delivered' | 'failed' | { readonly at: number },
): Promise<void> {
  const attempt = { id: due?.id ?? 0, at: 5, status: 299, result }
  await store.recordAttempt(attempt, never, auditOn('x'))
}

function pendingOf(store: Store, ...hooks: readonly WebhookRecord[]): Promise<readonly number[]> {
  return Promise.all(
    hooks.map(async (webhook) => (await webhookNow(store, webhook)).deliveries.pending),
  )
}
