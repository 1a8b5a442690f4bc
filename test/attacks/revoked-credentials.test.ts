import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { knock } from '../support/attacks.ts'
import { type Connection, openConnection } from '../support/connection.ts'
import { idOf, md5, member, session } from '../support/crossbar.ts'
import { anyPassword, createAccount } from '../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../support/start-app.ts'
import { createKey, createSubaccount } from '../support/twilio.ts'

// A connection stays open, and what let its client in is taken away: the next request is refused.

let now = Date.UTC(2026, 10, 22)
let app: TestApp
test.before(async () => {
  app = await startApp({ now: () => now })
})
test.after(() => app.stop())

/** Where a credential of the dialect is shown, and what it says of one that fits no more. */
const doors = [
  { path: (sid: string) => `/2012-04-24/Accounts/${sid}` },
  { path: (sid: string) => `/2010-04-01/Accounts/${sid}.json` },
  { path: (sid: string) => `/v2/accounts/${idOf(sid)}` },
] as const

type Case = {
  readonly what: string
  /** What is shown, for which account, and how it is taken away. */
  readonly prepare: () => Promise<{
    readonly shown: Pick<Login, 'sid' | 'token'>
    readonly of: string
    readonly revoke: () => Promise<unknown>
  }>
  /** The answers of the three dialects from then on. */
  readonly after: readonly [number, number, number]
}

const put = async (sid: string, form: Readonly<Record<string, string>>) => {
  const answer = await knock(app, app.root, 'PUT', `/2012-04-24/Accounts/${sid}`, { form })
  assert.is(answer.status, 200, answer.text)
}

const unknown = [401, 401, 401] as const
const inactive = [403, 403, 401] as const

/** An account whose own token is shown. */
function own(what: string, after: Case['after'], revoke: (login: Login) => Promise<unknown>): Case {
  return {
    what,
    after,
    async prepare() {
      const login = await createAccount(app, app.root)
      return { shown: login, of: login.sid, revoke: () => revoke(login) }
    },
  }
}

/** The same of one whose parent something is done to. */
function above(what: string, Status: string): Case {
  return {
    what,
    after: inactive,
    async prepare() {
      const parent = await createAccount(app, app.root)
      const login = await createAccount(app, await createAccount(app, parent))
      return { shown: login, of: login.sid, revoke: () => put(parent.sid, { Status }) }
    },
  }
}

function byKey(
  what: string,
  after: Case['after'],
  form: Readonly<Record<string, string>>,
  revoke: (owner: Login, key: Login) => Promise<unknown>,
): Case {
  return {
    what,
    after,
    async prepare() {
      const owner = await createSubaccount(app, app.root)
      const key = await createKey(app, owner, form)
      return { shown: key, of: owner.sid, revoke: () => revoke(owner, key) }
    },
  }
}

const expiry = () => ({ ExpiresAt: new Date(now + 60_000).toISOString() })

const cases: readonly Case[] = [
  own('a token that was renewed', unknown, ({ sid }) =>
    knock(app, app.root, 'PUT', `/v2/accounts/${idOf(sid)}/api_key`),
  ),
  own('a token whose successor was promoted', unknown, async (login) => {
    await knock(app, login, 'POST', '/v1/AuthTokens/Secondary')
    return knock(app, login, 'POST', '/v1/AuthTokens/Promote')
  }),
  own('the token of an account with a new password', unknown, ({ sid }) =>
    put(sid, { Password: 'another good one' }),
  ),
  own('an account that was suspended', inactive, ({ sid }) => put(sid, { Status: 'suspended' })),
  own('an account that was made inactive', inactive, ({ sid }) => put(sid, { Status: 'inactive' })),
  own('an account that was closed', inactive, ({ sid }) => put(sid, { Status: 'closed' })),
  own('a role that was lowered to nothing', [403, 403, 403], ({ sid }) =>
    put(sid, { Role: 'Guest' }),
  ),
  above('an account below one that was suspended', 'suspended'),
  above('an account below one that was closed', 'closed'),
  {
    what: 'a password that was changed',
    after: unknown,
    async prepare() {
      const login = await createAccount(app, app.root)
      const shown = { sid: login.sid, token: anyPassword }
      return {
        shown,
        of: login.sid,
        revoke: () => put(login.sid, { Password: 'another good one' }),
      }
    },
  },
  {
    what: 'a secondary token that was removed',
    after: unknown,
    async prepare() {
      const login = await createAccount(app, app.root)
      const answer = await knock(app, login, 'POST', '/v1/AuthTokens/Secondary')
      const shown = { sid: login.sid, token: String(JSON.parse(answer.text).secondary_auth_token) }
      const revoke = () => knock(app, login, 'DELETE', '/v1/AuthTokens/Secondary')
      return { shown, of: login.sid, revoke }
    },
  },
  byKey('a key that was removed', unknown, {}, (owner, key) =>
    knock(app, owner, 'DELETE', `/2010-04-01/Accounts/${owner.sid}/Keys/${key.sid}.json`),
  ),
  byKey('a key that has expired', unknown, expiry(), async () => {
    now += 61_000
  }),
  byKey('a key of an account that was suspended', inactive, {}, ({ sid }) =>
    put(sid, { Status: 'suspended' }),
  ),
  byKey('a key of an account that was closed', inactive, {}, ({ sid }) =>
    put(sid, { Status: 'closed' }),
  ),
  {
    what: 'an administrator above, when what it reached was moved elsewhere',
    after: [403, 404, 403],
    async prepare() {
      const shown = await member(app, app.root)
      const moved = await member(app, shown)
      const to = await member(app, app.root)
      const revoke = () =>
        knock(app, app.root, 'POST', `/v2/accounts/${moved.id}/move`, { data: { to: to.id } })
      return { shown, of: moved.sid, revoke }
    },
  },
]

async function ask(connection: Connection, shown: Pick<Login, 'sid' | 'token'>, of: string) {
  const statuses: number[] = []
  for (const { path } of doors) {
    statuses.push((await connection.ask(shown, 'GET', path(of))).status)
  }
  return statuses
}

for (const { what, prepare, after } of cases) {
  test(`${what} lets nobody in at the next request of an open connection`, async () => {
    const { shown, of, revoke } = await prepare()
    const connection = openConnection(app)
    assert.equal(await ask(connection, shown, of), [200, 200, 200])
    await revoke()
    assert.equal(await ask(connection, shown, of), after)
    connection.close()
  })
}

type Ending = readonly [
  what: string,
  status: number,
  end: (login: Login, token: string) => Promise<unknown>,
]

const endings: readonly Ending[] = [
  [
    'is ended',
    401,
    (_login, token) =>
      knock(app, undefined, 'DELETE', '/v2/token_auth', { headers: { 'X-Auth-Token': token } }),
  ],
  [
    'belongs to an account with a new password',
    401,
    ({ sid }) => put(sid, { Password: 'another good one' }),
  ],
  [
    'belongs to an account with a new token',
    401,
    ({ sid }) => knock(app, app.root, 'PUT', `/v2/accounts/${idOf(sid)}/api_key`),
  ],
  ['belongs to a suspended account', 401, ({ sid }) => put(sid, { Status: 'suspended' })],
  ['belongs to a closed account', 401, ({ sid }) => put(sid, { Status: 'closed' })],
  ['belongs to somebody who may nothing any more', 403, ({ sid }) => put(sid, { Role: 'Guest' })],
  [
    'is over',
    401,
    async () => {
      now += 3_601_000
    },
  ],
]

for (const [what, status, end] of endings) {
  test(`a session that ${what} is none at the next request`, async () => {
    const login = await createAccount(app, app.root, { FriendlyName: `session that ${what}` })
    const credentials = md5(`${login.email}:${anyPassword}`)
    const data = { account_name: `session that ${what}`, credentials }
    const byPassword = await knock(app, undefined, 'PUT', '/v2/user_auth', { data })
    const tokens = [
      (await session(app, login.token)).session,
      String(byPassword.headers.get('x-auth-token')),
    ]
    for (const token of tokens) {
      const ask = () =>
        knock(app, undefined, 'GET', `/v2/accounts/${idOf(login.sid)}`, {
          headers: { 'X-Auth-Token': token },
        })
      assert.is((await ask()).status, 200)
    }
    for (const [turn, token] of tokens.entries()) {
      if (turn === 0 || what === 'is ended') {
        await end(login, token)
      }
      const headers = { 'X-Auth-Token': token }
      const path = `/v2/accounts/${idOf(login.sid)}`
      assert.is((await knock(app, undefined, 'GET', path, { headers })).status, status)
    }
  })
}

test('a session is none when a secondary token, by which it may have been opened, is taken away', async () => {
  const secondaryPath = '/v1/AuthTokens/Secondary'
  for (const method of ['DELETE', 'POST']) {
    const login = await createAccount(app, app.root)
    const opened = [(await session(app, login.token)).session]
    const added = await knock(app, login, 'POST', secondaryPath)
    opened.push((await session(app, JSON.parse(added.text).secondary_auth_token)).session)
    const statuses = async () => {
      const asked = opened.map((token) =>
        knock(app, undefined, 'GET', '/v2/token_auth', { headers: { 'X-Auth-Token': token } }),
      )
      return (await Promise.all(asked)).map(({ status }) => status)
    }
    assert.equal(await statuses(), [200, 200])
    await knock(app, login, method, secondaryPath)
    assert.equal(await statuses(), [401, 401], method)
  }
})

test('a session that is begun while the password changes is not opened by the old one', async () => {
  const slow = await startApp({ config: { bcryptCost: 10 } })
  const login = await createAccount(slow, slow.root, { FriendlyName: 'quick' })
  const credentials = md5(`${login.email}:${anyPassword}`)
  const data = { account_name: 'quick', credentials }
  // Both wait for the queue of hashes; whichever comes first, the old password opens nothing after it.
  const form = { Password: 'another good one' }
  const changing = knock(slow, slow.root, 'PUT', `/2012-04-24/Accounts/${login.sid}`, { form })
  const opened = await Promise.all(
    Array.from({ length: 8 }, () => knock(slow, undefined, 'PUT', '/v2/user_auth', { data })),
  )
  assert.is((await changing).status, 200)
  for (const { status, headers } of opened) {
    if (status === 201) {
      const token = { 'X-Auth-Token': String(headers.get('x-auth-token')) }
      const path = '/v2/token_auth'
      assert.is((await knock(slow, undefined, 'GET', path, { headers: token })).status, 401)
    }
  }
  assert.is((await knock(slow, undefined, 'PUT', '/v2/user_auth', { data })).status, 401)
  await slow.stop()
})

test.run()
