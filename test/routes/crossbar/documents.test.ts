import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, codes, type Document, freshName, member, pathOf } from '../../support/crossbar.ts'
import { send } from '../../support/restcomm.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

const settings: Document = {
  org: 'Example Ltd',
  ui_restrictions: { users: { show_tab: true }, 'dotted.key': [] },
  contact: { billing: { email: 'é@example.com', address: null } },
  list: [1, 'two', null, { three: [3] }, [], {}],
  numbers: [0, -1, 1.5, 1e-21, 123456789012345],
  '': { '': 'empty keys' },
  text: 'line\nbreak "quoted" \\ \u2028 <&> 𝒜',
}
/** Keys that every object has already; a deep comparison would stumble over them. */
const inherited: Document = { constructor: { prototype: 1 }, toString: 'text', valueOf: null }

async function revisionOf(path: string): Promise<unknown> {
  return (await ask(app, app.root, 'GET', path)).body.revision
}

test('keys that no schema knows come back as they were sent', async () => {
  const sent = { ...settings, ...inherited }
  const child = await member(app, app.root, sent)
  const path = pathOf(child)
  const read = (await ask(app, app.root, 'GET', path)).data
  for (const [key, value] of Object.entries(sent)) {
    assert.is(JSON.stringify(read[key]), JSON.stringify(value), key)
  }
  const replaced = await ask(app, app.root, 'POST', path, { data: read })
  assert.is(JSON.stringify(replaced.data), JSON.stringify(read))
  const patched = await ask(app, app.root, 'PATCH', path, { data: { more: 1 } })
  const { more, ...rest } = patched.data
  assert.is(more, 1)
  assert.is(JSON.stringify(rest), JSON.stringify(read))
})

test('a replacement leaves nothing of the old document but realm, time zone and the state', async () => {
  const child = await member(app, app.root, {
    ...settings,
    realm: 'kept.example.com',
    timezone: 'Europe/Vienna',
    enabled: false,
    language: 'de-de',
    caller_id: { internal: { name: 'x' } },
  })
  const name = freshName()
  const answer = await ask(app, app.root, 'POST', pathOf(child), { data: { name } })
  assert.is(answer.status, 200)
  for (const key of Object.keys(settings)) {
    assert.not.ok(Object.hasOwn(answer.data, key), key)
  }
  const { realm, timezone, enabled, language, caller_id: callerId } = answer.data
  assert.equal(
    { realm, timezone, enabled, language, callerId, name: answer.data.name },
    {
      realm: 'kept.example.com',
      timezone: 'Europe/Vienna',
      enabled: false,
      language: 'en-us',
      callerId: {},
      name,
    },
  )
  assert.is(answer.data.created, child.document.created)
})

test('a replacement needs a name', async () => {
  const child = await member(app, app.root)
  const answer = await ask(app, app.root, 'POST', pathOf(child), { data: { org: 'x' } })
  assert.equal(codes(answer), { name: ['required'] })
})

test('a patch merges objects key by key, and replaces everything else', async () => {
  const child = await member(app, app.root, {
    a: { b: { c: 1, d: 2 }, list: [1, 2, 3] },
    plain: 'text',
    object: { x: 1 },
  })
  const data = { a: { b: { c: 9, e: 3 }, list: [4] }, plain: { now: 'object' }, object: 'text' }
  const answer = await ask(app, app.root, 'PATCH', pathOf(child), { data })
  assert.equal(answer.data, {
    ...child.document,
    a: { b: { c: 9, d: 2, e: 3 }, list: [4] },
    plain: { now: 'object' },
    object: 'text',
  })
})

test('null in a patch takes a key away at any depth', async () => {
  const child = await member(app, app.root, { a: { b: { c: 1, d: { e: 1 } } }, gone: 1, kept: 2 })
  const data = { gone: null, never: null, a: { b: { c: null, d: { e: null, f: null } } } }
  const answer = await ask(app, app.root, 'PATCH', pathOf(child), { data })
  const { gone: _gone, ...rest } = child.document
  assert.equal(answer.data, { ...rest, a: { b: { d: {} } } })
  const nameless = await ask(app, app.root, 'PATCH', pathOf(child), { data: { name: null } })
  assert.equal(codes(nameless), { name: ['required'] })
})

test('an account always has a realm and a time zone, also when a patch takes them away', async () => {
  const parent = await member(app, app.root, { timezone: 'Europe/Vienna' })
  const child = await member(app, parent)
  const before = await ask(app, app.root, 'GET', pathOf(child))
  for (const data of [{ timezone: null }, { realm: null }, { timezone: null, realm: null }]) {
    const answer = await ask(app, app.root, 'PATCH', pathOf(child), { data })
    assert.is(answer.status, 200)
    assert.equal(answer.data, before.data)
  }
  assert.is(before.data.timezone, 'Europe/Vienna')
})

test('a patch without a body changes nothing', async () => {
  const child = await member(app, app.root, settings)
  const answer = await ask(app, app.root, 'PATCH', pathOf(child))
  assert.is(answer.status, 200)
  assert.equal(answer.data, child.document)
})

test('the result of a patch is checked as a whole, and nothing is written when it is refused', async () => {
  const child = await member(app, app.root, { caller_id: { internal: { name: 'short' } } })
  const data = { note: 'new', caller_id: { internal: { number: 'x'.repeat(36) } } }
  const answer = await ask(app, app.root, 'PATCH', pathOf(child), { data })
  assert.equal(codes(answer), { 'caller_id.internal.number': ['maxLength'] })
  assert.equal((await ask(app, app.root, 'GET', pathOf(child))).data, child.document)
})

test('forms may send numbers and switches as texts', async () => {
  const data = {
    enabled: 'false',
    call_waiting: { enabled: 'true' },
    metaflows: { digit_timeout: '3000' },
  }
  const { document } = await member(app, app.root, data)
  assert.is(document.enabled, false)
  assert.equal(document.call_waiting, { enabled: true })
  assert.equal(document.metaflows, { digit_timeout: 3000, binding_digit: '*' })
})

test('enabled is for those above to change, and of oneself is passed over', async () => {
  const child = await member(app, app.root)
  for (const method of ['POST', 'PATCH']) {
    const data = { ...child.document, enabled: false }
    const own = await ask(app, child, method, pathOf(child), { data })
    assert.is(own.status, 200)
    assert.is(own.data.enabled, true)
  }
  const off = await ask(app, app.root, 'PATCH', pathOf(child), { data: { enabled: false } })
  assert.is(off.data.enabled, false)
  const still = await ask(app, app.root, 'PATCH', pathOf(child), { data: { note: 1 } })
  assert.is(still.data.enabled, false)
  const on = await ask(app, app.root, 'PATCH', pathOf(child), { data: { enabled: true } })
  assert.is(on.data.enabled, true)
  const root = await ask(app, app.root, 'PATCH', pathOf(app.root), { data: { enabled: false } })
  assert.is(root.status, 200)
  assert.is(root.data.enabled, true)
})

test('an account can be made disabled, and below a disabled one nothing else', async () => {
  const parent = await member(app, app.root, { enabled: false })
  assert.is(parent.document.enabled, false)
  const child = await member(app, app.root)
  const grandchild = await member(app, child)
  await ask(app, app.root, 'PATCH', pathOf(child), { data: { enabled: false } })
  const data = { name: freshName(), enabled: true }
  const made = await ask(app, app.root, 'PUT', pathOf(child), { data })
  assert.is(made.data.enabled, false)
  const below = await ask(app, app.root, 'GET', pathOf(grandchild))
  assert.is(below.data.enabled, true)
})

test('the revision changes with whatever is changed, through any dialect and above too', async () => {
  const parent = await member(app, app.root)
  const child = await member(app, parent)
  const path = pathOf(child)
  const steps: readonly (() => Promise<unknown>)[] = [
    () => ask(app, app.root, 'PATCH', path, { data: { note: 1 } }),
    () => ask(app, app.root, 'PATCH', path, { data: { enabled: false } }),
    () => ask(app, app.root, 'POST', path, { data: { name: freshName() } }),
    () => ask(app, app.root, 'PUT', pathOf(child, '/reseller')),
    () => ask(app, app.root, 'DELETE', pathOf(child, '/reseller')),
    () => ask(app, app.root, 'PUT', pathOf(parent, '/reseller')),
    () => send(app, app.root, 'PUT', `/Accounts.json/${child.sid}`, { FriendlyName: freshName() }),
    () => send(app, app.root, 'PUT', `/Accounts.json/${child.sid}`, { Status: 'active' }),
  ]
  for (const [index, step] of steps.entries()) {
    const before = await revisionOf(path)
    await step()
    assert.is.not(await revisionOf(path), before, `step ${index}`)
    assert.is(await revisionOf(path), await revisionOf(path))
  }
})

test('a deleted account is gone for every verb, and out of every list', async () => {
  const parent = await member(app, app.root)
  const child = await member(app, parent, { realm: 'gone.example.com' })
  const before = await ask(app, app.root, 'GET', pathOf(child))
  const removed = await ask(app, app.root, 'DELETE', pathOf(child), { data: {} })
  assert.is(removed.status, 200)
  assert.equal(removed.data, before.data)
  for (const [method, rest] of [
    ...[['GET', ''] as const, ['POST', ''] as const, ['PATCH', ''] as const],
    ...[['DELETE', ''] as const, ['PUT', ''] as const, ['GET', '/children'] as const],
    ...[['GET', '/api_key'] as const, ['PUT', '/reseller'] as const, ['GET', '/tree'] as const],
  ]) {
    const data = method === 'GET' ? undefined : { name: freshName() }
    const answer = await ask(app, app.root, method, pathOf(child, rest), { data })
    assert.is(answer.status, 404, `${method} ${rest}`)
    assert.is(answer.body.message, 'bad_identifier')
    assert.is(answer.data.cause, child.id)
  }
  assert.equal((await ask(app, parent, 'GET', pathOf(parent, '/children'))).list, [])
  assert.equal((await ask(app, parent, 'GET', pathOf(parent, '/descendants'))).list, [])
})

test('an account with others below it is not deleted until they are', async () => {
  const parent = await member(app, app.root)
  const child = await member(app, parent)
  const refused = await ask(app, app.root, 'DELETE', pathOf(parent))
  assert.is(refused.status, 409)
  assert.is(refused.body.message, 'account_has_descendants')
  assert.is((await ask(app, app.root, 'DELETE', pathOf(child))).status, 200)
  assert.is((await ask(app, parent, 'DELETE', pathOf(parent))).status, 200)
})

test('realm and name of a deleted account are free again', async () => {
  const names = { name: freshName(), realm: 'again.example.com' }
  const child = await member(app, app.root, names)
  const taken = await ask(app, app.root, 'PUT', '/accounts', { data: names })
  assert.equal(codes(taken), { name: ['unique'], realm: ['unique'] })
  await ask(app, app.root, 'DELETE', pathOf(child))
  assert.is((await ask(app, app.root, 'PUT', '/accounts', { data: names })).status, 201)
})

test('the own realm and name are not taken for their account', async () => {
  const child = await member(app, app.root, { realm: 'own.example.com' })
  const data = { name: String(child.document.name).toUpperCase(), realm: 'OWN.example.com' }
  const answer = await ask(app, app.root, 'POST', pathOf(child), { data })
  assert.is(answer.status, 200)
  assert.is(answer.data.name, data.name)
})

test.run()
