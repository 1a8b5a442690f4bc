import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type AuditRow, asKazooShows, auditOf, kazooAuditOf } from '../../support/audit.ts'
import * as crossbar from '../../support/crossbar.ts'
import * as restcomm from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'
import * as twilio from '../../support/twilio.ts'

const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678)

let app: TestApp
/** Who makes the changes, by this key. */
let owner: Login & { readonly account: restcomm.AccountJson }
let key: twilio.KeyLogin
test.before(async () => {
  const proxy = { address: '127.0.0.1', prefix: 32, family: 'ipv4' } as const
  app = await startApp({ config: { behindProxy: [proxy] }, now: () => at })
  owner = await restcomm.createAccount(app, app.root)
  key = await twilio.createKey(app, owner)
})
test.after(() => app.stop())

type Headers = Readonly<Record<string, string>>

let requests = 0

/** Makes a change and gives the row that both dialects show of it in the audit of `of`. */
async function recorded(
  of: { readonly sid: string },
  act: (headers: Headers) => Promise<{ status: number; text: string }>,
): Promise<AuditRow> {
  requests += 1
  const id = `request-${requests}`
  const { status, text } = await act({ 'X-Request-ID': id, 'X-Forwarded-For': '203.0.113.7' })
  assert.ok(status < 300, `${status} ${text}`)
  const [row, ...more] = await rowsOfRequest(of, id)
  assert.ok(row, 'it is not in the audit')
  assert.equal(more, [])
  assert.equal(await kazooAuditOf(app, app.root, of, { filter_request_id: id }), [
    asKazooShows(row),
  ])
  return row
}

async function rowsOfRequest(of: { readonly sid: string }, id: string): Promise<AuditRow[]> {
  return (await auditOf(app, app.root, of)).filter((row) => row.request_id === id)
}

type Expected = {
  readonly action: string
  readonly target: string
  readonly changes: AuditRow['changes']
  readonly dialect: string
  readonly by?: { readonly actor_sid: string; readonly actor_key_sid?: string }
  readonly of?: string
}

function assertRow(row: AuditRow, expected: Expected): void {
  const { action, target, changes, dialect, of = target } = expected
  const { by = { actor_sid: owner.sid, actor_key_sid: key.sid } } = expected
  const { sid, request_id, ...shown } = row
  assert.match(sid, /^AU[0-9a-f]{32}$/)
  assert.match(String(request_id), /^request-\d+$/)
  assert.equal(shown, {
    ...{ account_sid: of, date_created: '2026-01-02T03:04:05.678+00:00', action },
    ...{ target_sid: target, ...by, address: '203.0.113.7', dialect, changes },
  })
}

test("what is changed through Restcomm's dialect is shown with both values", async () => {
  const dialect = 'restcomm'
  const email = restcomm.freshEmail()
  let sid = ''
  const account = {
    get sid() {
      return sid
    },
  }
  const made = await recorded(account, async (headers) => {
    const form = { EmailAddress: email, Password: 'correct horse' }
    const reply = await restcomm.send(app, key, 'POST', '/Accounts.json', form, headers)
    sid = String(Object(reply.json()).sid)
    return reply
  })
  assertRow(made, {
    ...{ action: 'account.create', target: sid, dialect },
    changes: {
      ...{ email: { to: email }, friendlyName: { to: email }, status: { to: 'active' } },
      ...{ role: { to: 'Administrator' }, organizationSid: { to: owner.account.organization } },
    },
  })
  const put = (parameters: restcomm.Parameters) => (headers: Headers) =>
    restcomm.send(app, key, 'PUT', `/Accounts/${sid}`, parameters, headers)
  const change = put({ FriendlyName: 'new', Status: 'suspended', Role: 'User' })
  assertRow(await recorded(account, change), {
    ...{ action: 'account.change', target: sid, dialect },
    changes: {
      friendlyName: { from: email, to: 'new' },
      status: { from: 'active', to: 'suspended' },
      role: { from: 'Administrator', to: 'User' },
    },
  })
  assertRow(await recorded(account, put({ Password: 'another horse' })), {
    ...{ action: 'account.change', target: sid, dialect },
    changes: { password: { to: 'changed' }, authToken: { to: 'changed' } },
  })
})

test('a close is shown to who stands above, and not where a closed account is gone', async () => {
  const account = await restcomm.createAccount(app, owner)
  await restcomm.send(app, key, 'PUT', `/Accounts/${account.sid}`, { Status: 'closed' })
  const [row] = await auditOf(app, owner, account)
  assert.equal([row?.action, row?.actor_key_sid], ['account.close', key.sid])
  assert.equal(row?.changes, { status: { from: 'active', to: 'closed' } })
  const { status } = await crossbar.ask(app, owner, 'GET', crossbar.pathOf(account, '/audit'))
  assert.is(status, 404)
})

test('what the root does to organizations is in its own audit, a migration in that of the branch', async () => {
  const by = { actor_sid: app.root.sid }
  const { sid, account } = await restcomm.createAccount(app, app.root)
  let organization = ''
  const made = await recorded(app.root, async (headers) => {
    const path = '/Organizations.json/north.example.com'
    const reply = await restcomm.send(app, app.root, 'PUT', path, undefined, headers)
    organization = String(Object(reply.json()).sid)
    return reply
  })
  assertRow(made, {
    ...{ action: 'organization.create', target: organization, of: app.root.sid, by },
    ...{ dialect: 'restcomm', changes: { domainName: { to: 'north.example.com' } } },
  })
  const migrated = await recorded({ sid }, (headers) =>
    restcomm.send(
      ...([app, app.root, 'POST', `/Accounts/migrate/${sid}`] as const),
      ...([{ Organization: 'north.example.com' }, headers] as const),
    ),
  )
  assertRow(migrated, {
    ...{ action: 'account.migrate', target: sid, by, dialect: 'restcomm' },
    changes: { organizationSid: { from: account.organization, to: organization } },
  })
})

test("what is changed through Twilio's dialect is shown, keys and tokens with their account", async () => {
  const dialect = 'twilio'
  const post = (path: string, parameters: twilio.Parameters) => (headers: Headers) =>
    twilio.send(app, key, 'POST', path, parameters, headers)
  const account = await twilio.createSubaccount(app, key)
  const { sid } = account
  const renamed = await recorded(account, post(twilio.pathOf(account), { FriendlyName: 'new' }))
  assertRow(renamed, {
    ...{ action: 'account.change', target: sid, dialect },
    changes: { friendlyName: { from: account.account.friendly_name, to: 'new' } },
  })
  const form = { FriendlyName: 'Desk', Scope: 'read', Reach: 'self', ExpiresAt: '2099-01-31' }
  const created = await recorded(account, post(`/Accounts/${sid}/Keys.json`, form))
  const target = created.target_sid
  assertRow(created, {
    ...{ action: 'apiKey.create', target, of: sid, dialect },
    changes: {
      ...{ friendlyName: { to: 'Desk' }, scope: { to: 'read' }, reach: { to: 'self' } },
      expiresAt: { to: '2099-01-31T00:00:00.000Z' },
    },
  })
  const keyPath = `/Accounts/${sid}/Keys/${target}.json`
  assertRow(await recorded(account, post(keyPath, { FriendlyName: 'Shop' })), {
    ...{ action: 'apiKey.rename', target, of: sid, dialect },
    changes: { friendlyName: { from: 'Desk', to: 'Shop' } },
  })
  const remove = (headers: Headers) => twilio.send(app, key, 'DELETE', keyPath, undefined, headers)
  assertRow(await recorded(account, remove), {
    ...{ action: 'apiKey.remove', target, of: sid, dialect, changes: {} },
  })
  const changes = { authToken: { to: 'changed' } }
  const by = { actor_sid: sid }
  for (const [method, path, action] of [
    ['POST', '/v1/AuthTokens/Secondary', 'account.addSecondaryToken'],
    ['DELETE', '/v1/AuthTokens/Secondary', 'account.removeSecondaryToken'],
    ['POST', '/v1/AuthTokens/Secondary', 'account.addSecondaryToken'],
    ['POST', '/v1/AuthTokens/Promote', 'account.promoteSecondaryToken'],
  ] as const) {
    const act = (headers: Headers) => twilio.ask(app, account, method, path, undefined, headers)
    assertRow(await recorded(account, act), { action, target: sid, by, dialect, changes })
  }
})

test("what is changed through Kazoo's dialect is shown, callflows and sessions with their account", async () => {
  const dialect = 'crossbar'
  const account = await crossbar.member(app, owner, { name: 'Before', note: 'a' })
  const { sid } = account
  const ask =
    (method: string, rest: string, data?: crossbar.Json, as: crossbar.Asker = key) =>
    (headers: Headers) =>
      crossbar.ask(app, as, method, crossbar.pathOf(account, rest), { data, headers })
  const [created] = await auditOf(app, app.root, account)
  assert.match(String(created?.changes.document?.to), '"note":"a"')
  const patched = await recorded(account, ask('PATCH', '', { name: 'After', note: 'b' }))
  assert.equal(patched.changes.friendlyName, { from: 'Before', to: 'After' })
  assert.match(String(patched.changes.document?.from), '"note":"a"')
  assert.match(String(patched.changes.document?.to), '"note":"b"')
  const before = { name: 'main', numbers: ['100'], flow: { module: 'hangup', data: {} } }
  const made = await recorded(account, ask('PUT', '/callflows', before))
  const target = made.target_sid
  assert.match(target, /^CF[0-9a-f]{32}$/)
  const flow = `/callflows/${target.slice(2)}`
  const changed = await recorded(account, ask('PATCH', flow, { numbers: ['200'] }))
  assertRow(
    { ...changed, changes: {} },
    {
      ...{ action: 'callflow.change', target, of: sid, dialect, changes: {} },
    },
  )
  assert.match(String(changed.changes.document?.from), '"numbers":["100"]')
  assert.match(String(changed.changes.document?.to), '"numbers":["200"]')
  assertRow(await recorded(account, ask('DELETE', flow)), {
    ...{ action: 'callflow.remove', target, of: sid, dialect, changes: {} },
  })
  assertRow(await recorded(account, ask('PUT', '/api_key')), {
    ...{ action: 'account.renewToken', target: sid, dialect },
    changes: { authToken: { to: 'changed' } },
  })
  assertRow(await recorded(account, ask('PUT', '/reseller', undefined, app.root)), {
    ...{ action: 'account.change', target: sid, dialect, by: { actor_sid: app.root.sid } },
    changes: { isReseller: { from: 'false', to: 'true' } },
  })
  const to = await crossbar.member(app, app.root)
  assertRow(await recorded(account, ask('POST', '/move', { to: to.id }, app.root)), {
    ...{ action: 'account.move', target: sid, dialect, by: { actor_sid: app.root.sid } },
    changes: { parentSid: { from: owner.sid, to: to.sid } },
  })
})

test('a session is shown when it is opened and when it is ended', async () => {
  const account = await crossbar.member(app, app.root)
  const by = { actor_sid: account.sid }
  let token = ''
  const opened = await recorded(account, async (headers) => {
    const data = { api_key: account.token }
    const answer = await crossbar.ask(app, undefined, 'PUT', '/api_auth', { data, headers })
    token = String(answer.body.auth_token)
    return answer
  })
  assertRow(opened, {
    ...{ action: 'session.create', target: account.sid, by, dialect: 'crossbar' },
    changes: { method: { to: 'api_auth' } },
  })
  const ended = await recorded(account, (headers) =>
    crossbar.ask(app, { session: token }, 'DELETE', '/token_auth', { headers }),
  )
  assertRow(ended, {
    ...{ action: 'session.remove', target: account.sid, by, dialect: 'crossbar', changes: {} },
  })
})

test('no secret is in any answer of the audit', async () => {
  const texts: string[] = []
  const family = await restcomm.send(app, app.root, 'GET', '/Accounts.json')
  const accounts = family.json() as restcomm.AccountJson[]
  for (const account of [app.root, ...accounts]) {
    texts.push(JSON.stringify(await auditOf(app, app.root, account)))
  }
  const text = texts.join()
  const tokens = accounts.flatMap((account) => account.auth_token ?? [])
  assert.ok(tokens.length > 2 && text.length > 1000)
  for (const secret of [app.root.token, owner.token, key.token, 'correct horse', ...tokens]) {
    assert.not.ok(text.includes(secret))
  }
})

test.run()
