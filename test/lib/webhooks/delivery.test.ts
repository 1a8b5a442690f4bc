import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { PlacedAccount, Store } from '../../../db/store.ts'
import { changeAccount } from '../../../lib/accounts/change.ts'
import type { Caller } from '../../../lib/caller.ts'
import type { Services } from '../../../lib/services.ts'
import {
  type Delivery,
  type DeliveryOutcome,
  type DeliveryWorker,
  retryPausesMs,
  startDeliveries,
} from '../../../lib/webhooks/delivery.ts'
import {
  changeWebhook,
  createWebhook,
  rotateWebhookSecret,
  sendTestEvent,
} from '../../../lib/webhooks/manage.ts'
import type { WebhookInput } from '../../../lib/webhooks/webhook.ts'
import { recordedOf } from '../../support/recorded.ts'
import { accountNow, webhookNow } from '../../support/records.ts'
import { type TestServices, withServices } from '../../support/services.ts'
import { quiet, waitFor } from '../../support/webhook-receiver.ts'

const dayMs = 24 * 60 * 60_000
const ok: DeliveryOutcome = { status: 200 }
const down: DeliveryOutcome = { status: 503 }

type Given = TestServices & {
  readonly sent: Delivery[]
  readonly faults: unknown[]
  /** How what is sent next is answered. */
  answer: (delivery: Delivery) => DeliveryOutcome | Promise<DeliveryOutcome>
  /** From 0 to below 1; what makes a pause longer. */
  chance: number
  readonly worker: DeliveryWorker
  /** Waits until that many were sent and recorded in all. */
  until(count: number): Promise<void>
}

/** Runs the real worker on a real store with a clock of its own; only what is sent goes nowhere. */
function withWorker(
  body: (given: Given) => Promise<void>,
  over: (store: Store) => Partial<Store> = () => ({}),
): Promise<void> {
  return withServices(async (given) => {
    const { services, clock } = given
    const sent: Delivery[] = []
    const faults: unknown[] = []
    let recorded = 0
    const { store } = services
    const { recordAttempt = store.recordAttempt } = over(store)
    const worker = startDeliveries({
      store: {
        ...store,
        async recordAttempt(...args) {
          await recordAttempt(...args)
          recorded += 1
        },
      },
      secrets: services.secrets,
      now: () => clock.now,
      random: () => all.chance,
      async deliver(delivery) {
        sent.push(delivery)
        return all.answer(delivery)
      },
      failed: (error) => faults.push(error),
    })
    const all: Given = {
      ...{ ...given, sent, faults, worker },
      answer: () => ok,
      chance: 0,
      async until(count) {
        await waitFor(() => recorded >= count || undefined)
      },
    }
    await body(all).finally(worker.stop)
  })
}

async function hook(services: Services, owner: Caller, given: Partial<WebhookInput> = {}) {
  const input = { url: 'https://hooks.example/', name: undefined, events: ['all'] }
  const rest = { includesBranch: true, enabled: true }
  const all = { ...input, ...rest, ...given }
  return createWebhook(services, owner, owner.account, all)
}

async function rename({ services, root }: Given, account: PlacedAccount, friendlyName: string) {
  const now = await accountNow(services.store, account.sid)
  await changeAccount(services, root, now, { friendlyName })
}

const namesOf = (sent: readonly Delivery[]) =>
  sent.map(({ event }) => event.changes.friendlyName?.to)

test('an event is tried again after growing pauses with one id, and in the end given up', () =>
  withWorker(async (given) => {
    const { services, root, clock, sent, until } = given
    const account = await given.child(root)
    const { webhook } = await hook(services, root)
    given.answer = () => down
    await rename(given, account, 'A')
    await until(1)
    for (const [index, pause] of retryPausesMs.entries()) {
      clock.now += pause - 1
      await quiet()
      assert.is(sent.length, index + 1, `before ${pause} ms`)
      clock.now += 1
      await until(index + 2)
    }
    assert.equal(
      retryPausesMs,
      retryPausesMs.toSorted((one, other) => one - other),
    )
    clock.now += 2 * dayMs
    await quiet()
    assert.is(sent.length, retryPausesMs.length + 1)
    assert.is(new Set(sent.map(({ event }) => event.sid)).size, 1)
    const { deliveries } = await webhookNow(services.store, webhook)
    assert.equal([deliveries.pending, deliveries.last?.status], [0, 503])
  }))

test('a pause is up to a tenth longer, by chance', () =>
  withWorker(async (given) => {
    const { services, root, clock, sent, until } = given
    await hook(services, root)
    given.answer = () => down
    given.chance = 0.5
    await rename(given, root.account, 'A')
    await until(1)
    clock.now += 5250 - 1
    await quiet()
    assert.is(sent.length, 1)
    clock.now += 1
    await until(2)
  }))

test('later events of an account wait for an earlier one, those of another do not', () =>
  withWorker(async (given) => {
    const { services, root, clock, sent, until } = given
    const [one, other] = [await given.child(root), await given.child(root)]
    await hook(services, root)
    given.answer = ({ event }) =>
      namesOf(sent).length < 3 && event.targetSid === one.sid ? down : ok
    await rename(given, one, 'A')
    await until(1)
    await rename(given, one, 'B')
    await rename(given, other, 'X')
    await until(2)
    await quiet()
    assert.equal(namesOf(sent), ['A', 'X'])
    clock.now += 5000
    await until(4)
    assert.equal(namesOf(sent), ['A', 'X', 'A', 'B'])
  }))

test('a webhook gets one event at a time, and a slow one holds up no other', () =>
  withWorker(async (given) => {
    const { services, root, sent, until } = given
    const [one, other] = [await given.child(root), await given.child(root)]
    await hook(services, root, { url: 'https://slow.example/' })
    await hook(services, root, { url: 'https://quick.example/' })
    const gate = Promise.withResolvers<DeliveryOutcome>()
    given.answer = ({ url }) => (url.includes('slow') ? gate.promise : ok)
    await rename(given, one, 'A')
    await rename(given, other, 'B')
    await until(2)
    await quiet()
    const urls = sent.map(({ url }) => new URL(url).hostname.split('.')[0])
    assert.equal(urls.sort(), ['quick', 'quick', 'slow'])
    gate.resolve(ok)
    await until(4)
  }))

test('an account whose receivers hang has four attempts at once, and others go on', () =>
  withWorker(async (given) => {
    const { services, root, clock, sent, until } = given
    const owner = async () => given.login(await given.child(root))
    const [one, other, quick] = [await owner(), await owner(), await owner()]
    for (let index = 0; index < 10; index += 1) {
      await hook(services, one, { url: 'https://one.example/' })
      await hook(services, other, { url: 'https://other.example/' })
    }
    await hook(services, quick, { url: 'https://quick.example/' })
    const gate = Promise.withResolvers<DeliveryOutcome>()
    given.answer = ({ url }) => (url.includes('quick') ? ok : gate.promise)
    for (const { account } of [one, other, quick]) {
      clock.now += 1
      await rename(given, account, 'A')
    }
    await until(1)
    await quiet()
    const count = (name: string) => sent.filter(({ url }) => url.includes(`//${name}.`)).length
    assert.equal([count('one'), count('other'), count('quick')], [4, 4, 1])
    gate.resolve(ok)
    await until(10 + 10 + 1)
  }))

test('after five days of failing a webhook is disabled, until it is enabled again', () =>
  withWorker(async (given) => {
    const { services, root, clock, until } = given
    const account = await given.child(root)
    const { webhook } = await hook(services, root)
    given.answer = () => ({ error: 'timeout' })
    await rename(given, account, 'A')
    await until(1)
    clock.now += 5 * dayMs - 1
    await until(2)
    assert.is((await webhookNow(services.store, webhook)).enabled, true)
    clock.now += dayMs
    await until(3)
    const disabled = await webhookNow(services.store, webhook)
    assert.equal([disabled.enabled, disabled.deliveries.pending], [false, 0])
    const [entry] = (await recordedOf(services.store, webhook.sid)).slice(-1)
    assert.equal([entry?.action, entry?.actorSid], ['webhook.disable', undefined])
    await rename(given, account, 'B')
    const { account: owner } = root
    const enabled = (before: WebhookInput) => ({ ...before, enabled: true })
    await changeWebhook(services, root, owner, webhook.sid, enabled)
    given.answer = () => ok
    await rename(given, account, 'C')
    await until(4)
    assert.equal(namesOf(given.sent).at(-1), 'C')
    assert.is((await webhookNow(services.store, webhook)).failingSince, undefined)
  }))

test('after a rotation both secrets sign for a day, then the new one alone', () =>
  withWorker(async (given) => {
    const { services, root, clock, sent, until } = given
    const { webhook, secret: first } = await hook(services, root)
    const { sid } = webhook
    const test = () => sendTestEvent(services, root, root.account, sid)
    await test()
    await until(1)
    const { secret: second } = await rotateWebhookSecret(services, root, root.account, sid)
    await test()
    await until(2)
    const { secret: third } = await rotateWebhookSecret(services, root, root.account, sid)
    clock.now += dayMs - 1
    await test()
    await until(3)
    clock.now += 1
    await test()
    await until(4)
    const secrets = sent.map((each) => each.secrets)
    assert.equal(secrets, [[first], [second, first], [third, second], [third]])
  }))

test('a test goes to a disabled webhook too, and disabling gives up what waits', () =>
  withWorker(async (given) => {
    const { services, root, sent, until } = given
    const { webhook } = await hook(services, root, { enabled: false })
    await sendTestEvent(services, root, root.account, webhook.sid)
    await until(1)
    assert.is(sent[0]?.event.action, 'webhook.test')
    given.answer = () => down
    await sendTestEvent(services, root, root.account, webhook.sid)
    await until(2)
    await changeWebhook(services, root, root.account, webhook.sid, (before) => before)
    const { pending, failed, last } = (await webhookNow(services.store, webhook)).deliveries
    assert.equal([pending, failed, last?.error], [0, 1, 'disabled'])
  }))

test('what the audit has forgotten meanwhile is given up, and what is behind it goes on', () =>
  withWorker(async (given) => {
    const { services, root, clock, sent, until } = given
    const account = await given.child(root)
    const { webhook } = await hook(services, root)
    given.answer = () => down
    await rename(given, account, 'A')
    await until(1)
    given.answer = () => ok
    clock.now += 1000
    await services.store.pruneAudit(clock.now, 1000)
    await rename(given, account, 'B')
    clock.now += 5000
    await until(3)
    assert.equal(namesOf(sent), ['A', 'B'])
    assert.is((await webhookNow(services.store, webhook)).deliveries.failed, 1)
  }))

test('a receiver is not flooded when it cannot be recorded what it answered', () =>
  withWorker(
    async (given) => {
      const { services, root, sent, faults } = given
      await hook(services, root)
      await rename(given, root.account, 'A')
      await waitFor(() => faults.length > 0 || undefined)
      await quiet()
      assert.equal([sent.length, faults.length], [1, 1])
    },
    () => ({ recordAttempt: () => Promise.reject(new Error('the disk is full')) }),
  ))

test.run()
