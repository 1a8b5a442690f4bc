import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, idOf, type Member, member, pathOf } from '../../support/crossbar.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

function set(method: 'PUT' | 'DELETE', account: { readonly sid: string }, who = app.root) {
  return ask(app, who, method, pathOf(account, '/reseller'))
}

async function resellerOf(account: Member): Promise<unknown> {
  return (await ask(app, app.root, 'GET', pathOf(account))).data.reseller_id
}

test('a reseller is that of everything below it, and its own stays', async () => {
  const reseller = await member(app, app.root)
  const child = await member(app, reseller)
  const grandchild = await member(app, child)
  const made = await set('PUT', reseller)
  assert.is(made.status, 201)
  assert.is(made.data.id, reseller.id)
  assert.is(made.data.is_reseller, true)
  assert.is(made.data.reseller_id, idOf(app.root.sid))
  for (const account of [child, grandchild, await member(app, child)]) {
    assert.is(await resellerOf(account), reseller.id)
  }
  const ended = await set('DELETE', reseller)
  assert.is(ended.status, 200)
  assert.is(ended.data.is_reseller, false)
  assert.is(await resellerOf(grandchild), idOf(app.root.sid))
})

test('of resellers one below the other the nearest counts', async () => {
  const upper = await member(app, app.root)
  const lower = await member(app, upper)
  const customer = await member(app, lower)
  await set('PUT', upper)
  await set('PUT', lower)
  assert.is(await resellerOf(customer), lower.id)
  assert.is(await resellerOf(lower), upper.id)
  await set('DELETE', lower)
  assert.is(await resellerOf(customer), upper.id)
})

test('with a reseller below it an account neither becomes one nor ends as one', async () => {
  const upper = await member(app, app.root)
  const lower = await member(app, await member(app, upper))
  await set('PUT', lower)
  for (const method of ['PUT', 'DELETE'] as const) {
    const refused = await set(method, upper)
    assert.is(refused.status, 409)
    assert.is(refused.body.message, 'account_has_descendants')
  }
  assert.is((await ask(app, app.root, 'GET', pathOf(upper))).data.is_reseller, false)
})

test('a deleted reseller below is none', async () => {
  const upper = await member(app, app.root)
  const lower = await member(app, upper)
  await set('PUT', lower)
  await ask(app, app.root, 'DELETE', pathOf(lower))
  assert.is((await set('PUT', upper)).status, 201)
})

test('repeating it is harmless', async () => {
  const account = await member(app, app.root)
  for (const [method, expected] of [
    ['PUT', true],
    ['PUT', true],
    ['DELETE', false],
    ['DELETE', false],
  ] as const) {
    assert.is((await set(method, account)).data.is_reseller, expected)
  }
})

test('the root is a reseller for ever', async () => {
  assert.is((await ask(app, app.root, 'GET', pathOf(app.root))).data.is_reseller, true)
  for (const method of ['PUT', 'DELETE'] as const) {
    const refused = await set(method, app.root)
    assert.is(refused.status, 403)
    assert.is(refused.body.message, 'forbidden')
  }
})

test('nobody but the root makes resellers', async () => {
  const parent = await member(app, app.root)
  const child = await member(app, parent)
  for (const [who, account] of [
    [parent, child],
    [child, child],
    [child, parent],
  ] as const) {
    const path = pathOf(account, '/reseller')
    assert.is((await ask(app, who, 'PUT', path)).status, 403)
    assert.is((await ask(app, who, 'DELETE', path)).status, 403)
  }
})

test.run()
