import * as assert from 'uvu/assert'
import type { DueDelivery, PlacedAccount, Store } from '../../../db/store.ts'
import { recordedOf } from '../../support/recorded.ts'
import {
  accountNow,
  addBelow,
  addWebhook,
  auditOn,
  plantRoot,
  webhookNow,
} from '../../support/records.ts'
import type { Check } from './check.ts'

const later = 2_000_000_000_000
const nobody = { webhooks: [], accounts: [] }
const never = { failingSince: 0, mostPending: 1_000_000 }

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

  check('a test waits for nothing, and what waits is due when it is over', async (store) => {
    const { child } = await family(store)
    const webhook = await addWebhook(store, child)
    await rename(store, child)
    await rename(store, child)
    const [first] = await dueOf(store)
    await end(store, first, { at: later + 1 })
    assert.equal(await dueOf(store), [])
    const entry = auditOn(webhook.sid, { accountSid: child.sid, action: 'webhook.test' })
    const { lineage } = await accountNow(store, child.sid)
    const queued = await store.queueTestEvent(await webhookNow(store, webhook), lineage, entry)
    assert.is(queued, 'queued')
    const [tested, ...others] = await dueOf(store)
    assert.equal([tested?.event?.action, others], ['webhook.test', []])
    await end(store, tested, 'delivered')
    for (const attempts of [1, 0]) {
      const [due] = await dueOf(store)
      assert.equal([due?.event?.action, due?.attempts], ['account.change', attempts])
      await end(store, due, 'delivered')
    }
    assert.is((await webhookNow(store, webhook)).deliveries.pending, 0)
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
      assert.equal((await recordedOf(store, webhook.sid)).at(-1), entry)
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

export async function family(store: Store) {
  const root = await plantRoot(store)
  return { root, child: await addBelow(store, root) }
}

export function event({ sid }: Pick<PlacedAccount, 'sid'>, action: string, given = {}) {
  return auditOn(sid, { action, ...given })
}

export async function rename(store: Store, { sid }: Pick<PlacedAccount, 'sid'>) {
  const { lineage } = await accountNow(store, sid)
  const entry = event({ sid }, 'account.change')
  await store.changeAccount(lineage, { friendlyName: `Named ${entry.at}` }, entry)
  return entry
}

export function dueOf(store: Store, now = later): Promise<readonly DueDelivery[]> {
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
