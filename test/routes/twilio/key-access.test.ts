import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { keyReaches, keyScopes } from '../../../lib/api-keys.ts'
import { send as sendRestcomm } from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'
import {
  accountOf,
  ask,
  createKey,
  createSubaccount,
  type KeyLogin,
  type Parameters,
  pageOf,
  pathOf,
  type Reply,
  refusal,
  type Subaccount,
  send,
  textIn,
} from '../../support/twilio.ts'

type Scope = (typeof keyScopes)[number]
type Reach = (typeof keyReaches)[number]

/** One request, and what a key must be made for to send it. */
type Row = {
  readonly method: string
  /** As the API description writes it. */
  readonly path: string
  /** The account in the path, if there is one. */
  readonly of?: 'self' | 'child' | 'grandchild'
  readonly form?: Parameters
  readonly scope: Scope
  readonly reach: Reach
}

const restcomm = '/2012-04-24/Accounts'
const twilio = '/2010-04-01/Accounts'
const tokens = '/v1/AuthTokens'
const keyCollections = [`${twilio}/{id}/Keys`, `${twilio}/{id}/SigningKeys`]

const webhooks = `${restcomm}/{id}/Webhooks`
const webhook = `${webhooks}/{webhook}`
const url = { Url: 'https://example.com/events' }

const rows: readonly Row[] = [
  { method: 'GET', path: twilio, scope: 'read', reach: 'self' },
  { method: 'POST', path: twilio, scope: 'write', reach: 'branch' },
  { method: 'GET', path: restcomm, scope: 'read', reach: 'branch' },
  { method: 'POST', path: restcomm, form: withEmail(), scope: 'write', reach: 'branch' },
  ...ofSelfAndBelow([
    { method: 'GET', path: `${twilio}/{id}`, scope: 'read' },
    { method: 'POST', path: `${twilio}/{id}`, form: { FriendlyName: 'x' }, scope: 'write' },
    { method: 'GET', path: `${restcomm}/{id}`, scope: 'read' },
    { method: 'GET', path: `${restcomm}/{id}/Audit`, scope: 'read' },
    { method: 'POST', path: `${restcomm}/{id}`, form: { FriendlyName: 'x' }, scope: 'write' },
    { method: 'PUT', path: `${restcomm}/{id}`, form: { Status: 'active' }, scope: 'write' },
    {
      method: 'PUT',
      path: `${restcomm}/{id}`,
      form: { Password: 'correct horse' },
      scope: 'admin',
    },
    { method: 'PUT', path: `${restcomm}/{id}`, form: { Role: 'Administrator' }, scope: 'admin' },
    { method: 'GET', path: webhooks, scope: 'admin' },
    { method: 'POST', path: webhooks, form: url, scope: 'admin' },
    { method: 'GET', path: webhook, scope: 'admin' },
    { method: 'POST', path: webhook, form: url, scope: 'admin' },
    { method: 'PUT', path: webhook, form: url, scope: 'admin' },
    { method: 'DELETE', path: webhook, scope: 'admin' },
    { method: 'POST', path: `${webhook}/Secret`, scope: 'admin' },
    { method: 'POST', path: `${webhook}/Test`, scope: 'admin' },
    ...keyCollections.flatMap((path): Omit<Row, 'of' | 'reach'>[] => [
      { method: 'GET', path, scope: 'admin' },
      { method: 'POST', path, form: { Reach: 'self' }, scope: 'admin' },
      { method: 'GET', path: `${path}/{key}`, scope: 'admin' },
      { method: 'POST', path: `${path}/{key}`, form: { FriendlyName: 'x' }, scope: 'admin' },
      { method: 'DELETE', path: `${path}/{key}`, scope: 'admin' },
    ]),
  ]),
  // Nobody reopens the own account.
  { method: 'POST', path: `${restcomm}/{id}/Reopen`, of: 'child', scope: 'write', reach: 'branch' },
  { method: 'POST', path: `${tokens}/Secondary`, scope: 'admin', reach: 'branch' },
  { method: 'DELETE', path: `${tokens}/Secondary`, scope: 'admin', reach: 'branch' },
  { method: 'POST', path: `${tokens}/Promote`, scope: 'admin', reach: 'branch' },
]

/** What the root alone may: asked by keys of the root. */
const rootRows: readonly Row[] = [
  {
    method: 'POST',
    path: `${restcomm}/migrate/{id}`,
    of: 'child',
    form: { Organization: 'elsewhere.example.com' },
    scope: 'write',
    reach: 'branch',
  },
  { method: 'GET', path: '/2012-04-24/Organizations', scope: 'read', reach: 'branch' },
  { method: 'GET', path: '/2012-04-24/Organizations/{id}', scope: 'read', reach: 'self' },
  { method: 'PUT', path: '/2012-04-24/Organizations/{id}', scope: 'write', reach: 'branch' },
]

function ofSelfAndBelow(shared: readonly Omit<Row, 'of' | 'reach'>[]): Row[] {
  return shared.flatMap((row): Row[] => [
    { ...row, of: 'self', reach: isOfSecrets(row) ? 'branch' : 'self' },
    { ...row, of: 'child', reach: 'branch' },
    { ...row, of: 'grandchild', reach: 'branch' },
  ])
}

/** Whoever has an account's secrets has its reach, so a key for the account alone has none of them. */
function isOfSecrets({ scope, form }: Omit<Row, 'of' | 'reach'>): boolean {
  return scope === 'admin' && !(typeof form === 'object' && 'Role' in form)
}

function withEmail(): Parameters {
  return { EmailAddress: 'NEW', Password: 'correct horse' }
}

let app: TestApp
let owner: Subaccount
let child: Subaccount
let grandchild: Subaccount
let organization: string
/** The owner's AuthToken ends with the passwords that are set here. */
let ownerKey: KeyLogin
let made = 0
test.before(async () => {
  app = await startApp()
  owner = await createSubaccount(app, app.root)
  child = await createSubaccount(app, owner)
  grandchild = await createSubaccount(app, child)
  ownerKey = await createKey(app, owner)
  await sendRestcomm(app, app.root, 'PUT', '/Organizations/elsewhere.example.com')
  organization = (await app.store.findRoot())?.organizationSid ?? ''
})
test.after(() => app.stop())

for (const scope of keyScopes) {
  for (const reach of keyReaches) {
    test(`a key with the scope ${scope} and the reach ${reach} may what that says, and no more`, async () => {
      const form = { Scope: scope, Reach: reach }
      const key = await createKey(app, app.root, form, owner)
      for (const row of rows) {
        await assertRow(row, key)
      }
      const ofRoot = await createKey(app, app.root, form)
      for (const row of rootRows) {
        await assertRow(row, ofRoot)
      }
    })
  }
}

test('every route of the API is in the table', async () => {
  const description: unknown = await (await fetch(`${app.url}/openapi.json`)).json()
  assert.ok(isDescription(description))
  const routes = Object.entries(description.paths)
    .filter(([path]) => /^\/(2012-04-24|2010-04-01|v1)\//.test(path))
    .flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    )
  const table = new Set([...rows, ...rootRows].map(({ method, path }) => `${method} ${path}`))
  assert.equal([...table].sort(), routes.sort())
})

test('a key of any reach finds nothing outside the branch of its account', async () => {
  const stranger = await createSubaccount(app, app.root)
  for (const reach of keyReaches) {
    const key = await createKey(app, ownerKey, { Reach: reach }, owner)
    for (const sid of [stranger.sid, app.root.sid, `AC${'0'.repeat(32)}`]) {
      assert.equal(refusal(await send(app, key, 'GET', pathOf({ sid }))), [404, 20404])
    }
  }
})

test('a key for the own account lists that account alone, on every page', async () => {
  const key = await createKey(app, ownerKey, { Reach: 'self' }, owner)
  for (const query of ['', '?PageSize=1', '?Page=1', '?PageSize=1&Page=1']) {
    const page = pageOf(await send(app, key, 'GET', `/Accounts.json${query}`))
    const expected = query.includes('Page=1') ? [] : [owner.sid]
    assert.equal(
      page.accounts?.map(({ sid }) => sid),
      expected,
    )
    assert.is(page.next_page_uri, null)
  }
})

test('a key gives no key more reach than it has', async () => {
  const key = await createKey(app, ownerKey, { Reach: 'self' }, owner)
  const path = `/Accounts/${owner.sid}/Keys.json`
  for (const form of [{}, { Reach: 'branch' }, { Reach: 'branch', Scope: 'read' }]) {
    assert.equal(refusal(await send(app, key, 'POST', path, form)), [403, 20403])
  }
  // Nor one of its own reach: it sees none of the account's secrets.
  const same = await send(app, key, 'POST', path, { Reach: 'self', Scope: 'read' })
  assert.equal(refusal(same), [403, 20403])
  const narrow = await createKey(app, ownerKey, { Reach: 'self', Scope: 'read' }, owner)
  assert.equal(refusal(await send(app, narrow, 'GET', pathOf(child))), [403, 20403])
})

test('a key loses what its account loses', async () => {
  const account = await createSubaccount(app, app.root)
  const below = await createSubaccount(app, account)
  const key = await createKey(app, account)
  assert.is((await send(app, key, 'GET', pathOf(below))).status, 200)
  await setRole(account, 'Developer')
  assert.equal(refusal(await send(app, key, 'GET', pathOf(below))), [403, 20403])
  assert.is((await send(app, key, 'GET', pathOf(account))).status, 200)
  await setRole(account, 'User')
  assert.equal(refusal(await send(app, key, 'POST', '/Accounts.json', {})), [403, 20403])
  await setRole(account, 'Guest')
  assert.equal(refusal(await send(app, key, 'GET', pathOf(account))), [403, 20403])
})

test('a key without the scope for secrets sees no AuthToken, not even in what it makes', async () => {
  const key = await createKey(app, ownerKey, { Scope: 'write' }, owner)
  const account = accountOf(await send(app, key, 'POST', '/Accounts.json', {}))
  assert.is(account.auth_token, null)
  const restcommAnswer = await sendRestcomm(app, { ...key, email: '' }, 'GET', '/Accounts.json')
  assert.match(restcommAnswer.text, account.sid)
  assert.not(restcommAnswer.text.includes('auth_token'))
  const shown = accountOf(await send(app, ownerKey, 'GET', pathOf(account)))
  assert.match(shown.auth_token ?? '', /^[0-9a-f]{32}$/)
})

/** Sends the request of a row by the key, and holds the answer against what the table says. */
async function assertRow(row: Row, key: KeyLogin): Promise<void> {
  const { method, path, scope, reach } = row
  const mayAsk = keyScopes.indexOf(scope) <= keyScopes.indexOf(scopeOf(key))
  const mayReach = reach === 'self' || key.key.reach === 'branch'
  const what = `${method} ${path} ${row.of ?? ''}`
  const isAllowed = mayAsk && mayReach
  const reply = await sendRow(row, key, isAllowed)
  if (isAllowed) {
    assert.ok(reply.status < 300, `${what}: ${reply.status} ${reply.text}`)
  } else if (path.startsWith('/2012-04-24')) {
    assert.is(reply.status, 403, `${what}: ${reply.text}`)
    assert.match(reply.text, 'Access denied')
  } else {
    assert.equal([reply.status, reply.text.slice(0, 13)], [403, '{"code":20403'], what)
  }
}

function scopeOf({ key }: KeyLogin): Scope {
  const scope = keyScopes.find((known) => known === key.scope)
  assert.ok(scope)
  return scope
}

/** An answer that is to be no refusal needs something new to be about. */
async function sendRow(row: Row, key: KeyLogin, isNeeded: boolean): Promise<Reply> {
  made += 1
  const { method, path, of, form } = row
  const target = of === undefined ? owner : { self: owner, child, grandchild }[of]
  let [id, keySid] = [target.sid, `SK${'0'.repeat(32)}`]
  let webhookSid = `WH${'0'.repeat(32)}`
  if (path.includes('Organizations')) {
    id = method === 'PUT' ? `house${made}.example.com` : organization
  } else if (isNeeded && path.includes('{key}')) {
    keySid = (await createKey(app, app.root, {}, target)).sid
  } else if (isNeeded && path.includes('{webhook}')) {
    const made = await sendRestcomm(app, app.root, 'POST', `/Accounts/${id}/Webhooks.json`, url)
    webhookSid = textIn(made, 'sid')
  } else if (isNeeded && path.includes('migrate')) {
    id = (await createSubaccount(app, app.root)).sid
  } else if (isNeeded && path.endsWith('Reopen')) {
    id = (await createSubaccount(app, ownerKey)).sid
    await sendRestcomm(app, app.root, 'PUT', `/Accounts/${id}`, { Status: 'closed' })
  } else if (isNeeded && path.startsWith(tokens)) {
    assert.is((await ask(app, ownerKey, 'POST', `${tokens}/Secondary`)).status, 201)
  }
  const filled = path.replace('{id}', id).replace('{key}', keySid).replace('{webhook}', webhookSid)
  const email = { ...(form?.EmailAddress && { EmailAddress: `made${made}@example.com` }) }
  return ask(app, key, method, filled, form && { ...form, ...email })
}

async function setRole({ sid }: Pick<Login, 'sid'>, role: string): Promise<void> {
  const reply = await sendRestcomm(app, app.root, 'PUT', `/Accounts/${sid}`, { Role: role })
  assert.is(reply.status, 200)
}

type Description = { readonly paths: Readonly<Record<string, object>> }

function isDescription(body: unknown): body is Description {
  return typeof body === 'object' && body !== null && 'paths' in body
}

test.run()
