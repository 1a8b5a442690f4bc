import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type AuditRow, auditOf } from '../../support/audit.ts'
import { ask, md5, member } from '../../support/crossbar.ts'
import { createAccount, send } from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'
import { createKey } from '../../support/twilio.ts'

const proxy = { address: '127.0.0.1', prefix: 32, family: 'ipv4' } as const
const config = { behindProxy: [proxy] }

async function withApp(body: (app: TestApp) => Promise<void>): Promise<void> {
  const app = await startApp({ config })
  await body(app)
}

/** What is recorded of an account's failed logins once the server was stopped, which writes what waits. */
async function failuresOf(
  app: TestApp,
  account: { readonly sid: string },
): Promise<readonly [AuditRow[], TestApp]> {
  const again = await app.restart()
  return [[...(await auditOf(again, again.root, account, { Action: 'login.failed' }))], again]
}

const wrong = (login: Login, token = 'a wrong secret') => ({ ...login, token })

function attempt(app: TestApp, login: Login, address = '203.0.113.7'): Promise<{ status: number }> {
  const headers = { 'X-Forwarded-For': address, 'X-Request-ID': `from-${address}` }
  return send(app, login, 'GET', '/Accounts', undefined, headers)
}

function attempts(row: AuditRow | undefined): number {
  return Number(row?.changes.attempts?.to)
}

test('a thousand wrong secrets from one address are one row with their count', () =>
  withApp(async (app) => {
    const account = await createAccount(app, app.root)
    const guesses = Array.from({ length: 1000 }, (_, index) =>
      wrong(account, `${index}`.padStart(32, '0')),
    )
    while (guesses.length > 0) {
      const answers = await Promise.all(guesses.splice(0, 50).map((guess) => attempt(app, guess)))
      assert.ok(answers.every(({ status }) => status === 401))
    }
    assert.equal(await auditOf(app, app.root, account, { Action: 'login.failed' }), [])
    const [rows, again] = await failuresOf(app, account)
    const [row] = rows
    assert.is(rows.length, 1)
    assert.ok(row)
    const { sid, date_created, ...shown } = row
    assert.equal(shown, {
      ...{ account_sid: account.sid, action: 'login.failed', target_sid: account.sid },
      ...{ request_id: 'from-203.0.113.7', address: '203.0.113.7', dialect: 'restcomm' },
      changes: { reason: { to: 'credentials' }, attempts: { to: '1000' } },
    })
    await again.stop()
  }))

test('a flood from many addresses is eleven rows, and every attempt is counted', () =>
  withApp(async (app) => {
    const account = await createAccount(app, app.root)
    for (let index = 0; index < 300; index += 1) {
      await attempt(app, wrong(account, '0'.repeat(32)), `198.51.${index % 250}.${index % 7}`)
    }
    const [rows, again] = await failuresOf(app, account)
    assert.is(rows.length, 11)
    assert.is(
      rows.reduce((sum, row) => sum + attempts(row), 0),
      300,
    )
    const [others, ...more] = rows.filter(({ address }) => address === undefined)
    assert.equal([attempts(others), more.length], [290, 0])
    await again.stop()
  }))

test('of one who is not active, the reason is told, which the answer hides', () =>
  withApp(async (app) => {
    const account = await createAccount(app, app.root)
    const kazoo = await member(app, app.root)
    for (const { sid } of [account, kazoo]) {
      await send(app, app.root, 'PUT', `/Accounts/${sid}`, { Status: 'suspended' })
    }
    assert.is((await attempt(app, account)).status, 403)
    assert.is((await attempt(app, wrong(account))).status, 401)
    const data = { api_key: kazoo.token }
    assert.is((await ask(app, undefined, 'PUT', '/api_auth', { data })).status, 423)
    const [rows, again] = await failuresOf(app, account)
    assert.equal(rows.map(({ changes }) => changes.reason?.to).sort(), ['credentials', 'inactive'])
    const [row] = await auditOf(again, again.root, kazoo, { Action: 'login.failed' })
    assert.equal([row?.dialect, row?.changes.reason?.to], ['crossbar', 'inactive'])
    await again.stop()
  }))

test('a key, and a login of Kazoo by realm, are told with the account they belong to', () =>
  withApp(async (app) => {
    const account = await member(app, app.root)
    const key = await createKey(app, account)
    await attempt(app, wrong(key))
    const data = { credentials: md5('x:y'), account_realm: String(account.document.realm) }
    assert.is((await ask(app, undefined, 'PUT', '/user_auth', { data })).status, 401)
    const [rows, again] = await failuresOf(app, account)
    assert.equal(rows.map((row) => [row.target_sid, row.dialect]).sort(), [
      [account.sid, 'crossbar'],
      [key.sid, 'restcomm'],
    ])
    await again.stop()
  }))

test('of unknown names nothing is recorded, and no row holds what was sent', () =>
  withApp(async (app) => {
    const account = await createAccount(app, app.root)
    const before = (await auditOf(app, app.root, app.root)).length
    const nobody = { sid: 'nobody@example.com', email: '', token: 'hunter2hunter2' }
    await attempt(app, nobody)
    await attempt(app, { ...nobody, sid: `AC${'0'.repeat(32)}` })
    await attempt(app, { ...nobody, sid: `SK${'0'.repeat(32)}` })
    await attempt(app, wrong(account, 'hunter2hunter2'))
    await ask(app, undefined, 'PUT', '/api_auth', { data: { api_key: '0'.repeat(32) } })
    const [rows, again] = await failuresOf(app, account)
    assert.is(rows.length, 1)
    assert.is((await auditOf(again, again.root, again.root)).length, before)
    assert.not.match(JSON.stringify(rows), 'hunter2')
    await again.stop()
  }))

test.run()
