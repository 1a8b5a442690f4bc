import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Callback, test } from 'uvu'
import * as assert from 'uvu/assert'
import { pythonWith } from '../support/python.ts'
import { skipUnless } from '../support/skip.ts'
import { root } from '../support/sources.ts'
import { startApp } from '../support/start-app.ts'
import { createSubaccount, type Subaccount } from '../support/twilio.ts'

const start = Date.UTC(2026, 6, 3, 20, 0, 0)
const subaccounts = 120
const python = pythonWith('twilio')
let owner: Subaccount
/** What the script has seen, by the name of its part. */
let seen: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {}

test.before(async () => {
  if (python === undefined) {
    return
  }
  let now = start
  const app = await startApp({ now: () => now })
  const large = await createSubaccount(app, app.root)
  for (let index = 0; index < subaccounts; index += 1) {
    now += 1
    await createSubaccount(app, large, { FriendlyName: `Branch ${index}` })
  }
  now = start
  owner = await createSubaccount(app, app.root)
  const script = join(root, 'fixtures/sdk/twilio-python.py')
  const logins = [owner, large].flatMap(({ sid, token }) => [sid, token])
  const { stdout } = await promisify(execFile)(python, [script, app.url, ...logins])
  seen = JSON.parse(stdout)
  await app.stop()
})

function withPython(handler: Callback): Callback {
  return skipUnless(python !== undefined, 'no Python with the package twilio', handler)
}

test(
  'an account is created and fetched, with its dates as dates',
  withPython(() => {
    const { made, fetched, by_itself, named_by_server } = seen.create ?? {}
    assert.type(made, 'object')
    const { sid, auth_token, ...rest } = Object(made)
    assert.match(sid, /^AC[0-9a-f]{32}$/)
    assert.match(auth_token, /^[0-9a-f]{32}$/)
    assert.equal(rest, {
      friendly_name: 'Branch 12 "Süd"',
      status: 'active',
      owner_account_sid: owner.sid,
      dates_are_dates: true,
      date_created: start,
      date_updated: start,
    })
    assert.equal(fetched, made)
    assert.equal(by_itself, made)
    assert.is(named_by_server, 'SubAccount Created at 2026-07-03 08:00 pm')
  }),
)

test(
  'a list pages by itself through all subaccounts, in any page size',
  withPython(() => {
    const all = subaccounts + 1
    assert.equal(seen.list?.counts, {
      plain: all,
      small_pages: all,
      great_limit: all,
      greatest_limit: all,
      streamed: all,
      below_prefix: all,
      limited: 60,
    })
    const [, ...names] = Object(seen.list?.names)
    assert.equal(
      names,
      Array.from({ length: subaccounts }, (_, index) => `Branch ${index}`),
    )
  }),
)

test(
  'filters hold through all pages',
  withPython(() => assert.equal(seen.filter, { name: 5, both: 3, closed: 1 })),
)

test(
  'an account is renamed, suspended, reactivated and closed',
  withPython(() => {
    const statuses = ['suspended', 'suspended', 'active', 'active', 'closed', 'closed']
    assert.equal(seen.change, { statuses, renamed: 'new' })
  }),
)

test(
  'errors are the own exception of the SDK, with numbers for code and status',
  withPython(() => {
    const { list, ...refused } = seen.refuse ?? {}
    const expected: Readonly<Record<string, readonly [number, number]>> = {
      'wrong token': [401, 20003],
      'closed login': [403, 20005],
      unknown: [404, 20404],
      'own status': [400, 21477],
      closed: [400, 21479],
      name: [400, 20002],
    }
    assert.equal(Object.keys(refused), Object.keys(expected))
    for (const [what, [status, code]] of Object.entries(expected)) {
      const { msg, ...facts } = Object(refused[what])
      assert.equal(facts, { class: 'TwilioRestException', status, code }, what)
      assert.ok(String(msg).length > 0)
    }
    // The SDK has no other exception for a page that is refused.
    assert.is(Object(list).class, 'TwilioException')
    assert.match(String(Object(list).msg), 'Unable to fetch page')
  }),
)

test(
  'keys are managed, and log in as the account',
  withPython(() => {
    const { made, listed, after, ...rest } = seen.keys ?? {}
    assert.equal(listed, [made])
    assert.is(Object(made)[1], 'Billing')
    const facts = { date_created: start, by_key: owner.sid, below: owner.sid, removed: true }
    assert.equal(rest, facts)
    assert.equal([Object(after).status, Object(after).code], [401, 20003])
  }),
)

test(
  'the token is rotated without a failed request',
  withPython(() => {
    const { sid, both, second, first, ...rest } = seen.rotate ?? {}
    assert.equal(rest, { date_created: start, is_promoted: true })
    assert.equal([both, second], [[sid, sid], sid])
    assert.equal([Object(first).status, Object(first).code], [401, 20003])
  }),
)

test.run()
