import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type AccountJson,
  createAccount,
  type Parameters,
  type Reply,
  send,
} from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'

let app: TestApp
let first: string
let second: string
test.before(async () => {
  app = await startApp()
  first = accountOf(await read(app.root.sid)).organization
  const made = await send(app, app.root, 'PUT', '/Organizations.json/Second.example.com')
  second = JSON.parse(made.text).sid
})
test.after(() => app.stop())

const missing = [412, 'Missing Organization SID or Domain Name']

test('a top level account moves to an organization named by SID or domain name', async () => {
  const { sid, account } = await createAccount(app, app.root)
  for (const name of ['second.EXAMPLE.com', second, 'Second.example.com', 'second.example.com.']) {
    const reply = await migrate(sid, { Organization: name })
    assert.is(reply.status, 200)
    const { date_updated } = accountOf(reply)
    assert.equal(accountOf(reply), { ...account, organization: second, date_updated })
    assert.equal(accountOf(await read(sid)), accountOf(reply))
    assert.is((await migrate(sid, { Organization: first })).status, 200)
  }
})

test('the account may be named by its e-mail, encoded or not', async () => {
  const { sid, email } = await createAccount(app, app.root)
  for (const [spelling, organization] of [
    [email, second],
    [encodeURIComponent(email.toUpperCase()), first],
  ] as const) {
    const reply = await migrate(spelling, { Organization: organization })
    assert.equal([accountOf(reply).sid, accountOf(reply).organization], [sid, organization])
  }
})

test('everything below moves along, at every level and in every status, and nothing else', async () => {
  const beside = await createAccount(app, app.root)
  const top = await createAccount(app, app.root)
  const branch: Login[] = [top]
  for (const Status of ['active', 'active', 'active', 'suspended']) {
    const parent = branch.at(-1) ?? top
    const made = await createAccount(app, parent, { Status })
    branch.push(made)
  }
  for (const Status of ['inactive', 'uninitialized', 'closed']) {
    branch.push(await createAccount(app, top, { Status }))
  }
  await migrate(top.sid, { Organization: second })
  for (const { sid } of branch) {
    assert.is(accountOf(await read(sid)).organization, second)
  }
  for (const { sid } of [app.root, beside]) {
    assert.is(accountOf(await read(sid)).organization, first)
  }
})

test('who was moved belongs to the new organization at the next request', async () => {
  const top = await createAccount(app, app.root)
  const child = await createAccount(app, top)
  await migrate(top.sid, { Organization: second })
  for (const caller of [top, child]) {
    assert.is((await send(app, caller, 'GET', `/Organizations/${second}`)).status, 200)
    assert.is((await send(app, caller, 'GET', `/Organizations/${first}`)).status, 403)
    const { account } = await createAccount(app, caller)
    assert.is(account.organization, second)
  }
  const listed = await send(app, app.root, 'GET', `/Accounts?OrganizationSid=${second}`)
  assert.match(listed.text, child.sid)
})

test('a suspended account is moved like any other, and stays suspended', async () => {
  const { sid } = await createAccount(app, app.root, { Status: 'suspended' })
  const moved = accountOf(await migrate(sid, { Organization: second }))
  assert.equal([moved.organization, moved.status], [second, 'suspended'])
})

test('a migration without an organization that exists is 412', async () => {
  const { sid } = await createAccount(app, app.root)
  for (const form of [
    undefined,
    {},
    { Organization: '' },
    { Organization: 'nobody.example.com' },
    { Organization: 'O'.repeat(34) },
    { OrganizationSid: second },
  ]) {
    assert.equal(refusal(await migrate(sid, form)), missing)
  }
  assert.is(accountOf(await read(sid)).organization, first)
})

test('a migration of nobody is 404, once the organization is known', async () => {
  for (const id of ['AC00000000000000000000000000000000', 'nobody@example.com', 'nobody']) {
    assert.is((await migrate(id, { Organization: second })).status, 404)
    assert.equal(refusal(await migrate(id, { Organization: 'nobody.example.com' })), missing)
  }
})

test('only a direct child of the root can be moved', async () => {
  const top = await createAccount(app, app.root)
  const child = await createAccount(app, top)
  const grandchild = await createAccount(app, child)
  for (const { sid } of [child, grandchild, app.root]) {
    for (const organization of [second, first]) {
      const reply = await migrate(sid, { Organization: organization })
      assert.is(reply.status, 400)
      assert.is.not(messageOf(reply), 'Account already in the requested Organization')
    }
    assert.is(accountOf(await read(sid)).organization, first)
  }
})

test('an account that is there already is 400', async () => {
  const { sid } = await createAccount(app, app.root)
  for (const name of [first, 'default.restcomm.com']) {
    assert.equal(refusal(await migrate(sid, { Organization: name })), [
      400,
      'Account already in the requested Organization',
    ])
  }
})

test('migration is for the root alone, before anything else is looked at', async () => {
  const top = await createAccount(app, app.root)
  const child = await createAccount(app, top)
  const developer = await createAccount(app, app.root, { Role: 'Developer' })
  const guest = await createAccount(app, app.root, { Role: 'Guest' })
  for (const caller of [top, developer, guest]) {
    for (const id of [caller.sid, child.sid, app.root.sid, 'nobody@example.com']) {
      for (const form of [{ Organization: second }, { Organization: 'nobody' }, {}]) {
        assert.is((await migrate(id, form, caller)).status, 403)
      }
    }
  }
  assert.is(accountOf(await read(child.sid)).organization, first)
})

function migrate(id: string, form?: Parameters, login: Login = app.root): Promise<Reply> {
  return send(app, login, 'POST', `/Accounts.json/migrate/${id}`, form)
}

function read(id: string): Promise<Reply> {
  return send(app, app.root, 'GET', `/Accounts.json/${id}`)
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
