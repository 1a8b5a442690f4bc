import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createAccount, type Parameters, send } from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'
import {
  type Receiver,
  signatureOf,
  startReceiver,
  waitFor,
} from '../../support/webhook-receiver.ts'

const loopback = [{ address: '127.0.0.1', prefix: 32, family: 'ipv4' }] as const

type WebhookJson = {
  readonly sid: string
  readonly secret?: string
  readonly events: readonly string[]
  readonly [key: string]: unknown
}

let app: TestApp
let receiver: Receiver
test.before(async () => {
  app = await startApp({ config: { webhookAllowPrivate: loopback } })
  receiver = await startReceiver()
})
test.after(async () => {
  await app.stop()
  await receiver.stop()
})

async function make(login: Login, owner: Login, given: Parameters = {}): Promise<WebhookJson> {
  const parameters = { Url: receiver.url, ...given }
  const path = `/Accounts.json/${owner.sid}/Webhooks`
  const reply = await send(app, login, 'POST', path, parameters)
  assert.is(reply.status, 200, reply.text)
  return reply.json() as WebhookJson
}

test('a webhook is made, and told of a change of its account with what has changed', async () => {
  const owner = await createAccount(app, app.root, { FriendlyName: 'Before' })
  const { secret = '', ...webhook } = await make(owner, owner)
  const before = receiver.received.length
  await send(app, app.root, 'PUT', `/Accounts/${owner.sid}`, { FriendlyName: 'After' })
  const got = (await receiver.until(before + 1))[before]
  assert.ok(got)
  assert.is(got.event.type, 'account.change')
  assert.equal(got.event.data.changes, { friendlyName: { from: 'Before', to: 'After' } })
  assert.is(got.headers['webhook-signature'], signatureOf(secret, got))
  await waitFor(async () => {
    const path = `/Accounts.json/${owner.sid}/Webhooks/${webhook.sid}`
    const read = (await send(app, owner, 'GET', path)).json() as WebhookJson
    return read.pending_count === 0 ? read : undefined
  })
})

test.run()
