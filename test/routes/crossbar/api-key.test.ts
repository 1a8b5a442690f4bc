import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, idOf, member, pathOf } from '../../support/crossbar.ts'
import { recordedOf } from '../../support/recorded.ts'
import { createAccount, send } from '../../support/restcomm.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

test('the key of an account is the AuthToken that the other dialects show', async () => {
  const { sid, token } = await createAccount(app, app.root)
  const answer = await ask(app, { sid, token }, 'GET', pathOf({ sid }, '/api_key'))
  assert.is(answer.status, 200)
  assert.equal(answer.data, { api_key: token })
})

test('the account and those above it read its key, and nobody else', async () => {
  const parent = await member(app, app.root)
  const child = await member(app, parent)
  const sibling = await member(app, parent)
  for (const [who, status] of [
    [child, 200],
    [parent, 200],
    [app.root, 200],
    [sibling, 403],
  ] as const) {
    const answer = await ask(app, who, 'GET', pathOf(child, '/api_key'))
    assert.is(answer.status, status)
    assert.is(answer.text.includes(child.token), status === 200)
  }
  assert.is((await ask(app, child, 'GET', pathOf(parent, '/api_key'))).status, 403)
})

test('no account document and no list holds a key', async () => {
  const parent = await member(app, app.root)
  const child = await member(app, parent)
  for (const path of [
    pathOf(child),
    `${pathOf(child)}?include_api_key=true`,
    pathOf(parent, '/children'),
    pathOf(parent, '/descendants'),
    pathOf(child, '/siblings'),
    pathOf(child, '/tree'),
  ]) {
    assert.not.ok((await ask(app, app.root, 'GET', path)).text.includes(child.token), path)
  }
})

test('a new key is the new AuthToken everywhere, and the old one is void at once', async () => {
  const { sid, token, email } = await createAccount(app, app.root)
  const answer = await ask(app, { sid, token }, 'PUT', pathOf({ sid }, '/api_key'))
  assert.is(answer.status, 201)
  const fresh = String(answer.data.api_key)
  assert.match(fresh, /^[0-9a-f]{32}$/)
  assert.is.not(fresh, token)
  const old = { sid, email, token }
  const current = { sid, email, token: fresh }
  assert.is((await ask(app, old, 'GET', pathOf({ sid }))).status, 401)
  assert.is((await send(app, old, 'GET', `/Accounts.json/${sid}`)).status, 401)
  assert.is((await send(app, current, 'GET', `/Accounts.json/${sid}`)).status, 200)
})

test('a new key is written down without its value', async () => {
  const child = await member(app, app.root)
  const { data } = await ask(app, app.root, 'PUT', pathOf(child, '/api_key'))
  const audit = JSON.stringify(await recordedOf(app.store, child.sid))
  assert.not.match(audit, String(data.api_key))
  assert.not.match(audit, child.token)
  assert.match(audit, app.root.sid)
  assert.is(idOf(child.sid), child.id)
})

test.run()
