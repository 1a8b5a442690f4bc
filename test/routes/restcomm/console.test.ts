import { createHash } from 'node:crypto'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type AccountJson, basic, createAccount, send } from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'

// The requests of Restcomm's own console, as recorded from a browser. It digests the password itself,
// so it needs --compat restcomm. Its paths are absolute, and it reads every answer as JSON.

let app: TestApp
let root: Login
test.before(async () => {
  app = await startApp({ config: { compat: 'restcomm' } })
  await send(app, app.root, 'PUT', `/Accounts/${app.root.sid}`, { Password: 'RestComm' })
  root = { ...app.root, token: md5('RestComm') }
})
test.after(() => app.stop())

/** Somebody sitting at the console: signed in, with what it remembers of them. */
type Session = { readonly sid: string; readonly email_address: string; readonly auth_token: string }

test('a sign-in by e-mail and digested password gives what the console goes on with', async () => {
  const { response, account } = await signIn('administrator@company.com', 'RestComm')
  assert.is(response.status, 200)
  assert.is(response.headers.get('content-type'), 'application/json')
  assert.is(account.status, 'active')
  assert.is(account.email_address, 'administrator@company.com')
  assert.is(account.auth_token, md5('RestComm'))
  assert.is(account.friendly_name, 'Default Administrator Account')
  // As long as there are no profiles there is no link to one: with a dead link sign-in never ends.
  assert.is(response.headers.get('link'), null)
})

test('an e-mail is typed in any letter case, and a wrong password fails without more being said', async () => {
  const { account } = await signIn('Administrator@Company.com', 'RestComm')
  assert.is(account.status, 'active')
  for (const [email, password] of [
    ['administrator@company.com', 'restcomm'],
    ['nobody@company.com', 'RestComm'],
  ] as const) {
    const { response } = await signIn(email, password)
    assert.is(response.status, 401)
  }
})

test('after the sign-in e-mail and token count, and on a reload SID and token', async () => {
  const session = await signedIn('administrator@company.com', 'RestComm')
  for (const name of [session.email_address, session.sid]) {
    const path = `Accounts.json/${session.sid}`
    const { response, account } = await ask(basic(name, session.auth_token), 'GET', path)
    assert.is(response.status, 200)
    assert.is(account.sid, session.sid)
  }
})

test('an uninitialized account is asked for its first password, and then signed in', async () => {
  const { email } = await createAccount(app, root, { Status: 'UNINITIALIZED' })
  const { response, account } = await signIn(email, 'correct horse')
  assert.equal([response.status, account.status], [200, 'uninitialized'])
  const before = basic(email, String(account.auth_token))
  const form = { Password: 'first password' }
  const changed = await ask(before, 'PUT', `Accounts.json/${account.sid}`, form)
  assert.equal([changed.response.status, changed.account.status], [200, 'active'])
  assert.is(changed.account.auth_token, md5('first password'))
  const after = basic(email, String(changed.account.auth_token))
  assert.is((await ask(after, 'GET', 'Accounts.json')).response.status, 200)
  assert.is((await signedIn(email, 'first password')).sid, account.sid)
})

test('a suspended or closed account cannot sign in', async () => {
  for (const Status of ['SUSPENDED', 'INACTIVE', 'CLOSED']) {
    const { email } = await createAccount(app, root, { Status })
    const { response, text } = await signIn(email, 'correct horse')
    assert.is(response.status, 403)
    assert.type(JSON.parse(text).message, 'string')
  }
})

test('the list is a bare array with all that the page shows', async () => {
  const session = await signedIn('administrator@company.com', 'RestComm')
  const child = await createAccount(app, root)
  for (const path of ['Accounts.json', 'Accounts/.json']) {
    const { response, text } = await ask(authorized(session), 'GET', path)
    assert.is(response.status, 200)
    const found = JSON.parse(text).find(({ sid }: AccountJson) => sid === child.sid)
    const { sid, friendly_name, role, status } = child.account
    assert.equal(
      { sid, friendly_name, role, status },
      {
        sid: found.sid,
        friendly_name: found.friendly_name,
        role: found.role,
        status: found.status,
      },
    )
  }
})

for (const Status of ['ACTIVE', 'UNINITIALIZED', 'SUSPENDED', 'INACTIVE', 'CLOSED']) {
  test(`the form for a new account makes one that is ${Status}, and the list has it`, async () => {
    const session = await signedIn('administrator@company.com', 'RestComm')
    const Role = Status === 'ACTIVE' ? 'Administrator' : 'Developer'
    const email = `${Status}@example.com`
    const form = { EmailAddress: email, Password: 'RestComm12', Role, Status, FriendlyName: email }
    const { response, account } = await ask(authorized(session), 'POST', 'Accounts.json', form)
    assert.is(response.status, 200)
    assert.equal(
      [account.friendly_name, account.email_address, account.role, account.status],
      [email, email.toLowerCase(), Role, Status.toLowerCase()],
    )
    const { text } = await ask(authorized(session), 'GET', 'Accounts.json')
    assert.ok(text.includes(account.sid))
  })
}

test('a refused form comes back with a message for the person', async () => {
  const session = await signedIn('administrator@company.com', 'RestComm')
  const good = { Password: 'RestComm12', Role: 'Developer', Status: 'ACTIVE', FriendlyName: 'x' }
  for (const [change, status, words] of [
    [{ EmailAddress: 'administrator@company.com' }, 409, 'already in use'],
    [{ EmailAddress: 'weak@example.com', Password: '1234' }, 400, 'weak'],
    [{ EmailAddress: 'nobody' }, 400, 'not valid'],
    [{ EmailAddress: 'x@example.com', Role: 'Boss' }, 400, 'Role'],
  ] as const) {
    const form = { ...good, ...change }
    const { response, text } = await ask(authorized(session), 'POST', 'Accounts.json', form)
    assert.is(response.status, status)
    assert.is(response.headers.get('content-type'), 'application/json')
    assert.match(JSON.parse(text).message, words)
  }
})

test('an account is opened and changed a field at a time, and closed', async () => {
  const session = await signedIn('administrator@company.com', 'RestComm')
  const { sid } = await createAccount(app, root, { Role: 'Developer' })
  const path = `Accounts.json/${sid}`
  for (const [form, field, value] of [
    [{ FriendlyName: 'A new name' }, 'friendly_name', 'A new name'],
    [{ Role: 'Administrator' }, 'role', 'Administrator'],
    [{ Type: 'Full' }, 'type', 'Full'],
    [{ Status: 'suspended' }, 'status', 'suspended'],
    [{ Status: 'active' }, 'status', 'active'],
    [{ Password: 'RestComm12' }, 'auth_token', md5('RestComm12')],
    [{ FriendlyName: 'x', Role: 'Developer', Status: 'active' }, 'role', 'Developer'],
    [{ Status: 'closed' }, 'status', 'closed'],
  ] as const) {
    const changed = await ask(authorized(session), 'PUT', path, form)
    assert.is(changed.response.status, 200, JSON.stringify(form))
    assert.is(changed.account[field], value)
    const opened = await ask(authorized(session), 'GET', path)
    assert.equal(opened.account, changed.account)
  }
})

test('who changes the own password goes on with the token of the answer', async () => {
  const { sid, email } = await createAccount(app, root)
  const session = await signedIn(email, 'correct horse')
  const form = { Password: 'RestComm12' }
  const changed = await ask(authorized(session), 'PUT', `Accounts.json/${sid}`, form)
  const next = { ...session, auth_token: String(changed.account.auth_token) }
  const list = 'Accounts.json'
  assert.is((await ask(authorized(session), 'GET', list)).response.status, 401)
  assert.is((await ask(authorized(next), 'GET', list)).response.status, 200)
})

test('the pages of telephony are 404, which the console passes over, and never 401 or 403', async () => {
  for (const Role of ['Administrator', 'Developer']) {
    const { sid, email } = await createAccount(app, root, { Role })
    const session = await signedIn(email, 'correct horse')
    for (const page of ['Calls', 'SMS/Messages', 'Usage/Records/Daily', 'Recordings']) {
      const path = `Accounts/${sid}/${page}.json`
      const { response } = await ask(authorized(session), 'GET', path)
      assert.is(response.status, 404, page)
    }
  }
})

test('the goodbye needs no credentials and opens no password box', async () => {
  const response = await fetch(`${app.url}/restcomm/2012-04-24/Logout`, { headers: fromPage() })
  assert.ok(response.ok)
  assert.is(response.headers.get('www-authenticate'), null)
})

async function signIn(email: string, password: string) {
  const path = `Accounts.json/${encodeURIComponent(email)}`
  return ask(basic(email, md5(password)), 'GET', path)
}

async function signedIn(email: string, password: string): Promise<Session> {
  const { account } = await signIn(email, password)
  const { sid, email_address = '', auth_token = '' } = account
  return { sid, email_address, auth_token }
}

function authorized({ email_address, auth_token }: Session): string {
  return basic(email_address, auth_token)
}

/** A request as the browser sends it for the console, whose pages have the same origin. */
async function ask(
  authorization: string,
  method: string,
  path: string,
  form?: Readonly<Record<string, string>>,
) {
  const response = await fetch(`${app.url}/restcomm/2012-04-24/${path}`, {
    method,
    headers: {
      ...fromPage(),
      Authorization: authorization,
      ...(form && {
        Origin: app.url,
        'Content-Type': 'application/x-www-form-urlencoded;charset=utf-8',
      }),
    },
    ...(form && { body: new URLSearchParams(form) }),
  })
  const text = await response.text()
  const account: AccountJson = JSON.parse(text)
  return { response, text, account }
}

function fromPage() {
  return { Accept: 'application/json, text/plain, */*', 'Sec-Fetch-Site': 'same-origin' }
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

test.run()
