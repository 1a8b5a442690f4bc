import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createAccount, send as sendRestcomm } from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'
import {
  accountOf,
  ask,
  createKey,
  createSubaccount,
  keyOf,
  pageOf,
  pathOf,
  send,
  textIn,
} from '../../support/twilio.ts'

const fixtures = join(import.meta.dirname, '../../../fixtures/wire/twilio')
const name = `Anna & <Söhne> "GmbH" '24`

const start = Date.UTC(2015, 6, 3, 20, 0, 0)
const created = 'Fri, 03 Jul 2015 20:00:00 +0000'
const later = 'Sat, 04 Jul 2015 21:01:02 +0000'
let now = start
let app: TestApp
test.before(async () => {
  app = await startApp({ now: () => now })
})
test.before.each(() => {
  now = start
})
test.after(() => app.stop())

test('an account is written to the byte', async () => {
  const { sid, token } = await createSubaccount(app, app.root)
  now += 25 * 3600_000 + 62_000
  const changed = await send(app, app.root, 'POST', pathOf({ sid }), { FriendlyName: name })
  const values = { sid, token, owner: app.root.sid, created, updated: later }
  for (const reply of [changed, await send(app, app.root, 'GET', pathOf({ sid }))]) {
    assert.is(reply.text, fixture('account', values))
  }
})

test('the answer to a create is that to a fetch', async () => {
  const made = await send(app, app.root, 'POST', '/Accounts.json', { FriendlyName: 'x' })
  const fetched = await send(app, app.root, 'GET', pathOf(accountOf(made)))
  assert.is(made.text, fetched.text)
})

test('a page of accounts is written to the byte', async () => {
  const first = await createSubaccount(app, app.root, { FriendlyName: 'first' })
  now += 1000
  const second = await createSubaccount(app, first, { FriendlyName: 'second' })
  await send(app, app.root, 'POST', pathOf(second), { Status: 'suspended' })
  const at = 'Fri, 03 Jul 2015 20:00:01 +0000'
  const values = {
    ...prefixed('first', { ...first, owner: app.root.sid, created, updated: created }),
    ...prefixed('second', { ...second, owner: first.sid, created: at, updated: at }),
    ...{ 'first.name': 'first', 'second.name': 'second' },
  }
  const reply = await send(app, first, 'GET', '/Accounts.json')
  assert.is(reply.text, fixture('accounts', values))
})

test('a page between two others is written to the byte', async () => {
  const parent = await createSubaccount(app, app.root)
  now += 1000
  const child = await createSubaccount(app, parent, { FriendlyName: 'child' })
  now += 1000
  await createSubaccount(app, parent)
  const { next_page_uri } = pageOf(await send(app, parent, 'GET', '/Accounts.json?PageSize=1'))
  const at = 'Fri, 03 Jul 2015 20:00:01 +0000'
  const position = (moment: number, { sid }: Login) => moment.toString(36).padStart(10, '0') + sid
  const values = { ...child, name: 'child', owner: parent.sid, created: at, updated: at }
  const positions = { position: position(start + 1000, child), before: position(start, parent) }
  const reply = await ask(app, parent, 'GET', next_page_uri ?? '')
  assert.is(reply.text, fixture('middle-page', { ...values, ...positions }))
})

test('an empty page is written to the byte', async () => {
  const reply = await send(app, app.root, 'GET', '/Accounts.json?FriendlyName=nobody')
  assert.is(reply.text, fixture('no-accounts', {}))
})

test('a page has no key beside the list that SDKs do not take for paging', async () => {
  const paging = ['end', 'first_page_uri', 'last_page_uri', 'next_page_uri', 'num_pages', 'page']
  const known = [...paging, 'page_size', 'previous_page_uri', 'start', 'total', 'uri']
  const own = `/Accounts/${app.root.sid}`
  for (const [path, list] of [
    ['/Accounts.json', 'accounts'],
    [`${own}/Keys.json`, 'keys'],
    [`${own}/SigningKeys.json`, 'signing_keys'],
  ] as const) {
    const keys = Object.keys(pageOf(await send(app, app.root, 'GET', path)))
    assert.equal(
      keys.filter((key) => !known.includes(key)),
      [list],
    )
  }
})

test('a new key is written to the byte, with its secret', async () => {
  const reply = await send(app, app.root, 'POST', `/Accounts/${app.root.sid}/Keys.json`, {})
  const { sid, secret } = keyOf(reply)
  const values = { sid, secret: secret ?? '', created, updated: created }
  assert.is(reply.text, fixture('new-key', values))
})

test('pages of keys are written to the byte under both names, without secrets', async () => {
  const owner = await createSubaccount(app, app.root)
  const form = { FriendlyName: 'first', Scope: 'read', Reach: 'self', ExpiresAt: '2015-07-09' }
  const first = await createKey(app, owner, form)
  now += 1000
  const second = await createKey(app, owner, { FriendlyName: 'second' })
  now += 25 * 3600_000 + 61_000
  assert.is((await send(app, first, 'GET', pathOf(owner))).status, 200)
  await send(app, owner, 'POST', `/Accounts/${owner.sid}/Keys/${first.sid}.json`, {
    FriendlyName: 'renamed',
  })
  const at = 'Fri, 03 Jul 2015 20:00:01 +0000'
  const expires = 'Thu, 09 Jul 2015 00:00:00 +0000'
  const ofFirst = { created, updated: later, expires, used: later, scope: 'read', reach: 'self' }
  const ofSecond = { created: at, updated: at, scope: 'admin', reach: 'branch' }
  const values = {
    account: owner.sid,
    ...prefixed('first', { ...ofFirst, sid: first.sid, name: 'renamed' }),
    ...prefixed('second', { ...ofSecond, sid: second.sid, name: 'second' }),
  }
  const keys = await send(app, owner, 'GET', `/Accounts/${owner.sid}/Keys.json`)
  assert.is(keys.text, fixture('keys', values))
  const signingKeys = await send(app, owner, 'GET', `/Accounts/${owner.sid}/SigningKeys.json`)
  assert.is(signingKeys.text, fixture('signing-keys', values))
})

test('secondary and promoted tokens are written to the byte, their dates in ISO 8601', async () => {
  const { sid, token } = await createSubaccount(app, app.root)
  const second = await ask(app, { sid, token }, 'POST', '/v1/AuthTokens/Secondary')
  const values = { sid, token: textIn(second, 'secondary_auth_token') }
  assert.is(second.text, fixture('secondary-token', values))
  now += 1000
  const promoted = await ask(app, { sid, token }, 'POST', '/v1/AuthTokens/Promote')
  const dates = { created: '2015-07-03T20:00:00Z', updated: '2015-07-03T20:00:01Z' }
  assert.is(promoted.text, fixture('promoted-token', { ...values, ...dates }))
})

test('an error is written to the byte', async () => {
  const sid = 'AC00000000000000000000000000000000'
  const reply = await send(app, app.root, 'GET', pathOf({ sid }))
  assert.is(reply.text, fixture('error', { sid }))
})

test('links of errors and tokens are absolute once the public address is known', async () => {
  const publicUrl = 'https://pbx.example.com/twilio'
  const known = await startApp({ config: { publicUrl } })
  const error = await send(known, undefined, 'GET', '/Accounts.json')
  assert.match(error.text, `"more_info":"${publicUrl}/docs/errors/20003"`)
  const token = await ask(known, known.root, 'POST', '/v1/AuthTokens/Secondary')
  assert.match(token.text, `"url":"${publicUrl}/v1/AuthTokens/Secondary"`)
  const page = await send(known, known.root, 'GET', '/Accounts.json')
  assert.is(page.text.includes('example.com'), false)
  await known.stop()
})

test('every moment has a day of two digits, a weekday that fits and UTC', async () => {
  const weekday = new Intl.DateTimeFormat('en', { weekday: 'short', timeZone: 'UTC' })
  for (let day = 1; day <= 31; day += 1) {
    now = Date.UTC(2027, 0, day, day % 24, day, day)
    const { account } = await createSubaccount(app, app.root)
    assert.match(account.date_created, /^[A-Z][a-z]{2}, \d{2} Jan 2027 \d{2}:\d{2}:\d{2} \+0000$/)
    assert.is(Date.parse(account.date_created), now)
    assert.is(account.date_created.slice(0, 3), weekday.format(now))
  }
})

test('who may read an account but not operate on it sees null in place of its token', async () => {
  const owner = await createSubaccount(app, app.root)
  const user = await createSubaccount(app, owner, { Role: 'User' })
  const readKey = await createKey(app, owner, { Scope: 'read' })
  const writeKey = await createKey(app, owner, { Scope: 'write' })
  for (const [login, { sid }] of [
    [user, user],
    [readKey, owner],
    [writeKey, user],
  ] as const) {
    const account = accountOf(await send(app, login, 'GET', pathOf({ sid })))
    assert.is(account.auth_token, null)
    const { accounts = [] } = pageOf(await send(app, login, 'GET', '/Accounts.json'))
    assert.ok(accounts.length > 0)
    assert.ok(accounts.every(({ auth_token }) => auth_token === null))
  }
  assert.is(accountOf(await send(app, owner, 'GET', pathOf(user))).auth_token, user.token)
})

test('who may operate on an account sees its token in lists and in the answer to its create', async () => {
  const owner = await createSubaccount(app, app.root)
  now += 1
  const child = await createSubaccount(app, owner)
  const { accounts = [] } = pageOf(await send(app, owner, 'GET', '/Accounts.json'))
  assert.equal(
    accounts.map(({ auth_token }) => auth_token),
    [owner.token, child.token],
  )
})

test('the statuses of Restcomm that this dialect has no word for are shown by its own', async () => {
  const parent = await createSubaccount(app, app.root)
  for (const [status, shown] of [
    ['uninitialized', 'active'],
    ['inactive', 'suspended'],
    ['suspended', 'suspended'],
    ['closed', 'closed'],
  ] as const) {
    const { sid } = await createAccount(app, parent, { Status: status })
    const account = accountOf(await send(app, parent, 'GET', pathOf({ sid })))
    assert.is(account.status, shown, status)
    const listed = await send(app, parent, 'GET', `/Accounts.json?Status=${shown}`)
    const { accounts = [] } = pageOf(listed)
    assert.ok(accounts.some((other) => other.sid === sid && other.status === shown))
    const native = await sendRestcomm(app, parent, 'GET', `/Accounts.json/${sid}`)
    assert.match(native.text, `"status": "${status}"`)
  }
})

test('no answer holds what is kept inside', async () => {
  const email = 'hidden@example.com'
  const form = { EmailAddress: email, Password: 'correct horse' }
  const owner = await createSubaccount(app, app.root, form)
  const key = await createKey(app, owner)
  const [record] = await app.store.findAccounts([{ sid: owner.sid }])
  assert.ok(record?.passwordHash)
  const secondary = await ask(app, owner, 'POST', '/v1/AuthTokens/Secondary')
  const token = textIn(secondary, 'secondary_auth_token')
  const secrets = [form.Password, record.passwordHash, key.token, token]
  const hidden = [email, record.realm, ...secrets]
  const paths = [pathOf(owner), '/Accounts.json', `/Accounts/${owner.sid}/Keys.json`, '/Nowhere']
  for (const path of [...paths, `/Accounts/${owner.sid}/Keys/${key.sid}.json`]) {
    const { text, headers } = await send(app, owner, 'GET', path)
    const found = hidden.filter((value) => `${text}${[...headers]}`.includes(value))
    assert.equal(found, [], path)
  }
})

/** A body as the fixture shows it, with values in place of `{names}`, in the compact form of the wire. */
function fixture(file: string, values: Readonly<Record<string, unknown>>): string {
  const text = readFileSync(join(fixtures, `${file}.json`), 'utf8')
  const filled = text.replace(/\{([a-z.]+)\}/g, (_whole, key: string) => String(values[key]))
  return JSON.stringify(JSON.parse(filled))
}

function prefixed(
  prefix: string,
  values: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`${prefix}.${key}`, value]),
  )
}

test.run()
