import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { askAudit, auditOf } from '../../support/audit.ts'
import { ask, pathOf } from '../../support/crossbar.ts'
import { createAccount, type Parameters, send } from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'
import { createKey } from '../../support/twilio.ts'

let app: TestApp
let people: Readonly<
  Record<'root' | 'above' | 'account' | 'child' | 'sibling' | 'developer' | 'user' | 'guest', Login>
>
test.before(async () => {
  app = await startApp()
  const { root } = app
  const above = await createAccount(app, root)
  const account = await createAccount(app, above)
  const withRole = (Role: string) => createAccount(app, root, { Role })
  people = {
    root,
    above,
    account,
    child: await createAccount(app, account),
    sibling: await createAccount(app, above),
    developer: await withRole('Developer'),
    user: await withRole('User'),
    guest: await withRole('Guest'),
  }
})
test.after(() => app.stop())

/** What both dialects answer to who asks for the audit of an account. */
async function answersTo(reader: Login, of: { readonly sid: string }): Promise<readonly number[]> {
  const kazoo = await ask(app, reader, 'GET', pathOf(of, '/audit'))
  return [(await askAudit(app, reader, of)).status, kazoo.status]
}

test('an account and those above it read its audit, and nobody else', async () => {
  const { account } = people
  for (const reader of [people.account, people.above, people.root]) {
    assert.equal(await answersTo(reader, account), [200, 200], reader.sid)
  }
  for (const reader of [people.child, people.sibling, people.user]) {
    assert.equal(await answersTo(reader, account), [403, 403], reader.sid)
  }
})

test('only an Administrator reads its own', async () => {
  for (const reader of [people.developer, people.user, people.guest]) {
    assert.equal(await answersTo(reader, reader), [403, 403], reader.sid)
  }
})

test('a key of any scope reads the audit of its account, and below it with that reach', async () => {
  const { account, above, child } = people
  for (const Scope of ['read', 'write', 'admin']) {
    for (const Reach of ['self', 'branch']) {
      const key = await createKey(app, account, { Scope, Reach })
      assert.equal(await answersTo(key, account), [200, 200], `${Scope} ${Reach}`)
      const below = Reach === 'branch' ? [200, 200] : [403, 403]
      assert.equal(await answersTo(key, child), below, `${Scope} ${Reach}`)
      assert.equal(await answersTo(key, above), [403, 403], `${Scope} ${Reach}`)
    }
  }
})

test('nobody who is not logged in, or not active, reads any', async () => {
  const { account, above } = people
  assert.equal(await answersTo({ ...account, token: 'wrong' }, account), [401, 401])
  const suspended = await createAccount(app, above, { Status: 'suspended' })
  assert.equal(await answersTo(suspended, suspended), [403, 401])
  const waiting = await createAccount(app, above, { Status: 'uninitialized' })
  assert.equal(await answersTo(waiting, waiting), [403, 401])
})

test('an account that does not exist has none', async () => {
  const unknown = { sid: `AC${'0'.repeat(32)}` }
  assert.equal(await answersTo(people.root, unknown), [404, 404])
  assert.equal(await answersTo(people.above, unknown), [403, 403])
})

test('no route of either dialect writes or removes a row', async () => {
  const { root, account } = people
  const before = await auditOf(app, root, account)
  const form: Parameters = { Action: 'account.close', Sid: String(before[0]?.sid) }
  const own = `/Accounts/${account.sid}/Audit`
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    const replies = [
      await send(app, root, method, own, form),
      await send(app, root, method, `${own}/${before[0]?.sid}`, form),
      await ask(app, root, method, pathOf(account, '/audit'), { data: {} }),
      await ask(app, root, method, pathOf(account, `/audit/${before[0]?.sid}`), { data: {} }),
    ]
    const statuses = replies.map(({ status }) => status)
    assert.equal(statuses, [405, 404, 405, 404], method)
  }
  assert.equal(await auditOf(app, root, account), before)
})

test("Twilio's dialect has no audit", async () => {
  const { sid, token } = people.account
  const headers = { Authorization: `Basic ${Buffer.from(`${sid}:${token}`).toString('base64')}` }
  const reply = await fetch(`${app.url}/2010-04-01/Accounts/${sid}/Audit.json`, { headers })
  assert.is(reply.status, 404)
})

test.run()
