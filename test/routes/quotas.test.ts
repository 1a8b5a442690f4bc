import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, freshName, member, pathOf } from '../support/crossbar.ts'
import { anyPassword, createAccount, freshEmail, send } from '../support/restcomm.ts'
import { startApp, type TestApp } from '../support/start-app.ts'
import { send as call, refusal, textIn } from '../support/twilio.ts'

const quotas = { children: 4, apiKeys: 2, callflows: 2, webhooks: 2 }

let app: TestApp
test.before(async () => {
  app = await startApp({ config: { quotas } })
})
test.after(() => app.stop())

test('an account has so many children and no more, in every dialect; closed ones do not count', async () => {
  const owner = await createAccount(app, app.root)
  const first = await createAccount(app, owner)
  await createAccount(app, owner)
  await createAccount(app, owner)
  const grandchild = await createAccount(app, first)
  await createAccount(app, owner)
  const restcomm = await send(app, owner, 'POST', '/Accounts.json', {
    EmailAddress: freshEmail(),
    Password: anyPassword,
  })
  assert.is(restcomm.status, 409)
  assert.match(restcomm.text, /4 accounts directly below it, as many as it may/)
  const twilio = await call(app, owner, 'POST', '/Accounts.json')
  assert.equal(refusal(twilio), [400, 21480])
  const crossbar = await ask(app, owner, 'PUT', pathOf(owner), { data: { name: freshName() } })
  assert.equal([crossbar.status, crossbar.body.message], [409, 'quota_reached'])
  assert.equal(Object.keys(crossbar.data), ['children'])
  const to = { to: owner.sid.slice(2) }
  const moved = await ask(app, app.root, 'POST', pathOf(grandchild, '/move'), { data: to })
  assert.equal([moved.status, moved.body.message], [409, 'quota_reached'])
  await send(app, owner, 'POST', `/Accounts.json/${first.sid}`, { Status: 'closed' })
  assert.is((await call(app, owner, 'POST', '/Accounts.json')).status, 201)
  assert.is((await call(app, owner, 'POST', '/Accounts.json')).status, 400)
})

test('of 16 creates at once no more succeed than there is room for', async () => {
  const owner = await createAccount(app, app.root)
  const answers = await Promise.all(
    Array.from({ length: 16 }, () =>
      ask(app, owner, 'PUT', pathOf(owner), { data: { name: freshName() } }),
    ),
  )
  assert.is(answers.filter(({ status }) => status === 201).length, quotas.children)
  assert.is(answers.filter(({ status }) => status === 409).length, 16 - quotas.children)
})

test('an account has so many API keys and no more', async () => {
  const owner = await createAccount(app, app.root)
  const path = `/Accounts/${owner.sid}/Keys.json`
  const made = await call(app, owner, 'POST', path)
  assert.is(made.status, 201)
  assert.is((await call(app, owner, 'POST', path)).status, 201)
  const refused = await call(app, owner, 'POST', path)
  assert.equal(refusal(refused), [409, 20409])
  await call(app, owner, 'DELETE', `/Accounts/${owner.sid}/Keys/${textIn(made, 'sid')}.json`)
  assert.is((await call(app, owner, 'POST', path)).status, 201)
})

test('an account has so many callflows and no more; deleted ones do not count', async () => {
  const owner = await member(app, app.root)
  const path = pathOf(owner, '/callflows')
  const create = (number: string) => ask(app, owner, 'PUT', path, { data: { numbers: [number] } })
  const made = await create('1')
  assert.is((await create('2')).status, 201)
  const refused = await create('3')
  assert.equal([refused.status, refused.body.message], [409, 'quota_reached'])
  assert.equal(Object.keys(refused.data), ['callflows'])
  await ask(app, owner, 'DELETE', `${path}/${made.data.id}`)
  assert.is((await create('3')).status, 201)
})

test('an account has so many webhooks and no more; deleted ones do not count', async () => {
  const owner = app.root
  const path = pathOf(owner, '/webhooks')
  const data = { uri: 'https://hooks.example/' }
  const create = () => ask(app, owner, 'PUT', path, { data })
  const made = await create()
  assert.is(made.status, 201, made.text)
  assert.is((await create()).status, 201)
  const refused = await create()
  assert.equal([refused.status, refused.body.message], [409, 'quota_reached'])
  assert.equal(Object.keys(refused.data), ['webhooks'])
  await ask(app, owner, 'DELETE', `${path}/${made.data.id}`)
  assert.is((await create()).status, 201)
})

test.run()
