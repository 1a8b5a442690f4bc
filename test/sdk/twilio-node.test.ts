import twilio from 'twilio'
import type RequestClient from 'twilio/lib/base/RequestClient.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { freshEmail } from '../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../support/start-app.ts'
import { createSubaccount, type Subaccount } from '../support/twilio.ts'

const start = Date.UTC(2026, 6, 3, 20, 0, 0)
const subaccounts = 120
let now = start
let app: TestApp
let owner: Subaccount
/** Has so many subaccounts that a list of them is several pages. */
let large: Subaccount
test.before(async () => {
  app = await startApp({ now: () => now })
  large = await createSubaccount(app, app.root)
  for (let index = 0; index < subaccounts; index += 1) {
    now += 1
    await createSubaccount(app, large, { FriendlyName: `Branch ${index}` })
  }
})
test.before.each(async () => {
  now = start
  owner = await createSubaccount(app, app.root)
})
test.after(() => app.stop())

test('an account is created and fetched, with its dates as dates', async () => {
  const { accounts } = clientOf(owner).api.v2010
  now += 1234
  const made = await accounts.create({ friendlyName: 'Branch 12 "Süd"' })
  now += 60_000
  await accounts(made.sid).update({ friendlyName: 'Branch 13' })
  const fetched = await accounts(made.sid).fetch()
  for (const account of [made, fetched]) {
    assert.match(account.sid, /^AC[0-9a-f]{32}$/)
    assert.is(account.status, 'active')
    assert.is(account.type, 'Full')
    assert.is(account.ownerAccountSid, owner.sid)
    assert.match(account.authToken, /^[0-9a-f]{32}$/)
    assert.is(account.uri, `/2010-04-01/Accounts/${made.sid}.json`)
    assert.instance(account.dateCreated, Date)
    assert.is(account.dateCreated.getTime(), start + 1000)
  }
  assert.is(made.friendlyName, 'Branch 12 "Süd"')
  assert.is(fetched.friendlyName, 'Branch 13')
  assert.instance(fetched.dateUpdated, Date)
  assert.is(fetched.dateUpdated.getTime(), start + 61_000)
})

test('a create without a name works, and its account logs in at once', async () => {
  const made = await clientOf(owner).api.v2010.accounts.create()
  assert.match(made.friendlyName, /^SubAccount Created at 2026-07-03 08:00 pm$/)
  const client = clientOf({ sid: made.sid, token: made.authToken })
  assert.is((await client.api.v2010.account.fetch()).sid, made.sid)
})

test('a list pages by itself through all subaccounts, in any page size', async () => {
  const { accounts } = clientOf(large).api.v2010
  const expected = Array.from({ length: subaccounts }, (_, index) => `Branch ${index}`)
  for (const options of [{}, { pageSize: 7 }, { pageSize: 1000 }, { limit: 5000 }]) {
    const list = await accounts.list(options)
    assert.is(list.length, subaccounts + 1)
    assert.equal(
      list.slice(1).map(({ friendlyName }) => friendlyName),
      expected,
    )
    assert.is(new Set(list.map(({ sid }) => sid)).size, subaccounts + 1)
    assert.ok(list.every(({ dateCreated }) => dateCreated instanceof Date))
  }
  assert.is((await accounts.list({ limit: 60, pageSize: 25 })).length, 60)
})

test('a list is streamed, and paged through by hand in both directions', async () => {
  const { accounts } = clientOf(large).api.v2010
  let seen = 0
  await new Promise<void>((resolve, reject) => {
    const done = (error?: Error) => (error === undefined ? resolve() : reject(error))
    const callback = () => {
      seen += 1
    }
    accounts.each({ pageSize: 50, callback, done })
  })
  assert.is(seen, subaccounts + 1)
  const first = await accounts.page({ pageSize: 50 })
  const second = await first.nextPage()
  const back = await second?.previousPage()
  assert.equal(
    back?.instances.map(({ sid }) => sid),
    first.instances.map(({ sid }) => sid),
  )
  assert.is(second?.instances[0]?.friendlyName, 'Branch 49')
})

test('filters hold through all pages', async () => {
  const { accounts } = clientOf(owner).api.v2010
  for (const status of ['active', 'active', 'active', 'suspended', 'closed'] as const) {
    const { sid } = await accounts.create({ friendlyName: 'A & B' })
    if (status !== 'active') {
      await accounts(sid).update({ status })
    }
  }
  const count = async (filter: Parameters<typeof accounts.list>[0]) =>
    (await accounts.list({ ...filter, pageSize: 2 })).length
  assert.is(await count({ friendlyName: 'A & B' }), 5)
  assert.is(await count({ friendlyName: 'A & B', status: 'active' }), 3)
  assert.is(await count({ status: 'active' }), 4)
  assert.is(await count({ status: 'closed' }), 1)
  assert.is(await count({ friendlyName: 'a & b' }), 0)
})

test('an account is renamed, suspended, reactivated and closed', async () => {
  const { accounts } = clientOf(owner).api.v2010
  const account = accounts((await accounts.create()).sid)
  assert.is((await account.update({ friendlyName: 'new' })).friendlyName, 'new')
  for (const status of ['suspended', 'active', 'closed'] as const) {
    assert.is((await account.update({ status })).status, status)
    const fetched = await account.fetch()
    assert.is(fetched.status, status)
    assert.is((await fetched.fetch()).friendlyName, 'new')
  }
})

test('errors are the own exception of the SDK, with numbers for code and status', async () => {
  const { accounts } = clientOf(owner).api.v2010
  const closed = await accounts.create()
  await accounts(closed.sid).update({ status: 'closed' })
  const wrong = clientOf({ sid: owner.sid, token: '0'.repeat(32) }).api.v2010
  const suspended = await accounts.create()
  await accounts(suspended.sid).update({ status: 'suspended' })
  const inactive = clientOf({ sid: suspended.sid, token: suspended.authToken }).api.v2010
  const unknown = `AC${'0'.repeat(32)}`
  const refused: [() => Promise<unknown>, number, number][] = [
    [() => wrong.accounts.list(), 401, 20003],
    [() => wrong.accounts.create(), 401, 20003],
    [() => inactive.account.fetch(), 403, 20005],
    [() => accounts(unknown).fetch(), 404, 20404],
    [() => accounts(app.root.sid).fetch(), 404, 20404],
    [() => accounts(owner.sid).update({ status: 'suspended' }), 400, 21477],
    [() => accounts(closed.sid).update({ status: 'active' }), 400, 21479],
    [() => accounts.create({ friendlyName: 'x'.repeat(65) }), 400, 20002],
    [() => accounts.page({ pageToken: 'made up' }), 400, 21481],
    [() => accounts(owner.sid).keys('SK1').remove(), 404, 20404],
  ]
  for (const [act, status, code] of refused) {
    const error = await exceptionOf(act)
    assert.equal([error.status, error.code], [status, code])
    assert.ok(error.message.length > 0)
    assert.is(error.moreInfo, `/docs/errors/${code}`)
  }
})

test('keys are managed, and log in as the account', async () => {
  const { accounts } = clientOf(owner).api.v2010
  const made = await accounts(owner.sid).newKeys.create({ friendlyName: 'Billing' })
  assert.match(made.sid, /^SK[0-9a-f]{32}$/)
  assert.is(made.dateCreated.getTime(), start)
  const keys = accounts(owner.sid).keys
  assert.is((await keys(made.sid).fetch()).friendlyName, 'Billing')
  assert.is((await keys(made.sid).update({ friendlyName: 'Rating' })).friendlyName, 'Rating')
  const signingKey = await accounts(owner.sid).newSigningKeys.create()
  for (const list of [await keys.list(), await accounts(owner.sid).signingKeys.list()]) {
    assert.equal(list.map(({ sid }) => sid).sort(), [made.sid, signingKey.sid].sort())
  }

  const client = clientOf({ sid: made.sid, token: made.secret }, { accountSid: owner.sid })
  assert.is((await client.api.v2010.account.fetch()).sid, owner.sid)
  assert.is((await client.api.v2010.accounts.create()).ownerAccountSid, owner.sid)
  assert.is(await keys(made.sid).remove(), true)
  const error = await exceptionOf(() => client.api.v2010.account.fetch())
  assert.is(error.code, 20003)
})

test('the token is rotated without a failed request', async () => {
  const client = clientOf(owner)
  const { secondaryAuthToken, authTokenPromotion } = client.accounts.v1
  const second = await secondaryAuthToken().create()
  assert.is(second.dateCreated.getTime(), start)
  const next = clientOf({ sid: owner.sid, token: second.secondaryAuthToken })
  for (const login of [client, next]) {
    assert.is((await login.api.v2010.account.fetch()).authToken, owner.token)
  }
  const promoted = await authTokenPromotion().update()
  assert.is(promoted.authToken, second.secondaryAuthToken)
  assert.is((await next.api.v2010.account.fetch()).authToken, second.secondaryAuthToken)
  assert.is((await exceptionOf(() => client.api.v2010.account.fetch())).code, 20003)

  await next.accounts.v1.secondaryAuthToken().create()
  assert.is(await next.accounts.v1.secondaryAuthToken().remove(), true)
  const error = await exceptionOf(() => next.accounts.v1.secondaryAuthToken().remove())
  assert.is(error.code, 20404)
})

test('an account with an e-mail logs in by that too', async () => {
  const EmailAddress = freshEmail()
  const { sid, token } = await createSubaccount(app, owner, { EmailAddress })
  const client = clientOf({ sid: EmailAddress, token }, { accountSid: sid })
  assert.is((await client.api.v2010.account.fetch()).sid, sid)
})

test('the server below the prefix of Restcomm serves the same, its pages too', async () => {
  const client = clientOf(large, {}, `${app.url}/restcomm`)
  assert.is((await client.api.v2010.accounts.list({ pageSize: 50 })).length, subaccounts + 1)
  const second = await client.accounts.v1.secondaryAuthToken().create()
  assert.is(second.accountSid, large.sid)
})

test('a request client of the own that rewrites the address will do as well', async () => {
  class Local extends twilio.RequestClient {
    override request<Data>(options: RequestClient.RequestOptions<Data>) {
      const { pathname, search } = new URL(options.uri)
      return super.request<Data>({ ...options, uri: app.url + pathname + search })
    }
  }
  const client = twilio(large.sid, large.token, { httpClient: new Local() })
  assert.is((await client.api.v2010.accounts.list({ pageSize: 50 })).length, subaccounts + 1)
})

/** A client as the README says. */
function clientOf(
  { sid, token }: Pick<Login, 'sid' | 'token'>,
  options: { readonly accountSid?: string } = {},
  url: string = app.url,
) {
  const client = twilio(sid, token, options)
  client.api.baseUrl = url
  client.accounts.baseUrl = url
  return client
}

/** What the SDK throws, which is to be its own exception. */
async function exceptionOf(
  act: () => Promise<unknown>,
): Promise<InstanceType<typeof twilio.RestException>> {
  try {
    await act()
  } catch (error) {
    if (error instanceof twilio.RestException) {
      return error
    }
    throw error
  }
  throw new Error('nothing was refused')
}

test.run()
