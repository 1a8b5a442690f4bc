import { execFileSync } from 'node:child_process'
import type { LookupAddress } from 'node:dns'
import { createServer } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { AuditRecord } from '../../db/store.ts'
import type { Network } from '../../lib/config.ts'
import { newSid, newWebhookSecret } from '../../lib/ids.ts'
import type { Delivery } from '../../lib/webhooks/delivery.ts'
import { createWebhookSender, type SenderOptions } from '../../routes/webhook-sender.ts'
import { skipUnless } from '../support/skip.ts'
import { type Receiver, signatureOf, startReceiver } from '../support/webhook-receiver.ts'

const loopback: Network = { address: '127.0.0.0', prefix: 8, family: 'ipv4' }
const secret = newWebhookSecret()
const refused = { error: 'address refused' }

const event: AuditRecord = {
  ...{ sid: `AU${'1'.repeat(32)}`, accountSid: newSid('AC'), targetSid: newSid('AC') },
  ...{ at: Date.UTC(2026, 0, 1), action: 'account.change', dialect: 'restcomm' },
  changes: { friendlyName: { from: 'Bär', to: 'Löwe' } },
}

function send(url: string, options: Partial<SenderOptions> = {}, given: Partial<Delivery> = {}) {
  const deliver = createWebhookSender({ allowPrivate: [loopback], ...options })
  const delivery = { url, event, secrets: [secret], at: event.at + 5999, ...given }
  return deliver(delivery, new AbortController().signal)
}

async function withReceiver(body: (receiver: Receiver) => Promise<void>): Promise<void> {
  const receiver = await startReceiver()
  try {
    await body(receiver)
  } finally {
    await receiver.stop()
  }
}

test('an event is sent as JSON, signed over its id, the time and the body', () =>
  withReceiver(async (receiver) => {
    assert.equal(await send(receiver.url), { status: 204 })
    const [got] = receiver.received
    assert.ok(got)
    assert.is(got.headers['content-type'], 'application/json')
    assert.is(got.headers['webhook-id'], event.sid)
    assert.is(got.headers['webhook-timestamp'], String(Date.UTC(2026, 0, 1) / 1000 + 5))
    assert.is(got.headers['webhook-signature'], signatureOf(secret, got))
    assert.equal(got.event, {
      ...{ version: 1, id: event.sid, type: 'account.change' },
      timestamp: '2026-01-01T00:00:00.000Z',
      data: {
        ...{ account_sid: event.accountSid, target_sid: event.targetSid },
        ...{ changes: event.changes, dialect: 'restcomm' },
      },
    })
  }))

test(
  'openssl comes to the same signature',
  skipUnless(hasOpenssl(), 'no openssl', () =>
    withReceiver(async (receiver) => {
      await send(receiver.url)
      const [got] = receiver.received
      assert.ok(got)
      const hex = Buffer.from(secret.slice(6), 'base64').toString('hex')
      const words = ['dgst', '-sha256', '-mac', 'HMAC', '-macopt', `hexkey:${hex}`, '-binary']
      const input = `${got.id}.${got.headers['webhook-timestamp']}.${got.body}`
      const digest = execFileSync('openssl', words, { input }).toString('base64')
      assert.is(got.headers['webhook-signature'], `v1,${digest}`)
    }),
  ),
)

test('two secrets give two signatures, the present one first', () =>
  withReceiver(async (receiver) => {
    const next = newWebhookSecret()
    await send(receiver.url, {}, { secrets: [next, secret] })
    const [got] = receiver.received
    assert.ok(got)
    const both = `${signatureOf(next, got)} ${signatureOf(secret, got)}`
    assert.is(got.headers['webhook-signature'], both)
  }))

test('of a long value only the fact is told', () =>
  withReceiver(async (receiver) => {
    const changes = { document: { from: 'x'.repeat(2000), to: 'x'.repeat(2001) } }
    await send(receiver.url, {}, { event: { ...event, changes } })
    const document = { from: 'x'.repeat(2000), to_left_out: true }
    assert.equal(receiver.received[0]?.event.data.changes, { document })
  }))

test('a status is what was answered, and a redirect is not followed, least of all inwards', () =>
  withReceiver(async (receiver) => {
    for (const status of [200, 301, 307, 308, 400, 410, 500]) {
      const before = receiver.received.length
      receiver.answer = (response) => {
        response.writeHead(status, { Location: `http://127.0.0.1:${receiver.port}/inside` }).end()
      }
      assert.equal(await send(receiver.url), { status })
      assert.is(receiver.received.length, before + 1)
    }
    assert.ok(receiver.received.every(({ path }) => path === '/hook'))
  }))

test('a receiver that hangs is left when its time is over', () =>
  withReceiver(async (receiver) => {
    receiver.answer = () => {}
    const begun = performance.now()
    assert.equal(await send(receiver.url, { timeoutMs: 150 }), { error: 'timeout' })
    receiver.answer = (response) => {
      response.writeHead(202).write('a begin without an end')
    }
    assert.equal(await send(receiver.url, { timeoutMs: 2000 }), { status: 202 })
    assert.ok(performance.now() - begun < 5000)
  }))

test('of megabytes some are read, and then no more', () =>
  withReceiver(async (receiver) => {
    let written = 0
    const ended = Promise.withResolvers<void>()
    receiver.answer = (response) => {
      const more = () => {
        while (!response.destroyed && written < 1e9) {
          written += 65_536
          if (!response.write(Buffer.alloc(65_536))) {
            response.once('drain', more)
            return
          }
        }
      }
      response.once('close', () => ended.resolve())
      response.writeHead(200)
      more()
    }
    assert.equal(await send(receiver.url), { status: 200 })
    await ended.promise
    assert.ok(written < 64 * 1024 * 1024, `${written} bytes were taken`)
  }))

test('a receiver that closes early, speaks no HTTP or is not there is told apart', async () => {
  const answers = { 'closed early': '', 'no HTTP': 'SSH-2.0-OpenSSH_9.6\r\n' }
  for (const [error, text] of Object.entries(answers)) {
    const server = createServer((socket) => {
      socket.once('data', () => (text === '' ? socket.destroy() : socket.end(text)))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    assert.equal(await send(`http://127.0.0.1:${port}/`), { error })
    await new Promise((resolve) => server.close(resolve))
    assert.equal(await send(`http://127.0.0.1:${port}/`), { error: 'unreachable' })
  }
  assert.equal(await send('http://nowhere.invalid/'), { error: 'name not found' })
})

test('inner addresses are refused, however they are written or named', () =>
  withReceiver(async ({ port, received }) => {
    const hosts = [
      ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '0.0.0.0', '0'],
      ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '10.0.0.1', '169.254.169.254'],
      ...['localhost', 'LOCALHOST', '１２７.0.0.1'],
    ]
    for (const host of hosts) {
      assert.equal(await send(`http://${host}:${port}/`, { allowPrivate: [] }), refused, host)
      assert.equal(await send(`https://${host}:${port}/`, { allowPrivate: [] }), refused, host)
    }
    assert.is(received.length, 0)
  }))

test('what a name leads to is looked at where the connection is made', async () => {
  const inner = await startReceiver('127.0.0.1')
  const outer = await startReceiver('127.0.0.2', inner.port)
  const url = `http://hooks.example:${inner.port}/hook`
  const only: Network = { address: '127.0.0.2', prefix: 32, family: 'ipv4' }
  let asked = 0
  // Whoever looked twice would be let through by the first answer and led to the second.
  const sendTo = (...answers: readonly (readonly string[])[]) => {
    asked = 0
    return send(url, {
      allowPrivate: [only],
      resolve(_hostname, _options, callback) {
        const addresses = answers[Math.min(asked, answers.length - 1)] ?? []
        asked += 1
        callback(
          null,
          addresses.map((address): LookupAddress => ({ address, family: 4 })),
        )
      },
    })
  }
  assert.equal(await sendTo(['127.0.0.2'], ['127.0.0.1']), { status: 204 })
  assert.is(asked, 1)
  assert.equal(await sendTo(['127.0.0.1'], ['127.0.0.2']), refused)
  assert.equal(await sendTo(['10.0.0.1', '192.168.0.1']), refused)
  // One of several that is allowed is taken, and none of the others.
  assert.equal(await sendTo(['127.0.0.1', '127.0.0.2']), { status: 204 })
  assert.is(inner.received.length, 0)
  assert.is(outer.received.length, 2)
  assert.is(outer.received[0]?.headers.host, `hooks.example:${inner.port}`)
  await inner.stop()
  await outer.stop()
})

test('when the server stops, what is under way is broken off and not taken for a failure', () =>
  withReceiver(async (receiver) => {
    receiver.answer = () => {}
    const stopping = new AbortController()
    const deliver = createWebhookSender({ allowPrivate: [loopback] })
    const sent = deliver({ url: receiver.url, event, secrets: [secret], at: 0 }, stopping.signal)
    await receiver.until(1)
    stopping.abort()
    const outcome = await sent.then(
      () => 'an outcome',
      () => 'broken off',
    )
    assert.is(outcome, 'broken off')
  }))

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}

test('no more than eight names are looked up at once, however long that takes', async () => {
  const asked: (() => void)[] = []
  // The time limit of a sending keeps no process alive.
  const alive = setInterval(() => {}, 1000)
  const deliver = createWebhookSender({
    allowPrivate: [loopback],
    timeoutMs: 50,
    resolve(_hostname, _options, callback) {
      asked.push(() => callback(new Error('at last'), []))
    },
  })
  const one = () => {
    const delivery = { url: 'http://slow.example/', event, secrets: [secret], at: event.at }
    return deliver(delivery, new AbortController().signal)
  }
  const outcomes = await Promise.all(Array.from({ length: 12 }, one))
  assert.is(asked.length, 8)
  assert.equal(outcomes.map((outcome) => ('error' in outcome ? outcome.error : '')).toSorted(), [
    ...Array(8).fill('timeout'),
    ...Array(4).fill('unreachable'),
  ])
  for (const answer of asked.splice(0)) {
    answer()
  }
  await one()
  assert.is(asked.length, 1)
  clearInterval(alive)
})

test.run()
