import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, codes, idOf, member, pathOf } from '../../support/crossbar.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'
import {
  type Receiver,
  signatureOf,
  startReceiver,
  toReceivers,
} from '../../support/webhook-receiver.ts'

let app: TestApp
let receiver: Receiver
test.before(async () => {
  app = await startApp({ config: toReceivers })
  receiver = await startReceiver()
})
test.after(async () => {
  await app.stop()
  await receiver.stop()
})

test('a webhook made here is told of a callflow, and is the same in the other dialect', async () => {
  const owner = await member(app, app.root)
  const low = await member(app, owner)
  const data = { uri: receiver.url, include_subaccounts: true, events: ['callflow.create'] }
  const made = await ask(app, owner, 'PUT', pathOf(owner, '/webhooks'), { data })
  assert.is(made.status, 201, made.text)
  const { id, secret, name, enabled } = made.data
  assert.equal([name, enabled], [new URL(receiver.url).host, true])
  const one = pathOf(owner, `/webhooks/${id}`)
  assert.is(made.headers.get('location'), `/v2${one}`)
  const flow = { numbers: ['100'], flow: { module: 'play', data: { id: 'x' } } }
  const callflow = await ask(app, low, 'PUT', pathOf(low, '/callflows'), { data: flow })
  const [got] = await receiver.until(1)
  assert.ok(got)
  assert.is(got.headers['webhook-signature'], signatureOf(String(secret), got))
  assert.equal([got.event.type, got.event.data.dialect], ['callflow.create', 'crossbar'])
  assert.equal(
    [got.event.data.account_sid, got.event.data.target_sid],
    [low.sid, `CF${callflow.data.id}`],
  )
  const [listed] = (await ask(app, owner, 'GET', pathOf(owner, '/webhooks'))).list
  assert.equal([listed?.id, listed?.secret], [id, undefined])
  assert.is((await app.store.findWebhook(owner.sid, `WH${id}`))?.url, receiver.url)
})

test('a document is read, sent back, patched and refused with its faults', async () => {
  const owner = await member(app, app.root)
  const all = pathOf(owner, '/webhooks')
  const made = await ask(app, owner, 'PUT', all, { data: { uri: 'https://hooks.example/' } })
  const one = `${all}/${made.data.id}`
  const read = await ask(app, owner, 'GET', one)
  const back = await ask(app, owner, 'POST', one, { data: read.data })
  assert.is(back.status, 200, back.text)
  assert.equal(back.data, { ...read.data, modified: back.data.modified ?? 0 })
  const ifMatch = { 'If-Match': read.headers.get('etag') ?? '' }
  const stale = await ask(app, owner, 'PATCH', one, { data: { name: 'A' }, headers: ifMatch })
  assert.is(stale.status, 412)
  const patched = await ask(app, owner, 'PATCH', one, { data: { name: 'A', enabled: false } })
  const { name, enabled, uri } = patched.data
  assert.equal([name, enabled, uri], ['A', false, 'https://hooks.example/'])
  const faults = [
    [{}, { uri: ['required'] }],
    [{ uri: 'ftp://hooks.example/' }, { uri: ['invalid'] }],
    [{ uri: 'https://h.example/', events: ['x'] }, { 'events.0': ['enum'] }],
    [{ uri: 'https://h.example/', http_verb: 'get' }, { http_verb: ['additionalProperties'] }],
  ] as const
  for (const [data, expected] of faults) {
    const refused = await ask(app, owner, 'PUT', all, { data })
    assert.equal([refused.status, codes(refused)], [400, expected])
  }
})

test('who may not is refused, and a closed account has none', async () => {
  const owner = await member(app, app.root)
  const low = await member(app, owner)
  const all = pathOf(low, '/webhooks')
  const stranger = await member(app, app.root)
  assert.is((await ask(app, stranger, 'GET', all)).status, 403)
  assert.is((await ask(app, low, 'GET', pathOf(owner, '/webhooks'))).status, 403)
  assert.is((await ask(app, owner, 'GET', all)).status, 200)
  assert.is((await ask(app, owner, 'DELETE', pathOf(low))).status, 200)
  const gone = await ask(app, owner, 'GET', all)
  assert.equal([gone.status, gone.data.cause], [404, idOf(low.sid)])
})

test.run()
