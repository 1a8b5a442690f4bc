import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Holder,
  holder,
  type Knock,
  knock,
  type Operation,
  operationsOf,
  pathWith,
  tellable,
} from '../support/attacks.ts'
import { idOf, md5, session } from '../support/crossbar.ts'
import { anyPassword, createAccount, freshEmail } from '../support/restcomm.ts'
import { startApp, type TestApp } from '../support/start-app.ts'

// Answers are compared whole: status, every header with its length, every byte. By the clock it is
// measured in test/bench/who-exists.ts.

let app: TestApp
let attacker: Holder
let victim: Holder
let operations: readonly Operation[]
test.before(async () => {
  app = await startApp()
  ;[attacker, victim] = [await holder(app), await holder(app)]
  operations = await operationsOf(app)
})
test.after(() => app.stop())

const nothing = { sid: 'AC0123456789abcdef0123456789abcdef', email: 'nobody@example.com' }
const missing = { key: 'SK0123456789abcdef0123456789abcdef', callflow: '0'.repeat(32) }

test('an account of a stranger is answered as one that is not there, by every route', async () => {
  const aimed = operations.filter(({ path }) => path.includes('{id}'))
  const closed = await createAccount(app, app.root, { Status: 'closed' })
  const suspended = await createAccount(app, app.root, { Status: 'suspended' })
  const hidden = [victim, victim.child, app.root, closed, suspended]
  const opened = await session(app, attacker.token)
  const ways: readonly Pick<Knock, 'headers'>[] = [
    {},
    { headers: { 'X-Auth-Token': opened.session } },
  ]
  for (const operation of aimed) {
    const key = victim.key.sid
    const given = {
      ...(operation.form && { form: { FriendlyName: 'x' } }),
      ...(operation.takesJson && { data: { name: 'x', to: idOf(victim.sid) } }),
    }
    for (const way of operation.dialect === 'Crossbar' ? ways : [{}]) {
      const ask = async (ids: { sid: string; key: string; callflow: string }) => {
        const path = pathWith(operation, ids)
        const answer = tellable(
          await knock(app, attacker, operation.method, path, { ...given, ...way }),
        )
        // What was asked for may be told back to who sent it.
        const asked = [idOf(ids.sid), idOf(ids.key), ids.callflow]
        return asked.reduce((text, id) => text.replaceAll(id, 'ID'), JSON.stringify(answer))
      }
      const unknown = await ask({ ...nothing, ...missing })
      for (const { sid } of hidden) {
        const answer = await ask({ sid, key, callflow: victim.callflow })
        assert.is(answer, unknown, `${operation.method} ${operation.path}`)
      }
    }
  }
})

test('an e-mail of a stranger is answered as one that nobody has', async () => {
  for (const method of ['GET', 'PUT', 'POST']) {
    const ask = async (email: string) =>
      tellable(await knock(app, attacker, method, `/2012-04-24/Accounts.json/${email}`))
    const unknown = await ask('nobody9@example.com')
    assert.is(unknown.status, 403)
    assert.equal(await ask(victim.email), unknown)
  }
})

test('a login says no more of a wrong key than of a wrong name, in any dialect', async () => {
  const off = await createAccount(app, app.root, { Status: 'suspended' })
  const gone = await createAccount(app, app.root, { Status: 'closed' })
  const names = [victim.sid, victim.email, off.sid, off.email, gone.sid, gone.email, app.root.sid]
  const unknown = [nothing.sid, nothing.email, 'no name', '', missing.key, victim.key.sid]
  for (const path of [
    `/2012-04-24/Accounts/${victim.sid}`,
    `/2012-04-24/Accounts.json/${victim.sid}`,
    `/2010-04-01/Accounts/${victim.sid}.json`,
    '/2010-04-01/Accounts.json',
    '/v1/AuthTokens/Promote',
    `/v2/accounts/${idOf(victim.sid)}`,
    '/v2/token_auth',
  ]) {
    const first = tellable(
      await knock(app, { sid: nothing.sid, token: 'wrong horse' }, 'GET', path),
    )
    assert.is(first.status, 401)
    for (const name of [...names, ...unknown]) {
      for (const token of ['wrong horse', '0'.repeat(32), 'x'.repeat(100), '']) {
        const answer = tellable(await knock(app, { sid: name, token }, 'GET', path))
        assert.equal(answer, first, `${path} by ${name}`)
      }
    }
  }
})

test('a login of Crossbar says no more of a wrong key than of a wrong name', async () => {
  const name = 'Somebody'
  const off = { EmailAddress: freshEmail(), FriendlyName: name, Status: 'suspended' }
  await createAccount(app, app.root, off)
  const login = async (accountName: string, credentials: string) => {
    const data = { credentials, account_name: accountName }
    return tellable(await knock(app, undefined, 'PUT', '/v2/user_auth', { data }))
  }
  const wrong = md5('nobody@example.com:wrong horse')
  const unknown = await login('Nobody', wrong)
  assert.is(unknown.status, 401)
  assert.equal(await login(name, wrong), unknown)
  assert.equal(await login(victim.name, wrong), unknown)
  assert.equal(await login(victim.name, md5(`${victim.email}:${anyPassword}x`)), unknown)
  assert.is((await login(victim.name, md5(`${victim.email}:${anyPassword}`))).status, 201)
})

test.run()
