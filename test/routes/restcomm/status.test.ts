import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type AccountJson,
  createAccount,
  freshEmail,
  type Parameters,
  type Reply,
  send,
} from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

const living = ['active', 'suspended', 'inactive', 'uninitialized'] as const
const notActive = [403, 'Provided Account is not active']

for (const from of living) {
  test(`from ${from} an account may go to any other status`, async () => {
    for (const to of [...living, 'closed']) {
      const { sid } = await createAccount(app, app.root, { Status: from })
      const reply = await put(sid, { Status: to.toUpperCase() })
      assert.is(reply.status, 200)
      assert.is(accountOf(reply).status, to)
      assert.is(await statusOf(sid), to)
    }
  })
}

test('a status that there is not is 400', async () => {
  const { sid } = await createAccount(app, app.root)
  for (const word of ['asleep', '', 'activ', ' active']) {
    const message = `${word} is not a valid account status.`
    assert.equal(refusal(await put(sid, { Status: word })), [400, message])
  }
})

for (const status of ['suspended', 'inactive']) {
  test(`a ${status} account is let in nowhere, and again once it is active`, async () => {
    const caller = await createAccount(app, app.root)
    await put(caller.sid, { Status: status })
    const requests = [
      ['GET', `/Accounts.json/${caller.sid}`],
      ['PUT', `/Accounts.json/${caller.sid}`],
      ['GET', '/Accounts.json'],
      ['POST', '/Accounts.json'],
      ['DELETE', `/Accounts.json/${caller.sid}`],
      ['OPTIONS', '/Accounts.json'],
      ['GET', '/Organizations.json'],
      ['GET', '/Nowhere.json'],
      ['GET', `/Accounts.json/${app.root.sid}`],
    ]
    for (const [method = '', path = ''] of requests) {
      assert.equal(refusal(await send(app, caller, method, path)), notActive, `${method} ${path}`)
    }
    const long = { x: 'x'.repeat(65536) }
    assert.equal(refusal(await send(app, caller, 'POST', '/Accounts.json', long)), notActive)
    await put(caller.sid, { Status: 'active' })
    assert.is((await read(caller.sid, caller)).status, 200)
  })
}

test('a wrong key of an account that is not active is 401 all the same', async () => {
  for (const status of [...living, 'closed']) {
    const { sid, email } = await createAccount(app, app.root, { Status: status })
    for (const token of ['0'.repeat(32), 'wrong password']) {
      assert.is((await read(sid, { sid, email, token })).status, 401, status)
    }
  }
})

test('suspending an account suspends all below it at once, and reactivating gives each its own state back', async () => {
  const parent = await createAccount(app, app.root)
  const between = await createAccount(app, parent)
  const own = [...living, 'closed'] as const
  const below: Login[] = []
  for (const status of own) {
    below.push(await createAccount(app, between, { Status: status }))
  }
  for (const status of ['suspended', 'inactive'] as const) {
    await put(parent.sid, { Status: status })
    assert.is(await statusOf(between.sid), status)
    for (const [index, account] of below.entries()) {
      const shown = await statusOf(account.sid)
      const worst = own[index] === 'closed' ? ['closed'] : ['suspended', 'inactive']
      assert.ok(worst.includes(shown), `${own[index]} below ${status} is shown as ${shown}`)
      assert.equal(refusal(await read(account.sid, account)), notActive)
    }
    await put(parent.sid, { Status: 'active' })
    for (const [index, account] of below.entries()) {
      assert.is(await statusOf(account.sid), own[index])
    }
    assert.is((await read(between.sid, between)).status, 200)
  }
})

test('an account below an uninitialized one is uninitialized, unless it is worse by itself', async () => {
  const parent = await createAccount(app, app.root)
  const active = await createAccount(app, parent)
  const suspended = await createAccount(app, parent, { Status: 'suspended' })
  await put(parent.sid, { Status: 'uninitialized' })
  assert.is(await statusOf(active.sid), 'uninitialized')
  assert.is(await statusOf(suspended.sid), 'suspended')
  assert.equal(refusal(await send(app, active, 'GET', '/Accounts.json')), notActive)
  assert.is((await read(active.sid, active)).status, 200)
})

test('an account is not made active while one above it is not', async () => {
  const grandparent = await createAccount(app, app.root)
  const parent = await createAccount(app, grandparent)
  const child = await createAccount(app, parent, { Status: 'suspended' })
  for (const upper of [grandparent, parent]) {
    for (const status of living.slice(1)) {
      await put(upper.sid, { Status: status })
      const reply = await put(child.sid, { Status: 'active' })
      assert.is(reply.status, 400)
      assert.match(messageOf(reply), /Status.*invalid/)
      await put(upper.sid, { Status: 'active' })
      assert.is(await statusOf(child.sid), 'suspended')
    }
  }
  assert.is((await put(child.sid, { Status: 'active' })).status, 200)
})

test('what becomes of an account below a suspended one shows when that is active again', async () => {
  const parent = await createAccount(app, app.root)
  const child = await createAccount(app, parent)
  await put(parent.sid, { Status: 'suspended' })
  await put(child.sid, { Status: 'inactive', FriendlyName: 'meanwhile' })
  await put(parent.sid, { Status: 'active' })
  const { status, friendly_name } = accountOf(await read(child.sid))
  assert.equal([status, friendly_name], ['inactive', 'meanwhile'])
})

test('an account may suspend itself, and is let in no more', async () => {
  for (const role of ['Administrator', 'Developer']) {
    const caller = await createAccount(app, app.root, { Role: role })
    const reply = await put(caller.sid, { Status: 'suspended' }, caller)
    assert.is(accountOf(reply).status, 'suspended')
    assert.equal(refusal(await read(caller.sid, caller)), notActive)
  }
})

test('the root can be neither suspended nor closed, nor anything but active', async () => {
  for (const status of ['suspended', 'inactive', 'uninitialized', 'closed']) {
    assert.is((await put(app.root.sid, { Status: status })).status, 403, status)
  }
  assert.is((await put(app.root.sid, { Status: 'active' })).status, 200)
  assert.is(await statusOf(app.root.sid), 'active')
})

test('an uninitialized account reads and changes itself, by SID and by e-mail', async () => {
  const caller = await createAccount(app, app.root, { Status: 'uninitialized' })
  for (const id of [caller.sid, encodeURIComponent(caller.email)]) {
    assert.is(accountOf(await read(id, caller)).status, 'uninitialized')
    const reply = await put(id, { FriendlyName: 'new' }, caller)
    assert.equal(accountOf(reply).friendly_name, 'new')
  }
  const ownRole = await put(caller.sid, { Role: 'Administrator', FriendlyName: 'x' }, caller)
  assert.is(ownRole.status, 200)
})

test('for everything else an uninitialized account is not active', async () => {
  const caller = await createAccount(app, app.root)
  const child = await createAccount(app, caller)
  await put(caller.sid, { Status: 'uninitialized' })
  const form = { EmailAddress: freshEmail(), Password: 'correct horse' }
  const requests: readonly (readonly [method: string, path: string, form?: Parameters])[] = [
    ['GET', '/Accounts.json'],
    ['POST', '/Accounts.json', form],
    ['GET', `/Accounts.json/${child.sid}`],
    ['PUT', `/Accounts.json/${child.sid}`, { FriendlyName: 'x' }],
    ['GET', `/Accounts.json/${app.root.sid}`],
    ['GET', '/Accounts.json/nobody@example.com'],
    ['POST', `/Accounts.json/migrate/${child.sid}`, { Organization: 'x' }],
    ['GET', `/Organizations.json/${child.account.organization}`],
    ['GET', '/Organizations.json'],
    ['PUT', '/Organizations.json/example.com'],
  ]
  for (const [method, path, parameters] of requests) {
    const reply = await send(app, caller, method, path, parameters)
    assert.equal(refusal(reply), notActive, `${method} ${path}`)
  }
})

test('outside /Accounts an uninitialized account is not active, whatever it asks for', async () => {
  const caller = await createAccount(app, app.root, { Status: 'uninitialized' })
  for (const method of ['GET', 'DELETE', 'OPTIONS']) {
    for (const path of ['/Nowhere.json', '/Organizations.json']) {
      assert.equal(refusal(await send(app, caller, method, path)), notActive, `${method} ${path}`)
    }
  }
})

test('an uninitialized account cannot make itself active by its status alone', async () => {
  const caller = await createAccount(app, app.root, { Status: 'uninitialized' })
  assert.is((await put(caller.sid, { Status: 'active' }, caller)).status, 403)
  assert.is(await statusOf(caller.sid), 'uninitialized')
})

test('a password makes an uninitialized account active, whoever sets it', async () => {
  for (const role of ['Administrator', 'Developer']) {
    for (const bySelf of [true, false]) {
      const made = await createAccount(app, app.root, { Status: 'uninitialized', Role: role })
      const reply = await put(made.sid, { Password: 'first pony' }, bySelf ? made : app.root)
      assert.is(accountOf(reply).status, 'active')
      const login = { ...made, token: String(accountOf(reply).auth_token) }
      assert.is((await send(app, login, 'GET', '/Accounts.json')).status, 200)
      assert.is((await read(made.sid, made)).status, 401)
    }
  }
})

test('a password makes it active also when a status comes with it', async () => {
  for (const status of ['active', 'suspended', 'inactive', 'uninitialized']) {
    const { sid } = await createAccount(app, app.root, { Status: 'uninitialized' })
    const reply = await put(sid, { Password: 'first pony', Status: status })
    assert.is(accountOf(reply).status, 'active', status)
  }
})

test('a password makes no other account active', async () => {
  for (const status of ['suspended', 'inactive']) {
    const { sid } = await createAccount(app, app.root, { Status: status })
    assert.is(accountOf(await put(sid, { Password: 'first pony' })).status, status)
  }
})

test('below one that is not active, a password makes it active when that is', async () => {
  for (const status of ['suspended', 'uninitialized']) {
    const parent = await createAccount(app, app.root)
    const child = await createAccount(app, parent, { Status: 'uninitialized' })
    await put(parent.sid, { Status: status })
    const bySelf = status === 'uninitialized'
    const reply = await put(child.sid, { Password: 'first pony' }, bySelf ? child : app.root)
    assert.is(accountOf(reply).status, status)
    await put(parent.sid, { Status: 'active' })
    assert.is(await statusOf(child.sid), 'active')
  }
})

function put(id: string, form: Parameters, login: Login = app.root): Promise<Reply> {
  return send(app, login, 'PUT', `/Accounts.json/${id}`, form)
}

function read(id: string, login: Login = app.root): Promise<Reply> {
  return send(app, login, 'GET', `/Accounts.json/${id}`)
}

async function statusOf(sid: string): Promise<string> {
  return accountOf(await read(sid)).status
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
