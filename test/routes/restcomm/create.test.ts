import { createHash } from 'node:crypto'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type AccountJson,
  anyPassword,
  base,
  basic,
  createAccount,
  freshEmail,
  type Parameters,
  type Reply,
  send,
} from '../../support/restcomm.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

let app: TestApp
let otherOrganization: string
let now = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
test.before(async () => {
  app = await startApp({ now: () => now })
  const reply = await send(app, app.root, 'PUT', '/Organizations.json/other.example.com')
  otherOrganization = JSON.parse(reply.text).sid
})
test.after(() => app.stop())

test('an e-mail and a password make an account with all that is documented as default', async () => {
  now += 1000
  const reply = await post({ EmailAddress: 'Default.Name@Example.com', Password: anyPassword })
  assert.is(reply.status, 200)
  assert.is(reply.headers.get('location'), null)
  const { sid, auth_token, organization, subresource_uris, ...shown } = accountOf(reply)
  assert.equal(shown, {
    friendly_name: 'default.name@example.com',
    email_address: 'default.name@example.com',
    type: 'Full',
    status: 'active',
    role: 'Administrator',
    date_created: '2026-01-02T03:04:06.678+00:00',
    date_updated: '2026-01-02T03:04:06.678+00:00',
    uri: `/2012-04-24/Accounts.json/${sid}`,
  })
  assert.match(sid, /^AC[0-9a-f]{32}$/)
  assert.match(String(auth_token), /^[0-9a-f]{32}$/)
  assert.is(organization, accountOf(await read(app.root.sid)).organization)
  assert.is(Object.keys(subresource_uris).length, 10)
})

test('SIDs and tokens are random, and no digest of what was given', async () => {
  const [one, other] = [await createAccount(app, app.root), await createAccount(app, app.root)]
  for (const { sid, token, email } of [one, other]) {
    assert.is.not(sid, `AC${md5(email)}`)
    assert.is.not(token, md5(anyPassword))
  }
  assert.is.not(one.token, other.token)
})

test('a new account authenticates with its token and with its password, and stands below its maker', async () => {
  const parent = await createAccount(app, app.root)
  const made = await createAccount(app, parent)
  for (const secret of [made.token, anyPassword]) {
    const login = { ...made, token: secret }
    assert.is((await send(app, login, 'GET', `/Accounts/${made.sid}`)).status, 200)
  }
  assert.match((await send(app, parent, 'GET', '/Accounts')).text, made.sid)
  assert.is((await send(app, app.root, 'GET', '/Accounts')).text.includes(made.sid), false)
})

for (const [address, stored] of [
  ['Mixed.Case@Example.COM', 'mixed.case@example.com'],
  ['  trimmed@example.com ', 'trimmed@example.com'],
  ['root@pbx', 'root@pbx'],
  ['plus+tag@example.com', 'plus+tag@example.com'],
  ["o'brien&sons@example.com", "o'brien&sons@example.com"],
  ['jo\u0308rg@example.com', 'j\u00f6rg@example.com'],
  [
    `${'l'.repeat(64)}@${'d'.repeat(60)}.${'e'.repeat(60)}.${'f'.repeat(60)}.com`,
    `${'l'.repeat(64)}@${'d'.repeat(60)}.${'e'.repeat(60)}.${'f'.repeat(60)}.com`,
  ],
]) {
  test(`the address ${JSON.stringify(address)} is taken, and stored folded`, async () => {
    const made = await createAccount(app, app.root, { EmailAddress: String(address) })
    assert.is(made.account.email_address, stored)
    assert.is(accountOf(await read(encodeURIComponent(made.email))).sid, made.sid)
  })
}

for (const address of [
  'nobody',
  '@example.com',
  'nobody@',
  'a@b@example.com',
  'two words@example.com',
  'nobody@exam ple.com',
  'Nobody <nobody@example.com>',
  'nobody@example.com, somebody@example.com',
  'no..body@example.com',
  '.nobody@example.com',
  'nobody@example..com',
  `nobody@${`${'d'.repeat(60)}.`.repeat(4)}example`,
  `${'\u00e9'.repeat(122)}@example.com`,
]) {
  test(`the address ${address} is refused`, async () => {
    assert.equal(refusal(await post({ EmailAddress: address, Password: anyPassword })), [
      400,
      `Provided email address ${address} is not valid`,
    ])
  })
}

test('a local part with a question or equals sign is refused as a login', async () => {
  for (const login of ['who?', 'a=b']) {
    const form = { EmailAddress: `${login}@example.com`, Password: anyPassword }
    const expected = [400, `Login ${login} contains invalid character(s) `]
    assert.equal(refusal(await post(form)), expected)
  }
})

test('an e-mail that any account has, in any letter case, is 409', async () => {
  const parent = await createAccount(app, app.root)
  const taken = await createAccount(app, parent)
  const closed = await createAccount(app, app.root, { Status: 'closed' })
  const inUse = [409, 'The email address used for the new account is already in use.']
  for (const email of [app.root.email, parent.email, taken.email.toUpperCase(), closed.email]) {
    const form = { EmailAddress: email, Password: anyPassword }
    assert.equal(refusal(await post(form)), inUse)
    assert.equal(refusal(await post(form, parent)), inUse)
  }
})

test('the first fault is reported, in the order of the original', async () => {
  const taken = await createAccount(app, app.root)
  const form: Record<string, string> = {
    Status: 'asleep',
    OrganizationSid: 'default',
  }
  const steps: readonly (readonly [form: Parameters, status: number, message: string])[] = [
    [{}, 400, 'Email address can not be null.'],
    [{ EmailAddress: 'nobody' }, 400, 'Password can not be null.'],
    [{ Password: '1234' }, 400, 'Provided email address nobody is not valid'],
    [{ EmailAddress: 'a?b@c' }, 400, 'Login a?b contains invalid character(s) '],
    [{ EmailAddress: taken.email }, 400, 'asleep is not a valid account status.'],
    [{ Status: 'active' }, 400, 'default is an INVALID_SID sid value.'],
    [{ OrganizationSid: 'O'.repeat(34) }, 400, 'provided OrganizationSid does not exist'],
    [{ OrganizationSid: otherOrganization }, 400, 'Password too weak'],
    [
      { Password: anyPassword },
      409,
      'The email address used for the new account is already in use.',
    ],
  ]
  for (const [change, ...expected] of steps) {
    Object.assign(form, change)
    assert.equal(refusal(await post(form)), expected)
  }
})

test('a create without a body, or with its parameters in the query, misses the e-mail', async () => {
  const missing = [400, 'Email address can not be null.']
  assert.equal(refusal(await post()), missing)
  const query = new URLSearchParams({ EmailAddress: freshEmail(), Password: anyPassword })
  const reply = await fetch(`${app.url}${base}/Accounts.json?${query}`, {
    method: 'POST',
    headers: { Authorization: basic(app.root.sid, app.root.token) },
  })
  assert.equal([reply.status, JSON.parse(await reply.text()).message], missing)
})

test('a required parameter that is empty is missing', async () => {
  const email = { EmailAddress: '', Password: anyPassword }
  assert.equal(refusal(await post(email)), [400, 'Email address can not be null.'])
  const password = { EmailAddress: freshEmail(), Password: '' }
  assert.equal(refusal(await post(password)), [400, 'Password can not be null.'])
})

for (const status of ['active', 'SUSPENDED', 'Closed', 'inactive', 'UNINITIALIZED']) {
  test(`an account may be made ${status}`, async () => {
    const { account } = await createAccount(app, app.root, { Status: status })
    assert.is(account.status, status.toLowerCase())
  })
}

for (const role of ['Administrator', 'Developer', 'User', 'Guest']) {
  test(`an Administrator may make a ${role}`, async () => {
    const { account } = await createAccount(app, app.root, { Role: role })
    assert.is(account.role, role)
  })
}

for (const role of ['SuperAdmin', 'administrator', 'PowerUser', 'Unprivileged']) {
  test(`the role ${role} cannot be given`, async () => {
    const form = { EmailAddress: freshEmail(), Password: anyPassword, Role: role }
    const reply = await post(form)
    assert.is(reply.status, 400)
    assert.match(messageOf(reply), /^Role .*invalid/)
    assert.is((await read(form.EmailAddress)).status, 404)
  })
}

test('what a Developer makes is a Developer, whatever role it asks for', async () => {
  const developer = await createAccount(app, app.root, { Role: 'Developer' })
  for (const role of ['', 'Developer', 'Administrator', 'SuperAdmin']) {
    const form = { EmailAddress: freshEmail(), Password: anyPassword, Role: role }
    const reply = await post(form, developer)
    assert.is(accountOf(reply).role, 'Developer', role)
  }
})

test('a Developer does not see the token of the account that it makes', async () => {
  const developer = await createAccount(app, app.root, { Role: 'Developer' })
  const reply = await post({ EmailAddress: freshEmail(), Password: anyPassword }, developer)
  assert.is(accountOf(reply).auth_token, undefined)
})

test('who may not create is 403 before anything is looked at', async () => {
  for (const role of ['User', 'Guest']) {
    const caller = await createAccount(app, app.root, { Role: role })
    assert.is((await post({}, caller)).status, 403)
  }
})

test('the root may put an account into another organization', async () => {
  const form = { OrganizationSid: otherOrganization }
  const { account, ...login } = await createAccount(app, app.root, form)
  assert.is(account.organization, otherOrganization)
  const below = await createAccount(app, login)
  assert.is(below.account.organization, otherOrganization)
})

test('anyone else may name the own organization only', async () => {
  const parent = await createAccount(app, app.root)
  const form = { EmailAddress: freshEmail(), Password: anyPassword }
  for (const sid of [otherOrganization, 'O'.repeat(34)]) {
    assert.is((await post({ ...form, OrganizationSid: sid }, parent)).status, 403)
  }
  assert.equal(refusal(await post({ ...form, OrganizationSid: 'x' }, parent)), [
    400,
    'x is an INVALID_SID sid value.',
  ])
  const own = { ...form, OrganizationSid: parent.account.organization }
  assert.is((await post(own, parent)).status, 200)
})

test('a name is kept as it was given', async () => {
  const name = ' Ann & "Söhne" <b>\u{1f600} '
  const { account } = await createAccount(app, app.root, { FriendlyName: name })
  assert.is(account.friendly_name, name)
})

for (const [password, taken] of [
  ['seven77', false],
  ['eight888', true],
  ['γιωργο', true],
  ['\u00e9\u00e9\u00e9', false],
  ['x1'.repeat(36), true],
  [`${'x1'.repeat(36)}y`, false],
  ['a\u0000bcdefgh', false],
  ['PASSWORD1', false],
  ['Sub.Account', false],
  ['sub.ACCOUNT@example.com', false],
  ['Its own name', false],
  ['0123456789abcdef0123456789abcdef', false],
] as const) {
  test(`the password ${JSON.stringify(password)} is ${taken ? 'taken' : 'refused'}`, async () => {
    const reply = await post({
      EmailAddress: taken ? freshEmail() : 'sub.account@example.com',
      Password: password,
      FriendlyName: 'Its Own Name',
    })
    assert.is(reply.status, taken ? 200 : 400)
    assert.is(/Password (too weak|.*invalid)/.test(reply.text), !taken)
  })
}

test('what may not be written is ignored, as are parameters that nobody knows', async () => {
  const sid = 'AC00000000000000000000000000000000'
  const token = '0'.repeat(32)
  const { account, ...login } = await createAccount(app, app.root, {
    Sid: sid,
    AuthToken: token,
    Auth_Token: token,
    Type: 'Trial',
    ParentSid: sid,
    DateCreated: 'never',
    Realm: 'realm',
    Whatever: 'x',
  })
  assert.is.not(account.sid, sid)
  assert.is.not(account.auth_token, token)
  assert.is(account.type, 'Full')
  assert.is((await read(login.sid)).status, 200)
})

function post(form?: Parameters, login = app.root): Promise<Reply> {
  return send(app, login, 'POST', '/Accounts.json', form)
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

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

test.run()
