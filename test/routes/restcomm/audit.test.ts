import { join } from 'node:path'
import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { AuditEntry } from '../../../db/store.ts'
import { recordedOf } from '../../support/recorded.ts'
import {
  type AccountJson,
  createAccount,
  freshEmail,
  type Parameters,
  type Reply,
  send,
} from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'

const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678)

let app: TestApp
test.before(async () => {
  const proxy = { address: '127.0.0.1', prefix: 32, family: 'ipv4' } as const
  app = await startApp({ config: { behindProxy: [proxy] }, now: () => at })
})
test.after(() => app.stop())

/** What every request of these tests is recorded with. */
const from = { requestId: 'request-1', address: '203.0.113.7', dialect: 'restcomm' }
const fromHeaders = { 'X-Request-ID': 'request-1', 'X-Forwarded-For': '203.0.113.7' }

test('a create is recorded with who, from where and what', async () => {
  const parent = await createAccount(app, app.root)
  const email = freshEmail()
  const form = { EmailAddress: email.toUpperCase(), Password: 'correct horse', Role: 'Developer' }
  const { sid, organization } = accountOf(await ask(parent, 'POST', '/Accounts.json', form))
  const changes = {
    email: { to: email },
    friendlyName: { to: email },
    status: { to: 'active' },
    role: { to: 'Developer' },
    organizationSid: { to: organization },
  }
  const entry = { at, action: 'account.create', targetSid: sid, actorSid: parent.sid, ...from }
  assert.equal(await recordedOf(app.store, sid), [{ ...entry, changes }])
})

test('an update is recorded with the old and the new value of what it changed', async () => {
  const parent = await createAccount(app, app.root)
  const { sid } = await createAccount(app, parent, { FriendlyName: 'old' })
  const form = { FriendlyName: 'new', Status: 'suspended', Role: 'Administrator', Whatever: 'x' }
  await ask(parent, 'PUT', `/Accounts/${sid}`, form)
  assert.equal(await newest(sid), {
    at,
    action: 'account.change',
    targetSid: sid,
    actorSid: parent.sid,
    ...from,
    changes: {
      friendlyName: { from: 'old', to: 'new' },
      status: { from: 'active', to: 'suspended' },
    },
  })
})

test('of a new password it is recorded that it changed, and the token with it', async () => {
  const account = await createAccount(app, app.root, { Status: 'uninitialized' })
  await ask(account, 'PUT', `/Accounts/${account.sid}`, { Password: 'another horse' })
  const { actorSid, changes } = await newest(account.sid)
  assert.is(actorSid, account.sid)
  assert.equal(changes, {
    status: { from: 'uninitialized', to: 'active' },
    password: { to: 'changed' },
    authToken: { to: 'changed' },
  })
})

test('a close is recorded once, at the account that was closed', async () => {
  const { sid, ...parent } = await createAccount(app, app.root, { Status: 'suspended' })
  await ask(app.root, 'PUT', `/Accounts/${sid}`, { Status: 'active' })
  const child = await createAccount(app, { ...parent, sid })
  await ask(app.root, 'PUT', `/Accounts/${sid}`, { Status: 'closed' })
  const { action, actorSid, changes } = await newest(sid)
  assert.equal([action, actorSid], ['account.close', app.root.sid])
  assert.equal(changes, { status: { from: 'active', to: 'closed' } })
  assert.is((await recordedOf(app.store, child.sid)).length, 1)
})

test('a migration is recorded with both organizations, and an organization with its name', async () => {
  const { sid, account } = await createAccount(app, app.root)
  const made = await ask(app.root, 'PUT', '/Organizations.json/audit.example.com')
  const organization: { sid: string } = JSON.parse(made.text)
  const entry = { at, actorSid: app.root.sid, ...from }
  assert.equal(await recordedOf(app.store, organization.sid), [
    {
      ...entry,
      action: 'organization.create',
      targetSid: organization.sid,
      accountSid: app.root.sid,
      changes: { domainName: { to: 'audit.example.com' } },
    },
  ])
  const form = { Organization: 'audit.example.com' }
  await ask(app.root, 'POST', `/Accounts/migrate/${sid}`, form)
  assert.equal(await newest(sid), {
    ...entry,
    action: 'account.migrate',
    targetSid: sid,
    changes: { organizationSid: { from: account.organization, to: organization.sid } },
  })
})

test('the first account is recorded without a caller', async () => {
  const [entry] = await recordedOf(app.store, app.root.sid)
  assert.equal(entry, {
    at,
    action: 'installation.create',
    targetSid: app.root.sid,
    changes: { kind: { to: 'ordinary' } },
  })
})

test('a request without an id of its own is recorded by the one in its answer', async () => {
  for (const headers of [{}, { 'X-Request-ID': 'two words' }]) {
    const path = `/Accounts/${app.root.sid}`
    const reply = await send(app, app.root, 'PUT', path, { FriendlyName: 'x' }, headers)
    const { requestId, address } = await newest(app.root.sid)
    assert.match(String(requestId), /^[0-9a-f]{32}$/)
    assert.is(reply.headers.get('x-request-id'), requestId)
    assert.is(address, '127.0.0.1')
  }
})

test('nothing is recorded of what was only read, or refused', async () => {
  const top = await createAccount(app, app.root)
  const user = await createAccount(app, app.root, { Role: 'User' })
  const closed = await createAccount(app, app.root, { Status: 'closed' })
  const inUse = { EmailAddress: top.email, Password: 'correct horse' }
  const asked: readonly (readonly [Login, string, string, number, Parameters?])[] = [
    [app.root, 'GET', '/Accounts', 200],
    [app.root, 'GET', `/Accounts/${top.sid}`, 200],
    [app.root, 'GET', '/Organizations', 200],
    [app.root, 'OPTIONS', '/Accounts', 204],
    [app.root, 'POST', '/Accounts', 400, {}],
    [app.root, 'POST', '/Accounts', 400, { ...inUse, EmailAddress: 'x@y', Password: '1234' }],
    [app.root, 'POST', '/Accounts', 409, inUse],
    [app.root, 'PUT', `/Accounts/${top.sid}`, 400, { Status: 'asleep' }],
    [app.root, 'PUT', `/Accounts/${closed.sid}`, 400, { FriendlyName: 'x' }],
    [app.root, 'PUT', `/Accounts/${app.root.sid}`, 403, { Status: 'closed' }],
    [app.root, 'PUT', '/Accounts/nobody', 404, { FriendlyName: 'x' }],
    [app.root, 'DELETE', `/Accounts/${top.sid}`, 405],
    [app.root, 'POST', `/Accounts/migrate/${top.sid}`, 412, {}],
    [app.root, 'PUT', '/Organizations/default.restcomm.com', 409],
    [user, 'PUT', `/Accounts/${user.sid}`, 403, { FriendlyName: 'x' }],
    [user, 'POST', '/Accounts', 403, {}],
    [top, 'PUT', '/Organizations/new.example.com', 403],
    [closed, 'PUT', `/Accounts/${closed.sid}`, 403, { FriendlyName: 'x' }],
    [{ ...top, token: 'wrong' }, 'PUT', `/Accounts/${top.sid}`, 401, { FriendlyName: 'x' }],
  ]
  const before = auditText()
  for (const [login, method, path, status, form] of asked) {
    assert.is((await ask(login, method, path, form)).status, status, `${method} ${path}`)
  }
  assert.is(auditText(), before)
})

test('no secret is anywhere in the audit', async () => {
  const secrets = [app.root.token]
  const passwords = ['first secret pony', 'second secret pony', 'third secret pony']
  const account = await createAccount(app, app.root, { Password: String(passwords[0]) })
  secrets.push(account.token)
  for (const Password of passwords.slice(1)) {
    const reply = await ask(app.root, 'PUT', `/Accounts.json/${account.sid}`, { Password })
    secrets.push(String(accountOf(reply).auth_token))
  }
  await ask({ ...account, token: 'a wrong secret pony' }, 'PUT', `/Accounts/${account.sid}`, {})
  const [record] = await app.store.findAccounts([account])
  assert.ok(record)
  const { token, passwordHash } = record
  secrets.push(...passwords, 'a wrong secret pony', String(passwordHash))
  for (const bytes of [token.sealed, token.digest]) {
    secrets.push(Buffer.from(bytes).toString('hex'), Buffer.from(bytes).toString('base64'))
  }
  const text = auditText()
  assert.equal(
    secrets.filter((secret) => text.includes(secret)),
    [],
  )
  assert.is(text.includes('$2b$'), false)
})

test('what cannot be recorded does not happen', async () => {
  const broken = await startApp()
  const top = await createAccount(broken, broken.root)
  await send(broken, broken.root, 'PUT', '/Organizations/other.example.com')
  const paths = ['/Accounts', `/Accounts/${top.sid}`, '/Organizations']
  const state = async () =>
    (await Promise.all(paths.map((path) => send(broken, broken.root, 'GET', path)))).map(
      ({ text }) => text,
    )
  const before = await state()
  const file = new Database(join(broken.folder, 'strowger.db'))
  file.exec("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END")
  const form = { EmailAddress: freshEmail(), Password: 'correct horse' }
  const writes: readonly (readonly [string, string, Parameters?])[] = [
    ['POST', '/Accounts', form],
    ['PUT', `/Accounts/${top.sid}`, { FriendlyName: 'x', Password: 'another horse' }],
    ['PUT', `/Accounts/${top.sid}`, { Status: 'closed' }],
    ['POST', `/Accounts/migrate/${top.sid}`, { Organization: 'other.example.com' }],
    ['PUT', '/Organizations/new.example.com'],
  ]
  for (const [method, path, parameters] of writes) {
    const { status } = await send(broken, broken.root, method, path, parameters)
    assert.ok(status >= 500, `${method} ${path}: ${status}`)
  }
  assert.equal(await state(), before)
  assert.is((await send(broken, top, 'GET', '/Accounts')).status, 200)
  file.exec('DROP TRIGGER full')
  file.close()
  assert.is((await send(broken, broken.root, 'POST', '/Accounts', form)).status, 200)
  await broken.stop()
})

function ask(login: Login, method: string, path: string, form?: Parameters): Promise<Reply> {
  return send(app, login, method, path, form, fromHeaders)
}

async function newest(sid: string): Promise<AuditEntry> {
  const entry = (await recordedOf(app.store, sid)).at(-1)
  assert.ok(entry, `nothing is recorded of ${sid}`)
  return entry
}

/** All that the table of the audit holds, as it lies in the file. */
function auditText(): string {
  const file = new Database(join(app.folder, 'strowger.db'), { readonly: true })
  const rows = file.prepare('SELECT * FROM audit ORDER BY id').all()
  file.close()
  return JSON.stringify(rows)
}

function accountOf({ text }: Reply): AccountJson {
  return JSON.parse(text)
}

test.run()
