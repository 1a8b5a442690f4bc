import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { knock } from '../support/attacks.ts'
import { md5 } from '../support/crossbar.ts'
import { anyPassword, basic, createAccount } from '../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../support/start-app.ts'

// Secrets are tried until one fits, from one address and from two hundred.

const config = {
  throttle: true,
  addressRate: undefined,
  accountRate: undefined,
  behindProxy: [{ address: '127.0.0.1', prefix: 32, family: 'ipv4' as const }],
}

async function withVictim(run: (app: TestApp, victim: Login) => Promise<void>): Promise<void> {
  const app = await startApp({ config })
  try {
    const victim = await createAccount(app, app.root, { FriendlyName: 'victim' })
    await run(app, victim)
  } finally {
    await app.stop()
  }
}

const doors = ['/2012-04-24/Accounts.json', '/2010-04-01/Accounts.json', '/v2/token_auth'] as const

function attempt(app: TestApp, address: string, name: string, secret: string, turn = 0) {
  const headers = { Authorization: basic(name, secret), 'X-Forwarded-For': address }
  return knock(app, undefined, 'GET', doors[turn % doors.length] ?? doors[0], { headers })
}

async function statuses(
  count: number,
  one: (turn: number) => Promise<{ readonly status: number }>,
) {
  const counts = new Map<number, number>()
  for (let turn = 0; turn < count; turn += 1) {
    const { status } = await one(turn)
    counts.set(status, (counts.get(status) ?? 0) + 1)
  }
  return Object.fromEntries(counts)
}

const guess = (turn: number) => (turn % 2 === 0 ? `guess ${turn}` : String(turn).padStart(32, '0'))

test('one address has ten guesses at an account, in all dialects and forms of its name together', () =>
  withVictim(async (app, victim) => {
    const bySid = await statuses(40, (turn) =>
      attempt(app, '203.0.113.1', victim.sid, guess(turn), turn),
    )
    assert.equal(bySid, { 401: 10, 429: 30 })
    const late = await attempt(app, '203.0.113.1', victim.sid, victim.token)
    assert.is(late.status, 429, 'the right token was found out behind the limit')
    assert.match(late.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
    for (const door of doors) {
      const headers = {
        Authorization: basic(victim.sid, victim.token),
        'X-Forwarded-For': '203.0.113.2',
      }
      assert.is((await knock(app, undefined, 'GET', door, { headers })).status, 200)
    }
  }))

test('one address has a hundred guesses at all accounts together', () =>
  withVictim(async (app) => {
    const counts = await statuses(130, (turn) =>
      attempt(app, '203.0.113.1', `nobody${turn}@example.com`, '0'.repeat(32), turn),
    )
    assert.equal(counts, { 401: 100, 429: 30 })
    const other = await attempt(app, '203.0.113.2', 'nobody@example.com', '0'.repeat(32))
    assert.is(other.status, 401)
  }))

test('two hundred addresses have ten guesses each, and lock nobody out', () =>
  withVictim(async (app, victim) => {
    const addressOf = (turn: number) => `198.51.100.${turn % 200}`
    const all = {
      ...(await statuses(2200, (turn) =>
        attempt(app, addressOf(turn), victim.sid, '0'.repeat(32), turn),
      )),
    }
    assert.equal(all, { 401: 2000, 429: 200 })
    for (const secret of [victim.token, anyPassword]) {
      assert.is((await attempt(app, '203.0.113.9', victim.sid, secret)).status, 200)
    }
  }))

test('a network of one client is one address, and an address that the client made up is none', () =>
  withVictim(async (app, victim) => {
    const counts = await statuses(30, (turn) =>
      attempt(app, `2001:db8:1:1::${turn.toString(16)}`, victim.sid, '0'.repeat(32), turn),
    )
    assert.equal(counts, { 401: 10, 429: 20 })
    const madeUp = await statuses(30, (turn) =>
      attempt(app, `10.0.0.${turn}, 203.0.113.7`, victim.sid, '0'.repeat(32), turn),
    )
    assert.equal(madeUp, { 401: 10, 429: 20 })
  }))

test('the logins of Crossbar have the same limits', () =>
  withVictim(async (app, victim) => {
    const headers = { 'X-Forwarded-For': '203.0.113.1' }
    const login = (path: string, data: Readonly<Record<string, string>>) =>
      knock(app, undefined, 'PUT', path, { headers, data })
    const byKey = await statuses(20, (turn) =>
      login('/v2/api_auth', { api_key: String(turn).padStart(32, '0') }),
    )
    assert.equal(byKey, { 401: 10, 429: 10 })
    const byDigest = await statuses(20, (turn) =>
      login('/v2/user_auth', { account_name: 'victim', credentials: md5(`guess ${turn}`) }),
    )
    assert.equal(byDigest, { 401: 10, 429: 10 })
    const credentials = md5(`${victim.email}:${anyPassword}`)
    const late = await login('/v2/user_auth', { account_name: 'victim', credentials })
    assert.is(late.status, 429)
  }))

test('guesses that come all at once are no more than those that come in turn', () =>
  withVictim(async (app, victim) => {
    const headers = { 'X-Forwarded-For': '203.0.113.1' }
    const digests = (turn: number) => {
      const data = { account_name: 'victim', credentials: md5(`guess ${turn}`) }
      return knock(app, undefined, 'PUT', '/v2/user_auth', { headers, data })
    }
    const passwords = (turn: number) =>
      attempt(app, '203.0.113.1', victim.sid, `guess ${turn}`, turn)
    for (const guesses of [digests, passwords]) {
      const answers = await Promise.all(Array.from({ length: 60 }, (_, turn) => guesses(turn)))
      assert.is(answers.filter(({ status }) => status === 401).length, 10)
      assert.is(answers.filter(({ status }) => status === 429).length, 50)
    }
  }))

test.run()
