import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, type Document, freshName, idOf, md5, member, pathOf } from './support/crossbar.ts'
import { recordedOf } from './support/recorded.ts'
import { basic, createAccount, freshEmail, send } from './support/restcomm.ts'
import { startApp, type TestApp } from './support/start-app.ts'

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

/** What the three dialects have to say alike of one account. */
type Facts = { readonly name: unknown; readonly status: string; readonly token: unknown }

async function viaTwilio(method: string, path: string, form?: Record<string, string>) {
  const response = await fetch(`${app.url}/2010-04-01/Accounts${path}.json`, {
    method,
    headers: { Authorization: basic(app.root.sid, app.root.token) },
    ...(form && { body: new URLSearchParams(form) }),
  })
  return { status: response.status, body: (await response.json()) as Document }
}

async function viaRestcomm(method: string, sid: string, form?: Record<string, string>) {
  const reply = await send(app, app.root, method, `/Accounts.json/${sid}`, form)
  return { status: reply.status, body: reply.json() as Document }
}

function viaCrossbar(method: string, sid: string, data?: Document) {
  return ask(app, app.root, method, pathOf({ sid }), { data })
}

async function assertAllSay(sid: string, { name, status, token }: Facts): Promise<void> {
  const restcomm = (await viaRestcomm('GET', sid)).body
  const twilio = (await viaTwilio('GET', `/${sid}`)).body
  const crossbar = (await viaCrossbar('GET', sid)).data
  const key = await ask(app, app.root, 'GET', pathOf({ sid }, '/api_key'))
  assert.equal([restcomm.friendly_name, twilio.friendly_name, crossbar.name], [name, name, name])
  assert.equal([restcomm.status, twilio.status], [status, status])
  assert.is(crossbar.enabled, status === 'active')
  assert.equal([restcomm.auth_token, twilio.auth_token, key.data.api_key], [token, token, token])
  assert.equal([restcomm.sid, twilio.sid, `AC${crossbar.id}`], [sid, sid, sid])
  const created = Number(crossbar.created) - 62_167_219_200
  const seconds = (text: unknown) => Math.floor(Date.parse(String(text)) / 1000)
  assert.is(seconds(restcomm.date_created), created)
  assert.is(seconds(twilio.date_created), created)
}

test('an account made through Restcomm is the same in the other two', async () => {
  const name = freshName()
  const { sid, token } = await createAccount(app, app.root, { FriendlyName: name })
  await assertAllSay(sid, { name, status: 'active', token })
})

test('an account made through Twilio is the same in the other two', async () => {
  const name = freshName()
  const { status, body } = await viaTwilio('POST', '', { FriendlyName: name })
  assert.is(status, 201)
  await assertAllSay(String(body.sid), { name, status: 'active', token: body.auth_token })
})

test('an account made through Crossbar is the same in the other two', async () => {
  const { sid, token, document } = await member(app, app.root)
  await assertAllSay(sid, { name: document.name, status: 'active', token })
  const { body } = await viaRestcomm('GET', sid)
  assert.not.ok('email_address' in body)
})

test('a name that one dialect changes is changed in all, and the document stays', async () => {
  const { sid, token } = await member(app, app.root, { kept: { by: 'everyone' } })
  const rename = [
    (name: string) => viaRestcomm('PUT', sid, { FriendlyName: name }),
    (name: string) => viaTwilio('POST', `/${sid}`, { FriendlyName: name }),
    (name: string) => viaCrossbar('PATCH', sid, { name }),
  ]
  for (const change of rename) {
    const name = freshName()
    assert.is((await change(name)).status, 200)
    await assertAllSay(sid, { name, status: 'active', token })
    assert.equal((await viaCrossbar('GET', sid)).data.kept, { by: 'everyone' })
  }
})

test('a status that one dialect sets is what the others show', async () => {
  const { sid, token, document } = await member(app, app.root)
  const { name } = document
  const off = [
    () => viaRestcomm('PUT', sid, { Status: 'suspended' }),
    () => viaTwilio('POST', `/${sid}`, { Status: 'suspended' }),
    () => viaCrossbar('PATCH', sid, { enabled: false }),
  ]
  const on = [
    () => viaTwilio('POST', `/${sid}`, { Status: 'active' }),
    () => viaCrossbar('PATCH', sid, { enabled: true }),
    () => viaRestcomm('PUT', sid, { Status: 'active' }),
  ]
  for (const [index, suspend] of off.entries()) {
    assert.is((await suspend()).status, 200)
    await assertAllSay(sid, { name, status: 'suspended', token })
    assert.is((await on[index]?.())?.status, 200)
    await assertAllSay(sid, { name, status: 'active', token })
  }
})

test('below a suspended account Crossbar shows the own switch, the others what counts', async () => {
  const parent = await member(app, app.root)
  const child = await member(app, parent)
  await viaTwilio('POST', `/${parent.sid}`, { Status: 'suspended' })
  assert.is((await viaCrossbar('GET', child.sid)).data.enabled, true)
  assert.is((await viaRestcomm('GET', child.sid)).body.status, 'suspended')
  assert.is((await viaTwilio('GET', `/${child.sid}`)).body.status, 'suspended')
  assert.is((await ask(app, child, 'GET', pathOf(child))).status, 401)
})

test('what one dialect closes is closed in all', async () => {
  const closings = [
    (sid: string) => viaRestcomm('PUT', sid, { Status: 'closed' }),
    (sid: string) => viaTwilio('POST', `/${sid}`, { Status: 'closed' }),
    (sid: string) => viaCrossbar('DELETE', sid),
  ]
  for (const close of closings) {
    const { sid } = await member(app, app.root)
    assert.is((await close(sid)).status, 200)
    assert.is((await viaRestcomm('GET', sid)).body.status, 'closed')
    assert.is((await viaTwilio('GET', `/${sid}`)).body.status, 'closed')
    assert.is((await viaCrossbar('GET', sid)).status, 404)
    assert.is((await viaRestcomm('PUT', sid, { FriendlyName: 'x' })).status, 400)
  }
})

test('a place in the tree is the same in all', async () => {
  const parent = await createAccount(app, app.root, { FriendlyName: freshName() })
  const child = await member(app, parent)
  const list = await send(app, parent, 'GET', '/Accounts.json')
  assert.match(list.text, child.sid)
  assert.is((await viaTwilio('GET', `/${child.sid}`)).body.owner_account_sid, parent.sid)
  const other = await member(app, app.root)
  const data = { to: idOf(other.sid) }
  const moved = await ask(app, app.root, 'POST', pathOf(child, '/move'), { data })
  assert.is(moved.status, 200)
  assert.not.match((await send(app, parent, 'GET', '/Accounts.json')).text, child.sid)
  assert.is((await viaTwilio('GET', `/${child.sid}`)).body.owner_account_sid, other.sid)
})

test('a password set through Restcomm opens a session through Crossbar', async () => {
  const email = freshEmail()
  const password = 'battery staple'
  const name = freshName()
  const form = { EmailAddress: email.toUpperCase(), Password: password, FriendlyName: name }
  await createAccount(app, app.root, form)
  const data = { credentials: md5(`${email}:${password}`), account_name: name }
  assert.is((await ask(app, undefined, 'PUT', '/user_auth', { data })).status, 201)
})

test('every change is written down with the dialect it came through', async () => {
  const { sid } = await member(app, app.root)
  await viaRestcomm('PUT', sid, { FriendlyName: freshName() })
  await viaTwilio('POST', `/${sid}`, { FriendlyName: freshName() })
  await viaCrossbar('PATCH', sid, { name: freshName() })
  const dialects = (await recordedOf(app.store, sid)).map(({ dialect }) => dialect)
  assert.equal(dialects, ['crossbar', 'restcomm', 'twilio', 'crossbar'])
})

test.run()
