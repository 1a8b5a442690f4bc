import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type AccountJson,
  anyPassword,
  createAccount,
  freshEmail,
  type Parameters,
  type Reply,
  send,
} from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'

let app: TestApp
let now = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
test.before(async () => {
  app = await startApp({ now: () => now })
})
test.after(() => app.stop())

const denied = [403, 'Access denied']

test('an update changes what it names, and answers with the new state', async () => {
  const { account, sid } = await createAccount(app, app.root, { FriendlyName: 'old' })
  now += 5000
  const reply = await put(sid, { FriendlyName: 'new', Role: 'Developer', Status: 'suspended' })
  assert.is(reply.status, 200)
  const expected = {
    ...account,
    friendly_name: 'new',
    role: 'Developer',
    status: 'suspended',
    date_updated: '2026-01-02T03:04:10.678+00:00',
  }
  assert.equal(accountOf(reply), expected)
  assert.equal(accountOf(await read(sid)), expected)
})

test('an update that names nothing, or has no body, changes DateUpdated alone', async () => {
  const { account, sid } = await createAccount(app, app.root)
  let changedAt = account.date_updated
  for (const form of [{}, undefined]) {
    now += 5000
    const reply = await send(app, app.root, 'PUT', `/Accounts.json/${sid}`, form)
    assert.is(reply.status, 200)
    const { date_updated, ...rest } = accountOf(reply)
    assert.is(Date.parse(date_updated), Date.parse(changedAt) + 5000)
    assert.equal({ ...rest, date_updated: account.date_updated }, account)
    changedAt = date_updated
  }
})

test('an account is updated by its e-mail as well, encoded or not', async () => {
  const { sid, email } = await createAccount(app, app.root)
  for (const spelling of [email, encodeURIComponent(email), email.toUpperCase()]) {
    const reply = await put(spelling, { FriendlyName: spelling })
    assert.is(accountOf(reply).sid, sid)
    assert.is(accountOf(reply).friendly_name, spelling)
  }
})

test('what may not be changed is ignored without complaint', async () => {
  const { account, sid } = await createAccount(app, app.root)
  const other = await createAccount(app, app.root)
  const reply = await put(sid, {
    EmailAddress: freshEmail(),
    Sid: other.sid,
    AuthToken: '0'.repeat(32),
    Auth_Token: '0'.repeat(32),
    OrganizationSid: 'OR00000000000000000000000000000000',
    Type: 'Trial',
    DateCreated: 'never',
    ParentSid: other.sid,
    Uri: '/elsewhere',
    Whatever: 'x',
  })
  assert.is(reply.status, 200)
  assert.equal({ ...accountOf(reply), date_updated: '' }, { ...account, date_updated: '' })
})

test('a new password gives a new random token, and nothing else', async () => {
  const { account, sid, token } = await createAccount(app, app.root)
  const tokens = new Set([token])
  for (const password of ['second horse', 'second horse', 'restcomm', 'NewPassword']) {
    const reply = await put(sid, { Password: password })
    assert.is(reply.status, 200)
    const { auth_token, ...rest } = accountOf(reply)
    assert.match(String(auth_token), /^[0-9a-f]{32}$/)
    tokens.add(String(auth_token))
    assert.equal({ ...rest, auth_token: token, date_updated: account.date_updated }, account)
    assert.is(await statusOfLogin(sid, password), 200)
    assert.is(await statusOfLogin(sid, String(auth_token)), 200)
  }
  assert.is(tokens.size, 5)
})

test('a refused password leaves token and password as they were', async () => {
  const { sid, token, email } = await createAccount(app, app.root, { FriendlyName: 'A fine name' })
  const refused = [
    '',
    'short',
    '1234',
    'asdf123',
    email,
    'a fine name',
    'password1',
    'x'.repeat(73),
  ]
  for (const password of refused) {
    assert.is((await put(sid, { Password: password })).status, 400, password)
  }
  assert.equal(refusal(await put(sid, { Password: 'asdf123' })), [400, 'Password too weak'])
  assert.is(await statusOfLogin(sid, token), 200)
  assert.is(await statusOfLogin(sid, anyPassword), 200)
})

test('a password may not be the name that comes with it', async () => {
  const { sid } = await createAccount(app, app.root)
  const form = { FriendlyName: 'Brand New Name', Password: 'brand new name' }
  assert.equal(refusal(await put(sid, form)), [400, 'Password too weak'])
})

test('a name of 64 code points fits and one of 65 does not', async () => {
  const { sid } = await createAccount(app, app.root)
  for (const one of ['x', '\u00e9', '\u{1f600}']) {
    const fits = await put(sid, { FriendlyName: one.repeat(64) })
    assert.is(accountOf(fits).friendly_name, one.repeat(64))
    const tooLong = await put(sid, { FriendlyName: one.repeat(65) })
    assert.is(tooLong.status, 400)
    assert.match(messageOf(tooLong), /^FriendlyName is invalid/)
  }
})

test('a refused update changes nothing at all', async () => {
  const { account, sid } = await createAccount(app, app.root)
  const good = {
    FriendlyName: 'new',
    Status: 'suspended',
    Role: 'Developer',
    Password: 'fine pony',
  }
  for (const bad of [{ Password: '1234' }, { Role: 'SuperAdmin' }, { Status: 'asleep' }]) {
    assert.is((await put(sid, { ...good, ...bad })).status, 400)
    assert.equal(accountOf(await read(sid)), account)
  }
})

test('the first fault is reported: status, name, password, then role', async () => {
  const { sid } = await createAccount(app, app.root)
  const form: Record<string, string> = {
    Status: 'asleep',
    FriendlyName: 'x'.repeat(65),
    Password: '1234',
    Role: 'SuperAdmin',
  }
  assert.equal(refusal(await put(sid, form)), [400, 'asleep is not a valid account status.'])
  form.Status = 'active'
  assert.match(messageOf(await put(sid, form)), /^FriendlyName/)
  form.FriendlyName = 'x'
  assert.equal(refusal(await put(sid, form)), [400, 'Password too weak'])
  form.Password = 'fine pony'
  assert.match(messageOf(await put(sid, form)), /^Role SuperAdmin is invalid/)
})

test('an Administrator gives its descendants any role, and takes it at the next request', async () => {
  const parent = await createAccount(app, app.root)
  const child = await createAccount(app, parent)
  const grandchild = await createAccount(app, child)
  for (const role of ['Developer', 'User', 'Guest', 'Administrator']) {
    assert.is(accountOf(await put(child.sid, { Role: role }, parent)).role, role)
    const reach = await read(grandchild.sid, child)
    assert.is(reach.status, role === 'Administrator' ? 200 : 403)
  }
})

test('nobody changes the own role, but may send it along as it is', async () => {
  const administrator = await createAccount(app, app.root)
  for (const caller of [app.root, administrator]) {
    assert.is((await put(caller.sid, { Role: 'Developer' }, caller)).status, 403)
    assert.is((await put(caller.sid, { Role: 'Administrator' }, caller)).status, 200)
  }
})

test('a Developer changes itself, but no role', async () => {
  const developer = await createAccount(app, app.root, { Role: 'Developer' })
  const renamed = await put(developer.sid, { FriendlyName: 'new' }, developer)
  assert.is(accountOf(renamed).friendly_name, 'new')
  for (const role of ['Administrator', 'Developer', 'Guest']) {
    const reply = await put(developer.sid, { FriendlyName: 'newer', Role: role }, developer)
    assert.equal(refusal(reply), [403, 'Only Administrator allowed'])
  }
  assert.is(accountOf(await read(developer.sid)).friendly_name, 'new')
})

test('a Developer reaches nothing but itself, not even its own children', async () => {
  const developer = await createAccount(app, app.root, { Role: 'Developer' })
  const reply = await send(app, developer, 'POST', '/Accounts.json', {
    EmailAddress: freshEmail(),
    Password: anyPassword,
  })
  const child = accountOf(reply).sid
  for (const sid of [child, app.root.sid]) {
    assert.equal(refusal(await put(sid, { FriendlyName: 'x' }, developer)), denied)
    assert.equal(refusal(await read(sid, developer)), denied)
  }
})

test('a User and a Guest change nothing, not even themselves', async () => {
  for (const role of ['User', 'Guest']) {
    const caller = await createAccount(app, app.root, { Role: role })
    assert.equal(refusal(await put(caller.sid, { FriendlyName: 'x' }, caller)), denied)
    assert.is((await read(caller.sid, caller)).status, role === 'User' ? 200 : 403)
  }
})

test('an Administrator reaches itself and everything below, and nothing above or beside', async () => {
  const uncle = await createAccount(app, app.root)
  const cousin = await createAccount(app, uncle)
  const parent = await createAccount(app, app.root)
  const caller = await createAccount(app, parent)
  const sibling = await createAccount(app, parent)
  const nephew = await createAccount(app, sibling)
  const child = await createAccount(app, caller)
  const grandchild = await createAccount(app, child)
  for (const { sid } of [caller, child, grandchild]) {
    assert.is((await read(sid, caller)).status, 200)
    assert.is((await put(sid, { FriendlyName: 'x' }, caller)).status, 200)
  }
  for (const { sid } of [app.root, parent, uncle, cousin, sibling, nephew]) {
    assert.equal(refusal(await read(sid, caller)), denied)
    assert.equal(refusal(await put(sid, { FriendlyName: 'x' }, caller)), denied)
  }
})

test('to all but the root, an account that does not exist looks like one of a stranger', async () => {
  const stranger = await createAccount(app, app.root)
  for (const role of ['Administrator', 'Developer', 'User', 'Guest']) {
    const caller = await createAccount(app, app.root, { Role: role })
    for (const id of ['AC00000000000000000000000000000000', 'nobody@example.com', 'nobody']) {
      for (const method of ['GET', 'PUT', 'POST']) {
        const form = method === 'GET' ? undefined : { FriendlyName: 'x' }
        const unknown = await send(app, caller, method, `/Accounts/${id}`, form)
        const foreign = await send(app, caller, method, `/Accounts/${stranger.sid}`, form)
        assert.is(unknown.status, 403)
        assert.is(unknown.text, foreign.text)
        assert.equal(comparable(unknown), comparable(foreign))
      }
    }
  }
})

test('an account that does not exist is 404 to the root', async () => {
  for (const id of ['AC00000000000000000000000000000000', 'nobody@example.com', 'nobody']) {
    for (const reply of [await put(id, { FriendlyName: 'x' }), await read(id)]) {
      assert.equal(refusal(reply), [404, 'Account not found'])
    }
  }
})

test('whether the caller may is settled before the form is read', async () => {
  const { sid } = await createAccount(app, app.root)
  const stranger = await createAccount(app, app.root)
  const broken = { Status: 'asleep' }
  assert.equal(refusal(await put(sid, broken, stranger)), denied)
  assert.is((await put('nobody@example.com', broken)).status, 404)
})

function put(id: string, form: Parameters, login: Login = app.root): Promise<Reply> {
  return send(app, login, 'PUT', `/Accounts.json/${id}`, form)
}

function read(id: string, login: Login = app.root): Promise<Reply> {
  return send(app, login, 'GET', `/Accounts.json/${id}`)
}

async function statusOfLogin(sid: string, secret: string): Promise<number> {
  return (await read(sid, { sid, token: secret, email: '' })).status
}

/** What two answers to different requests must have in common. */
function comparable({ headers }: Reply): readonly unknown[] {
  return [...headers].filter(([name]) => name !== 'x-request-id' && name !== 'date')
}

function accountOf({ text }: Reply): AccountJson {
  return JSON.parse(text)
}

function messageOf({ text }: Reply): string {
  return JSON.parse(text).message
}

function refusal(reply: Reply): [number, string] {
  return [reply.status, messageOf(reply)]
}

test.run()
