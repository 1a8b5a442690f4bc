import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask as askCrossbar, pathOf as crossbarPath } from '../../support/crossbar.ts'
import { recordedOf } from '../../support/recorded.ts'
import { createAccount, type Parameters, type Reply, send } from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'
import {
  quiet,
  type Receiver,
  signatureOf,
  startReceiver,
  toReceivers,
  waitFor,
} from '../../support/webhook-receiver.ts'

type WebhookJson = {
  readonly sid: string
  readonly secret?: string
  readonly url: string
  readonly [key: string]: unknown
}

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

const pathOf = (owner: Pick<Login, 'sid'>, rest = '') => `/Accounts/${owner.sid}/Webhooks${rest}`

function ask(login: Login, method: string, path: string, form?: Parameters): Promise<Reply> {
  return send(app, login, method, path, form, { Accept: 'application/json' })
}

async function make(owner: Login, given: Parameters = {}): Promise<WebhookJson> {
  const reply = await ask(owner, 'POST', pathOf(owner), { Url: receiver.url, ...given })
  assert.is(reply.status, 200, reply.text)
  // The shape is proved by the test of the API description.
  return reply.json() as WebhookJson
}

function textOf(reply: Reply): string {
  return /<Message>(.*)<\/Message>/.exec(reply.text)?.[1] ?? String(Object(reply.json()).message)
}

/** What was sent to a path of the receiver, when it is as much as is expected. */
async function sentTo(path: string, count: number) {
  const found = () => receiver.received.filter((each) => each.path === path)
  return waitFor(() => (found().length >= count ? found() : undefined))
}

test('a webhook is made, read, listed, changed and deleted; its secret is shown once', async () => {
  const owner = await createAccount(app, app.root)
  const { secret = '', ...made } = await make(owner)
  assert.match(made.sid, /^WH[0-9a-f]{32}$/)
  const { sid, date_created, date_updated, ...rest } = made
  assert.equal(rest, {
    ...{ account_sid: owner.sid, friendly_name: `127.0.0.1:${receiver.port}`, url: receiver.url },
    ...{ events: ['all'], include_subaccounts: false, enabled: true },
    ...{ pending_count: 0, failed_count: 0 },
    uri: `/2012-04-24/Accounts.json/${owner.sid}/Webhooks/${sid}`,
  })
  assert.is(date_created, date_updated)
  const one = pathOf(owner, `/${sid}`)
  assert.equal((await ask(owner, 'GET', one)).json(), made)
  assert.equal((await ask(app.root, 'GET', pathOf(owner))).json(), [made])
  const form = {
    ...{ FriendlyName: 'Billing', Events: 'account.close, callflow.create', Enabled: 'FALSE' },
    ...{ IncludeSubaccounts: 'true', Url: 'https://hooks.example' },
  }
  for (const method of ['POST', 'PUT']) {
    const changed = (await ask(owner, method, one, form)).json() as WebhookJson
    const { friendly_name, url, events, include_subaccounts, enabled } = changed
    assert.equal([friendly_name, url], ['Billing', 'https://hooks.example/'])
    assert.equal(events, ['account.close', 'callflow.create'])
    assert.equal([include_subaccounts, enabled], [true, false])
  }
  const listed = await ask(owner, 'GET', pathOf(owner))
  for (const text of [listed.text, app.log(), JSON.stringify(await recordedOf(app.store, sid))]) {
    assert.not.ok(text.includes(secret.slice(6)))
  }
  const gone = await ask(owner, 'DELETE', one)
  assert.equal([gone.status, gone.text], [204, ''])
  assert.equal(
    [(await ask(owner, 'GET', one)).status, (await ask(owner, 'DELETE', one)).status],
    [404, 404],
  )
})

test('a webhook that is made again under its key is the same, without its secret', async () => {
  const owner = await createAccount(app, app.root)
  const create = (key: string, Url: string, Accept = 'application/json') =>
    send(app, owner, 'POST', pathOf(owner), { Url }, { Accept, 'Idempotency-Key': key })
  const listed = async () => (await ask(owner, 'GET', pathOf(owner))).json()
  const all = await Promise.all(Array.from({ length: 8 }, () => create('a', receiver.url)))
  const [first, ...more] = all.filter(({ headers }) => !headers.has('idempotent-replayed'))
  assert.ok(first)
  assert.equal([first.status, more], [200, []])
  const { secret, ...made } = first.json() as WebhookJson
  assert.match(String(secret), /^whsec_/)
  for (const again of all.filter((each) => each !== first)) {
    assert.equal([again.status, again.headers.get('idempotent-replayed')], [200, 'true'])
    assert.equal(again.json(), made)
  }
  assert.equal(await listed(), [made])
  const xml = await create('a', receiver.url, 'application/xml')
  assert.ok(xml.text.includes(made.sid))
  assert.not.match(xml.text, 'Secret')
  const other = await create('a', 'https://hooks.example/')
  assert.equal(
    [other.status, textOf(other)],
    [422, 'The Idempotency-Key was used before for another request'],
  )
  assert.is((await create('two words', receiver.url)).status, 400)
  await ask(owner, 'DELETE', pathOf(owner, `/${made.sid}`))
  assert.is((await create('a', receiver.url)).status, 404)
  assert.equal(await listed(), [])
})

test('XML holds the same facts, in elements', async () => {
  const owner = await createAccount(app, app.root)
  const given = { Url: 'https://hooks.example/a?b=1&c=2', FriendlyName: '<A&B>' }
  const made = await send(app, owner, 'POST', pathOf(owner), given)
  const secret = /<Secret>(whsec_.{44})<\/Secret>/.exec(made.text)?.[1]
  assert.ok(secret)
  const read = (await send(app, owner, 'GET', pathOf(owner))).text
  assert.match(read, /^<RestcommResponse>\n {2}<Webhooks>\n {4}<Webhook>\n {6}<Sid>WH/)
  for (const element of [
    '<FriendlyName>&lt;A&amp;B&gt;</FriendlyName>',
    '<Url>https://hooks.example/a?b=1&amp;c=2</Url>',
    '<Events>all</Events>',
    '<IncludeSubaccounts>false</IncludeSubaccounts>',
    '<PendingCount>0</PendingCount>',
  ]) {
    assert.ok(read.includes(element), element)
  }
  assert.not.match(read, 'Secret')
})

test('bad parameters are refused by name', async () => {
  const owner = await createAccount(app, app.root)
  const refusals: readonly (readonly [Parameters, string])[] = [
    [{ Url: '' }, 'Url can not be null.'],
    [{ Url: 'hooks.example' }, 'Url hooks.example is invalid'],
    [{ Url: 'ftp://hooks.example/' }, 'Url ftp://hooks.example/ is invalid'],
    [{ Url: 'file:///etc/passwd' }, 'Url file:///etc/passwd is invalid'],
    [{ Url: 'https://me:it@hooks.example/' }, 'Url https://me:it@hooks.example/ is invalid'],
    [{ Url: 'https://hooks.example/#x' }, 'Url https://hooks.example/#x is invalid'],
    [
      { Url: `https://h.example/${'x'.repeat(2048)}` },
      'Url is invalid: longer than 2048 characters',
    ],
    [{ FriendlyName: 'x'.repeat(129) }, 'FriendlyName is invalid: longer than 128 characters'],
    [{ Enabled: 'yes' }, 'Enabled yes is invalid: one of true, false'],
    [{ Events: '' }, 'Events  is invalid: one of all, account.create'],
    [{ Events: 'account.closed' }, 'Events account.closed is invalid: one of all, account.create'],
    [{ url: 'https://hooks.example/' }, 'Parameter url is invalid: it is written Url'],
  ]
  for (const [form, message] of refusals) {
    const reply = await ask(owner, 'POST', pathOf(owner), { Url: receiver.url, ...form })
    assert.is(reply.status, 400, reply.text)
    assert.ok(textOf(reply).startsWith(message), textOf(reply))
  }
  assert.equal((await ask(owner, 'GET', pathOf(owner))).json(), [])
})

test('Administrators of the account and those above it may, and nobody else', async () => {
  const owner = await createAccount(app, app.root)
  const others = [
    await createAccount(app, owner),
    await createAccount(app, app.root),
    await createAccount(app, app.root, { Status: 'suspended' }),
  ]
  const { sid } = await make(owner)
  for (const login of others) {
    for (const [method, path] of requestsTo(owner, sid)) {
      assert.is((await ask(login, method, path, {})).status, 403, `${method} ${path}`)
    }
  }
  const developer = await createAccount(app, app.root, { Role: 'Developer' })
  for (const [method, path] of requestsTo(developer, sid)) {
    assert.is((await ask(developer, method, path, {})).status, 403, `${method} ${path}`)
  }
  // A webhook of another account is none of this one, whoever asks.
  const [, ...items] = requestsTo(developer, sid)
  for (const [method, path] of items.filter(([, path]) => path.includes('WH'))) {
    assert.is((await ask(app.root, method, path, {})).status, 404, `${method} ${path}`)
  }
  assert.is((await ask(app.root, 'GET', pathOf(owner, `/${sid}`))).status, 200)
})

function requestsTo(owner: Login, sid: string): readonly (readonly [string, string])[] {
  const one = pathOf(owner, `/${sid}`)
  return [
    ...[['POST', pathOf(owner)] as const, ['POST', `${one}/Test`] as const],
    ...[['POST', `${one}/Secret`] as const, ['POST', one] as const, ['PUT', one] as const],
    ['DELETE', one],
  ]
}

test('a change is told of, signed, with what has changed and by whom', async () => {
  const owner = await createAccount(app, app.root, { FriendlyName: 'Before' })
  const { secret = '' } = await make(owner, { Url: `${receiver.url}/change` })
  const form = { FriendlyName: 'After', Password: 'another horse' }
  const reply = await send(app, app.root, 'PUT', pathOf(owner).replace('/Webhooks', ''), form)
  const [got] = await sentTo('/hook/change', 1)
  assert.ok(got)
  assert.is(got.headers['webhook-signature'], signatureOf(secret, got))
  const { data, type, id } = got.event
  assert.equal([type, id], ['account.change', got.id])
  assert.equal([data.account_sid, data.target_sid], [owner.sid, owner.sid])
  assert.equal([data.actor_sid, data.dialect], [app.root.sid, 'restcomm'])
  assert.is(data.request_id, reply.headers.get('x-request-id'))
  assert.equal(data.changes, {
    friendlyName: { from: 'Before', to: 'After' },
    ...{ password: { to: 'changed' }, authToken: { to: 'changed' } },
  })
})

test('the branch is told of in the order of each account, the closing itself included', async () => {
  const owner = await createAccount(app, app.root)
  const parameters = { Url: `${receiver.url}/branch`, IncludeSubaccounts: 'true' }
  await make(owner, parameters)
  const low = await createAccount(app, owner)
  const own = await make(low, { Url: `${receiver.url}/low`, Events: 'account.close' })
  for (const name of ['A', 'B', 'C']) {
    await ask(low, 'PUT', `/Accounts/${low.sid}`, { FriendlyName: name })
  }
  await ask(app.root, 'PUT', `/Accounts/${low.sid}`, { Status: 'closed' })
  const branch = await sentTo('/hook/branch', 5)
  const told = branch.map(({ event }) => event.data.changes.friendlyName?.to ?? event.type)
  assert.equal(told.slice(1), ['A', 'B', 'C', 'account.close'])
  assert.is(branch[0]?.event.type, 'account.create')
  assert.is((await sentTo('/hook/low', 1))[0]?.event.type, 'account.close')
  for (const path of [pathOf(low), pathOf(low, `/${own.sid}`)]) {
    assert.is((await ask(owner, 'GET', path)).status, 404)
  }
  assert.is((await ask(owner, 'POST', pathOf(low), { Url: receiver.url })).status, 404)
})

test('a reopening is told of, to those above and to the account itself, by either dialect', async () => {
  const owner = await createAccount(app, app.root)
  const low = await createAccount(app, owner)
  const Events = 'account.close,account.reopen'
  const made = await make(owner, {
    ...{ Url: `${receiver.url}/above`, IncludeSubaccounts: 'true', Events },
  })
  await make(low, { Url: `${receiver.url}/reopened`, Events })
  const close = () => ask(owner, 'PUT', `/Accounts/${low.sid}`, { Status: 'closed' })
  await close()
  assert.is((await ask(owner, 'POST', `/Accounts/${low.sid}/Reopen`)).status, 200)
  await close()
  assert.is((await askCrossbar(app, owner, 'POST', crossbarPath(low, '/reopen'))).status, 200)
  for (const path of ['/hook/above', '/hook/reopened']) {
    const told = (await sentTo(path, 4)).map(({ event }) => event)
    assert.equal(
      told.map(({ type, data }) => [type, data.dialect, data.target_sid]),
      [
        ...[
          ['account.close', 'restcomm', low.sid],
          ['account.reopen', 'restcomm', low.sid],
        ],
        ...[
          ['account.close', 'restcomm', low.sid],
          ['account.reopen', 'crossbar', low.sid],
        ],
      ],
    )
    assert.equal(told.at(-1)?.data.actor_sid, owner.sid)
  }
  for (const got of await sentTo('/hook/above', 4)) {
    assert.is(got.headers['webhook-signature'], signatureOf(made.secret ?? '', got))
  }
})

test('a test event goes to this webhook alone, and how it went is shown', async () => {
  const owner = await createAccount(app, app.root)
  const { sid } = await make(owner, { Url: `${receiver.url}/test` })
  await make(owner, { Url: `${receiver.url}/quiet` })
  const pending = (await ask(owner, 'POST', pathOf(owner, `/${sid}/Test`))).json() as WebhookJson
  assert.is(pending.pending_count, 1)
  const [got] = await sentTo('/hook/test', 1)
  assert.is(got?.event.type, 'webhook.test')
  const shown = await waitFor(async () => {
    const read = (await ask(owner, 'GET', pathOf(owner, `/${sid}`))).json() as WebhookJson
    return read.pending_count === 0 ? read : undefined
  })
  assert.equal(Object(shown.last_attempt).event_sid, got?.id)
  assert.equal(Object(shown.last_attempt).status, 204)
  await quiet()
  assert.not.ok(receiver.received.some(({ path }) => path === '/hook/quiet'))
})

test('an inner address is refused when it is called, and what is wrong is shown', async () => {
  const owner = await createAccount(app, app.root)
  const url = `http://127.0.0.2:${receiver.port}/hook/inner`
  const { sid } = await make(owner, { Url: url })
  await ask(owner, 'POST', pathOf(owner, `/${sid}/Test`))
  const shown = await waitFor(async () => {
    const read = (await ask(owner, 'GET', pathOf(owner, `/${sid}`))).json() as WebhookJson
    return read.last_attempt === undefined ? undefined : read
  })
  assert.is(Object(shown.last_attempt).error, 'address refused')
  assert.is(shown.pending_count, 1)
  assert.type(shown.failing_since, 'string')
})

test('a new secret is shown once, and for a day the old one signs beside it', async () => {
  const owner = await createAccount(app, app.root)
  const { sid, secret: old = '' } = await make(owner, { Url: `${receiver.url}/secret` })
  const rotated = (await ask(owner, 'POST', pathOf(owner, `/${sid}/Secret`))).json() as WebhookJson
  assert.type(rotated.previous_secret_until, 'string')
  await ask(owner, 'POST', pathOf(owner, `/${sid}/Test`))
  const [got] = await sentTo('/hook/secret', 1)
  assert.ok(got)
  const both = `${signatureOf(rotated.secret ?? '', got)} ${signatureOf(old, got)}`
  assert.is(got.headers['webhook-signature'], both)
  assert.is(Object((await ask(owner, 'GET', pathOf(owner, `/${sid}`))).json()).secret, undefined)
})

test.run()
