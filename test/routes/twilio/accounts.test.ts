import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { recordedOf } from '../../support/recorded.ts'
import { anyPassword, createAccount, freshEmail } from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'
import {
  accountOf,
  ask,
  createSubaccount,
  errorOf,
  type Parameters,
  pathOf,
  refusal,
  send,
} from '../../support/twilio.ts'

let app: TestApp
let now = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
test.before(async () => {
  app = await startApp({ now: () => now })
})
test.after(() => app.stop())

test('a create without parameters makes an active account of the creator with a dated name', async () => {
  const moments = [
    [Date.UTC(2026, 0, 2, 3, 4), '2026-01-02 03:04 am'],
    [Date.UTC(2026, 0, 2, 0, 0), '2026-01-02 12:00 am'],
    [Date.UTC(2026, 0, 2, 12, 59), '2026-01-02 12:59 pm'],
    [Date.UTC(2026, 0, 2, 23, 5), '2026-01-02 11:05 pm'],
  ] as const
  const begun = now
  for (const [moment, shown] of moments) {
    now = moment
    for (const form of [{}, { FriendlyName: '' }]) {
      const reply = await create(app.root, form)
      assert.is(reply.status, 201)
      const account = accountOf(reply)
      assert.is(account.friendly_name, `SubAccount Created at ${shown}`)
      assert.is(account.status, 'active')
      assert.is(account.owner_account_sid, app.root.sid)
      assert.is(account.type, 'Full')
    }
  }
  now = begun
})

test('a create without a body and without its type is one without parameters', async () => {
  assert.is((await send(app, app.root, 'POST', '/Accounts.json')).status, 201)
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
  assert.is((await send(app, app.root, 'POST', '/Accounts.json', undefined, form)).status, 201)
})

test('a new account logs in at once by SID and AuthToken, both random and alphanumeric', async () => {
  const made = await Promise.all(Array.from({ length: 10 }, () => createSubaccount(app, app.root)))
  for (const { sid, token, account } of made) {
    assert.match(sid, /^AC[0-9a-f]{32}$/)
    assert.match(token, /^[0-9a-f]{32}$/)
    assert.equal(accountOf(await fetchOf(sid, { sid, email: '', token })), account)
  }
  assert.is(new Set(made.flatMap(({ sid, token }) => [sid.slice(2), token])).size, 20)
})

test('an account made here has no e-mail and takes over the role of its creator', async () => {
  const { sid } = await createSubaccount(app, app.root)
  const developer = await createSubaccount(app, app.root, { Role: 'Developer' })
  const below = await createSubaccount(app, developer)
  const records = await app.store.findAccounts([{ sid }, { sid: below.sid }])
  assert.equal(
    records.map((record) => [record?.email, record?.role]),
    [
      [undefined, 'Administrator'],
      [undefined, 'Developer'],
    ],
  )
})

test('the extension parameters give an e-mail, a password and a role', async () => {
  const email = freshEmail()
  const account = accountOf(
    await create(app.root, { EmailAddress: email, Password: anyPassword, Role: 'Developer' }),
  )
  for (const name of [email, account.sid]) {
    for (const token of [anyPassword, account.auth_token ?? '']) {
      const reply = await fetchOf(account.sid, { sid: name, email, token })
      assert.is(accountOf(reply).sid, account.sid)
    }
  }
  const [record] = await app.store.findAccounts([{ email }])
  assert.is(record?.role, 'Developer')
})

test('extension parameters that cannot be used are refused and make nothing', async () => {
  const { email } = await createAccount(app, app.root)
  const refused: [Parameters, number, number, string][] = [
    [{ EmailAddress: 'nobody' }, 400, 20001, 'EmailAddress'],
    [{ EmailAddress: freshEmail(), Password: 'short' }, 400, 20001, 'Password'],
    [{ Password: 'x'.repeat(73) }, 400, 20001, 'Password'],
    [{ Role: 'SuperAdmin' }, 400, 20001, 'Role'],
    [{ Role: 'nobody' }, 400, 20001, 'Role'],
    [{ EmailAddress: email.toUpperCase() }, 409, 20409, 'Conflict'],
  ]
  const before = await app.store.findRoot()
  for (const [form, status, code, said] of refused) {
    const reply = await create(app.root, form)
    assert.equal(refusal(reply), [status, code], JSON.stringify(form))
    assert.ok(errorOf(reply).message.includes(said), errorOf(reply).message)
  }
  assert.is((await app.store.findRoot())?.descendantsCount, before?.descendantsCount)
})

test('the e-mail of a closed account stays taken', async () => {
  const email = freshEmail()
  const { sid } = await createSubaccount(app, app.root, { EmailAddress: email })
  await update(sid, { Status: 'closed' })
  assert.equal(refusal(await create(app.root, { EmailAddress: email })), [409, 20409])
})

test('a name is kept as it was sent, up to 64 characters of any script', async () => {
  const { sid } = await createSubaccount(app, app.root)
  const names = [`Anna & <Söhne> "GmbH" '24`, ' a  b ', 'x'.repeat(64), '🔑'.repeat(64), '%zz+&=é']
  for (const name of names) {
    assert.is(accountOf(await create(app.root, { FriendlyName: name })).friendly_name, name)
    assert.is(accountOf(await update(sid, { FriendlyName: name })).friendly_name, name)
    assert.is(accountOf(await fetchOf(sid)).friendly_name, name)
  }
})

test('a name that is too long or holds control characters is 20002', async () => {
  const { sid, account } = await createSubaccount(app, app.root)
  const names = ['x'.repeat(65), '🔑'.repeat(65), 'a\nb', 'a\u0000b', 'a\u0085b', 'a\ufffeb']
  for (const name of names) {
    assert.equal(refusal(await create(app.root, { FriendlyName: name })), [400, 20002])
    assert.equal(refusal(await update(sid, { FriendlyName: name })), [400, 20002])
  }
  assert.equal(refusal(await update(sid, { FriendlyName: '' })), [400, 20002])
  assert.equal(accountOf(await fetchOf(sid)), account)
})

test('an account and everything below it is fetched, with and without the suffix', async () => {
  const parent = await createSubaccount(app, app.root)
  const child = await createSubaccount(app, parent)
  for (const login of [app.root, parent, child]) {
    for (const suffix of ['.json', '', '/', '.json/']) {
      const reply = await send(app, login, 'GET', `/Accounts/${child.sid}${suffix}`)
      assert.equal(accountOf(reply), child.account)
    }
  }
  const head = await send(app, parent, 'HEAD', pathOf(child))
  assert.is(head.status, 200)
  assert.is(head.text, '')
})

test('an account is found by its e-mail as well, under the same rule of visibility', async () => {
  const email = freshEmail()
  const { account, sid, token } = await createSubaccount(app, app.root, { EmailAddress: email })
  const stranger = await createSubaccount(app, app.root)
  for (const id of [email, encodeURIComponent(email), email.toUpperCase()]) {
    assert.equal(accountOf(await fetchOf(id)), account)
    assert.equal(accountOf(await fetchOf(id, { sid, email, token })), account)
    assert.equal(refusal(await fetchOf(id, stranger)), [404, 20404])
  }
})

test('an update changes what it names and dates it', async () => {
  const { sid, account } = await createSubaccount(app, app.root, { FriendlyName: 'old' })
  now += 65_000
  const reply = await update(sid, { FriendlyName: 'new', Status: 'suspended' })
  assert.is(reply.status, 200)
  const expected = {
    ...account,
    friendly_name: 'new',
    status: 'suspended',
    date_updated: 'Fri, 02 Jan 2026 03:05:10 +0000',
  }
  assert.equal(accountOf(reply), expected)
  assert.equal(accountOf(await fetchOf(sid)), expected)
})

test('an update that names nothing answers 200 and changes nothing, not even a date', async () => {
  const { sid, account } = await createSubaccount(app, app.root)
  now += 5000
  for (const form of [{}, { Whatever: 'x' }, undefined]) {
    const reply = await send(app, app.root, 'POST', pathOf({ sid }), form)
    assert.is(reply.status, 200)
    assert.equal(accountOf(reply), account)
  }
  const audit = await recordedOf(app.store, sid)
  assert.equal(
    audit.map(({ action }) => action),
    ['account.create'],
  )
})

test('a refused update stores nothing of what came with it', async () => {
  const { sid, account } = await createSubaccount(app, app.root)
  const refused: Parameters[] = [
    { FriendlyName: 'new', Status: 'asleep' },
    { FriendlyName: 'x'.repeat(65), Status: 'suspended' },
  ]
  for (const form of refused) {
    assert.is((await update(sid, form)).status, 400)
    assert.equal(accountOf(await fetchOf(sid)), account)
  }
  const itself = await update(app.root.sid, { FriendlyName: 'new', Status: 'suspended' })
  assert.is(itself.status, 400)
  assert.is.not(accountOf(await fetchOf(app.root.sid)).friendly_name, 'new')
})

test('what may not be changed is ignored without complaint', async () => {
  const { sid, account } = await createSubaccount(app, app.root)
  const other = await createSubaccount(app, app.root)
  const reply = await update(sid, {
    EmailAddress: freshEmail(),
    Password: anyPassword,
    Role: 'Guest',
    Sid: other.sid,
    AuthToken: '0'.repeat(32),
    OwnerAccountSid: other.sid,
    Type: 'Trial',
    DateCreated: 'never',
  })
  assert.equal(accountOf(reply), account)
})

test('unknown parameters are ignored in create and list, and in a query behind a fetch', async () => {
  assert.is((await create(app.root, { Whatever: 'x', 'Friendly-Name': 'y' })).status, 201)
  for (const path of ['/Accounts.json?whatever=x', `/Accounts/${app.root.sid}.json?Status=x`]) {
    assert.is((await send(app, app.root, 'GET', path)).status, 200)
  }
})

test('a parameter in another letter case is refused, never dropped', async () => {
  const { sid, account } = await createSubaccount(app, app.root)
  for (const form of [{ status: 'closed' }, { friendlyName: 'x' }, { STATUS: 'suspended' }]) {
    assert.equal(refusal(await update(sid, form)), [400, 20001])
  }
  assert.equal(refusal(await send(app, app.root, 'GET', '/Accounts.json?pageSize=1')), [400, 20001])
  assert.equal(accountOf(await fetchOf(sid)), account)
})

test('a tree as deep as it may be refuses another level with 21101', async () => {
  const small = await startApp({ config: { maxDepth: 3 } })
  const second = await createSubaccount(small, small.root)
  const third = await createSubaccount(small, second)
  for (const form of [{}, { FriendlyName: 'x'.repeat(65) }]) {
    const reply = await send(small, third, 'POST', '/Accounts.json', form)
    assert.equal(refusal(reply), [400, 21101])
  }
  await small.stop()
})

test('everything is served below the prefix of Restcomm too, with the same bodies', async () => {
  const { sid, account } = await createSubaccount(app, app.root)
  const path = `/restcomm/2010-04-01${pathOf({ sid })}`
  assert.equal(accountOf(await ask(app, app.root, 'GET', path)), account)
  const renamed = accountOf(await ask(app, app.root, 'POST', path, { FriendlyName: 'new' }))
  assert.equal(renamed, { ...account, friendly_name: 'new' })
  const made = await ask(app, app.root, 'POST', '/restcomm/2010-04-01/Accounts.json', {})
  assert.is(accountOf(made).uri, `/2010-04-01/Accounts/${accountOf(made).sid}.json`)
})

test('no path and no method is redirected', async () => {
  const paths = [
    '',
    '/',
    '//',
    '/Accounts',
    '/accounts.json',
    '/Accounts.json/',
    '/Accounts/',
    '/x/',
  ]
  for (const path of paths) {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      const { status, headers } = await send(app, app.root, method, path)
      assert.ok(status < 300 || status >= 400, `${method} ${path} ${status}`)
      assert.is(headers.get('location'), null)
    }
  }
})

test('what SDKs send beside the request does not matter', async () => {
  const { sid, account } = await createSubaccount(app, app.root)
  const variants: Record<string, string>[] = [
    { Accept: 'application/json', 'Accept-Charset': 'utf-8' },
    { Accept: 'application/xml' },
    { Accept: 'text/html;q=0.1' },
    { 'Content-Type': 'application/x-www-form-urlencoded' },
    { 'Content-Type': 'text/plain' },
    { 'User-Agent': 'twilio-node/3.2.0', 'X-Twilio-Client': 'node-3.2.0' },
    { Connection: 'close' },
  ]
  for (const headers of variants) {
    const reply = await send(app, app.root, 'GET', pathOf({ sid }), undefined, headers)
    assert.equal(accountOf(reply), account)
    assert.is(reply.headers.get('content-type'), 'application/json')
  }
})

function create(login: Login, form: Parameters) {
  return send(app, login, 'POST', '/Accounts.json', form)
}

function update(sid: string, form: Parameters) {
  return send(app, app.root, 'POST', pathOf({ sid }), form)
}

function fetchOf(sid: string, login: Login = app.root) {
  return send(app, login, 'GET', pathOf({ sid }))
}

test.run()
