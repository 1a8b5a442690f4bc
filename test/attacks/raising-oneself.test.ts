import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertNothingDone, knock, stored } from '../support/attacks.ts'
import { idOf } from '../support/crossbar.ts'
import { anyPassword, createAccount, freshEmail } from '../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../support/start-app.ts'
import { createKey, createSubaccount } from '../support/twilio.ts'

// Somebody with an account tries to become more than they are.

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

const account = ({ sid }: Pick<Login, 'sid'>) => `/2012-04-24/Accounts/${sid}.json`

test('nobody gives themselves another role, and nobody one above their own', async () => {
  for (const role of ['Developer', 'User', 'Guest']) {
    const who = await createAccount(app, app.root, { Role: role })
    await assertNothingDone(app, async () => {
      for (const Role of ['Administrator', 'SuperAdmin', 'superadmin', 'Root']) {
        for (const method of ['PUT', 'POST']) {
          const answer = await knock(app, who, method, account(who), { form: { Role } })
          assert.ok([400, 403].includes(answer.status), `${role} to ${Role}: ${answer.text}`)
        }
      }
    })
    for (const base of ['/2012-04-24', '/2010-04-01']) {
      const form = { Role: 'Administrator', EmailAddress: freshEmail(), Password: anyPassword }
      const { status, text } = await knock(app, who, 'POST', `${base}/Accounts.json`, { form })
      const [row] = status < 300 ? (stored(app, [JSON.parse(text).sid]).accounts ?? []) : []
      // What a Developer makes is a Developer too, whatever was asked for (restcomm.md 6).
      assert.ok(status === 403 || row?.role === role, `${role} makes an Administrator: ${text}`)
    }
  }
})

test('an administrator of a branch is none of the installation, and takes no right of the root', async () => {
  const who = await createAccount(app, app.root)
  const child = await createAccount(app, who)
  const own = `/v2/accounts/${idOf(who.sid)}`
  await assertNothingDone(app, async () => {
    for (const [method, path, given] of [
      ['PUT', `${own}/reseller`, {}],
      ['DELETE', `${own}/reseller`, {}],
      ['PUT', `/v2/accounts/${idOf(child.sid)}/reseller`, {}],
      ['POST', `${own}/move`, { data: { to: idOf(app.root.sid) } }],
      ['POST', `${own}/move`, { data: { to: idOf(child.sid) } }],
      ['POST', `/v2/accounts/${idOf(child.sid)}/move`, { data: { to: idOf(app.root.sid) } }],
      ['PUT', '/2012-04-24/Organizations/mine.example.com', { form: {} }],
      ['GET', '/2012-04-24/Organizations.json', {}],
      ['POST', `/2012-04-24/Accounts/migrate/${who.sid}`, { form: { Organization: 'mine' } }],
      ['GET', '/2012-04-24/Accounts.json?DomainName=default.restcomm.com', {}],
      ['PUT', `/2012-04-24/Accounts/${app.root.sid}`, { form: { Password: 'correct horse' } }],
    ] as const) {
      const answer = await knock(app, who, method, path, given)
      assert.is(answer.status, 403, `${method} ${path}: ${answer.text}`)
    }
  })
})

test('a suspended account does not raise its own status, nor one below what is suspended above', async () => {
  const parent = await createAccount(app, app.root)
  const who = await createAccount(app, parent)
  const change = (login: Login, of: Login, Status: string) =>
    knock(app, login, 'PUT', account(of), { form: { Status } })
  assert.is((await change(app.root, parent, 'suspended')).status, 200)
  await assertNothingDone(app, async () => {
    for (const [login, of] of [
      [parent, parent],
      [parent, who],
      [who, who],
      [who, parent],
    ] as const) {
      assert.is((await change(login, of, 'active')).status, 403)
      const path = `/v2/accounts/${idOf(of.sid)}`
      const data = { name: 'x', enabled: true }
      assert.is((await knock(app, login, 'PATCH', path, { data })).status, 401)
      const form = { Status: 'active' }
      const twilio = await knock(app, login, 'POST', `/2010-04-01/Accounts/${of.sid}.json`, {
        form,
      })
      assert.is(twilio.status, 403)
    }
  })
})

test('a key gives no more than it has: no wider key, no secret, no longer life', async () => {
  const owner = await createSubaccount(app, app.root)
  const wide = { Scope: 'admin', Reach: 'branch' }
  const end = '2030-01-01T00:00:00Z'
  for (const [own, asked] of [
    [{ Scope: 'read', Reach: 'branch' }, wide],
    [{ Scope: 'write', Reach: 'branch' }, wide],
    [{ Scope: 'admin', Reach: 'self' }, wide],
    [
      { Scope: 'admin', Reach: 'self' },
      { Scope: 'read', Reach: 'self' },
    ],
    [{ ...wide, ExpiresAt: end }, wide],
    [
      { ...wide, ExpiresAt: end },
      { ...wide, ExpiresAt: '2030-01-01T00:00:01Z' },
    ],
  ] as const) {
    const key = await createKey(app, owner, own)
    await assertNothingDone(app, async () => {
      const path = `/2010-04-01/Accounts/${owner.sid}/Keys.json`
      const answer = await knock(app, key, 'POST', path, { form: asked })
      assert.is(answer.status, 403, JSON.stringify([own, asked]))
    })
    if (!('ExpiresAt' in own)) {
      const read = await knock(app, key, 'GET', account(owner))
      assert.not.ok(read.text.includes(owner.token), 'a key shows the AuthToken')
      const api = await knock(app, key, 'GET', `/v2/accounts/${idOf(owner.sid)}/api_key`)
      assert.is(api.status, 403)
    }
  }
})

test.run()
