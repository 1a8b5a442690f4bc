import { createRequire } from 'node:module'
import type twilio from 'twilio'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Login, startApp, type TestApp } from '../support/start-app.ts'
import { createSubaccount, type Subaccount } from '../support/twilio.ts'

type Client = Pick<ReturnType<typeof twilio>, 'api'>

// Its `exports` hide its types from TypeScript; it is a fork of Twilio's SDK, whose types it fits here.
const {
  RestClient,
}: { RestClient(sid: string, token: string, options: { signalwireSpaceUrl: string }): Client } =
  createRequire(import.meta.url)('@signalwire/compatibility-api')

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
  const { accounts } = clientOf(owner)
  now += 1234
  const made = await accounts.create({ friendlyName: 'Branch 12 "Süd"' })
  const fetched = await accounts(made.sid).fetch()
  for (const account of [made, fetched]) {
    assert.match(account.sid, /^AC[0-9a-f]{32}$/)
    assert.is(account.friendlyName, 'Branch 12 "Süd"')
    assert.is(account.status, 'active')
    assert.is(account.ownerAccountSid, owner.sid)
    assert.match(account.authToken, /^[0-9a-f]{32}$/)
    assert.instance(account.dateCreated, Date)
    assert.is(account.dateCreated.getTime(), start + 1000)
    assert.is(account.dateUpdated.getTime(), start + 1000)
  }
  const own = clientOf({ sid: made.sid, token: made.authToken })
  assert.is((await own.accounts(made.sid).fetch()).sid, made.sid)
  assert.match((await own.accounts.create()).friendlyName, /^SubAccount Created at 2026-07-03 /)
})

test('a list pages by itself through all subaccounts, in any page size', async () => {
  const { accounts } = clientOf(large)
  const expected = Array.from({ length: subaccounts }, (_, index) => `Branch ${index}`)
  for (const options of [{}, { pageSize: 7 }, { pageSize: 1000 }, { limit: 5000 }]) {
    const list = await accounts.list(options)
    assert.is(list.length, subaccounts + 1)
    assert.equal(
      list.slice(1).map(({ friendlyName }) => friendlyName),
      expected,
    )
  }
  assert.is((await accounts.list({ limit: 60, pageSize: 25 })).length, 60)
})

test('filters hold through all pages', async () => {
  const { accounts } = clientOf(owner)
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
  assert.is(await count({ status: 'closed' }), 1)
})

test('an account is renamed, suspended, reactivated and closed', async () => {
  const { accounts } = clientOf(owner)
  const account = accounts((await accounts.create()).sid)
  assert.is((await account.update({ friendlyName: 'new' })).friendlyName, 'new')
  for (const status of ['suspended', 'active', 'closed'] as const) {
    assert.is((await account.update({ status })).status, status)
    const fetched = await account.fetch()
    assert.equal([fetched.status, fetched.friendlyName], [status, 'new'])
  }
})

test('errors are the own exception of the SDK, with numbers for code and status', async () => {
  const { accounts } = clientOf(owner)
  const closed = await accounts.create()
  await accounts(closed.sid).update({ status: 'closed' })
  const wrong = clientOf({ sid: owner.sid, token: '0'.repeat(32) }).accounts
  const inactive = clientOf({ sid: closed.sid, token: closed.authToken }).accounts
  const refused: [() => Promise<unknown>, number, number][] = [
    [() => wrong.list(), 401, 20003],
    [() => inactive(closed.sid).fetch(), 403, 20005],
    [() => accounts(`AC${'0'.repeat(32)}`).fetch(), 404, 20404],
    [() => accounts(app.root.sid).fetch(), 404, 20404],
    [() => accounts(owner.sid).update({ status: 'suspended' }), 400, 21477],
    [() => accounts(closed.sid).update({ status: 'active' }), 400, 21479],
    [() => accounts.create({ friendlyName: 'x'.repeat(65) }), 400, 20002],
  ]
  for (const [act, status, code] of refused) {
    const error = await thrownBy(act)
    // The package does not export the class.
    assert.is(error.constructor.name, 'RestException')
    assert.equal(
      { ...error },
      { status, code, moreInfo: `/docs/errors/${code}`, details: undefined },
    )
    assert.ok(error.message.length > 0)
  }
})

test('keys are managed, and log in as the account', async () => {
  const { accounts } = clientOf(owner)
  const made = await accounts(owner.sid).newKeys.create({ friendlyName: 'Billing' })
  assert.is(made.dateCreated.getTime(), start)
  const list = await accounts(owner.sid).keys.list()
  assert.equal(
    list.map(({ sid, friendlyName }) => [sid, friendlyName]),
    [[made.sid, 'Billing']],
  )
  const byKey = clientOf({ sid: made.sid, token: made.secret })
  assert.is((await byKey.accounts(owner.sid).fetch()).sid, owner.sid)
  assert.is((await byKey.accounts.create()).ownerAccountSid, owner.sid)
  await accounts(owner.sid).keys(made.sid).remove()
  const error = await thrownBy(() => byKey.accounts(owner.sid).fetch())
  assert.is(error.constructor.name, 'RestException')
})

/** A client as its users make one, but for the address, which the SDK would take to be https. */
function clientOf({ sid, token }: Pick<Login, 'sid' | 'token'>) {
  const client = RestClient(sid, token, { signalwireSpaceUrl: 'pbx.example.com' })
  client.api.baseUrl = app.url
  return client.api.v2010
}

async function thrownBy(act: () => Promise<unknown>): Promise<Error> {
  try {
    await act()
  } catch (error) {
    assert.instance(error, Error)
    if (error instanceof Error) {
      return error
    }
  }
  throw new Error('nothing was refused')
}

test.run()
