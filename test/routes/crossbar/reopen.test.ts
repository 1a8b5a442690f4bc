import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Answer, ask, codes, freshName, idOf, member, pathOf } from '../../support/crossbar.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'
import { storedRows } from '../../support/stored-rows.ts'
import { sweepsFinished } from '../../support/sweeps.ts'
import { createKey } from '../../support/twilio.ts'

type By = { readonly sid: string; readonly token: string }

let app: TestApp
let clock = Date.now()
test.before(async () => {
  app = await startApp({
    now: () => {
      clock += 1
      return clock
    },
  })
})
test.after(() => app.stop())

const everything = ['accounts', 'api_keys', 'callflows', 'sessions', 'audit', 'closed_branches']
const reopen = (account: { readonly sid: string }, by: By = app.root) =>
  ask(app, by, 'POST', pathOf(account, '/reopen'))
const remove = (account: { readonly sid: string }, query = '', by: By = app.root) =>
  ask(app, by, 'DELETE', pathOf(account, query))

test('what was deleted is reopened with the document, realm, name and callflows that it had', async () => {
  const tenant = await member(app, app.root, { realm: 'back.example.com', custom: { deep: [1] } })
  const data = { numbers: ['100'], flow: { module: 'response', data: {} } }
  const callflow = await ask(app, app.root, 'PUT', pathOf(tenant, '/callflows'), { data })
  const before = await ask(app, app.root, 'GET', pathOf(tenant))
  await remove(tenant)
  for (const method of ['GET', 'PUT', 'POST', 'PATCH', 'DELETE']) {
    const asked = method === 'GET' || method === 'DELETE' ? {} : { data: { name: freshName() } }
    assert.is((await ask(app, app.root, method, pathOf(tenant), asked)).status, 404)
  }
  const answer = await reopen(tenant)
  assert.is(answer.status, 200)
  assert.equal(answer.data, before.data)
  assert.equal([answer.body.status, answer.body.version], ['success', '2'])
  assert.equal((await ask(app, app.root, 'GET', pathOf(tenant))).data, answer.data)
  const path = pathOf(tenant, `/callflows/${callflow.data.id}`)
  assert.equal((await ask(app, app.root, 'GET', path)).data, callflow.data)
})

test('the key of the account is new, and its sessions are over', async () => {
  const tenant = await member(app, app.root)
  const opened = await ask(app, undefined, 'PUT', '/api_auth', { data: { api_key: tenant.token } })
  const known = { session: String(opened.body.auth_token) }
  await remove(tenant)
  await reopen(tenant)
  assert.is((await ask(app, known, 'GET', pathOf(tenant))).status, 401)
  const login = (key: unknown) =>
    ask(app, undefined, 'PUT', '/api_auth', { data: { api_key: String(key) } })
  assert.is((await login(tenant.token)).status, 401)
  const { data } = await ask(app, app.root, 'GET', pathOf(tenant, '/api_key'))
  assert.is((await login(data.api_key)).status, 201)
})

test('what lives, and what is closed with one above it, is refused and told why', async () => {
  const parent = await member(app, app.root)
  const child = await member(app, parent)
  assert.equal(refusal(await reopen(child)), [409, 'account_not_closed', undefined])
  await remove(child)
  await remove(parent)
  assert.equal(refusal(await reopen(child)), [409, 'closed_above', parent.id])
  assert.is((await reopen(parent)).status, 200)
  assert.is((await ask(app, app.root, 'GET', pathOf(child))).status, 404)
  assert.is((await reopen(child)).status, 200)
})

test('an Administrator above may, by a key that writes and reaches the branch, and nobody else', async () => {
  const parent = await member(app, app.root)
  const child = await member(app, parent)
  const stranger = await member(app, app.root)
  await remove(child)
  const read = await createKey(app, parent, { Scope: 'read' })
  const self = await createKey(app, parent, { Reach: 'self' })
  const write = await createKey(app, parent, { Scope: 'write' })
  for (const by of [read, self, stranger]) {
    assert.is((await reopen(child, by)).status, 403)
  }
  assert.is((await reopen(child, child)).status, 401)
  assert.is((await reopen(parent, parent)).status, 403)
  assert.is((await reopen(app.root)).status, 403)
  const none = { sid: child.sid.replace(/.{4}$/, 'none') }
  assert.equal(refusal(await reopen(none)), [404, 'bad_identifier', idOf(none.sid)])
  assert.is((await reopen(none, parent)).status, 403)
  assert.is((await reopen(child, write)).status, 200)
})

test('with If-Match, no other revision than it names is reopened', async () => {
  const tenant = await member(app, app.root)
  const seen = (await ask(app, app.root, 'GET', pathOf(tenant))).headers.get('etag') ?? ''
  await remove(tenant)
  await sweepsFinished(app.folder)
  const before = storedRows(app.folder, everything)
  const matching = (tag: string) =>
    ask(app, app.root, 'POST', pathOf(tenant, '/reopen'), { headers: { 'If-Match': tag } })
  assert.equal(refusal(await matching(seen)), [412, 'precondition_failed', undefined])
  assert.equal(storedRows(app.folder, everything), before)
  assert.is((await matching('*')).status, 200)
})

test('a realm or name that was given to another meanwhile is named as in any other refusal', async () => {
  for (const field of ['realm', 'name']) {
    const given = field === 'realm' ? 'wanted.example.com' : 'Wanted'
    const tenant = await member(app, app.root, { [field]: given })
    await remove(tenant)
    const other = await member(app, app.root, { [field]: given })
    await sweepsFinished(app.folder)
    const before = storedRows(app.folder, everything)
    const answer = await reopen(tenant)
    assert.is(answer.status, 400)
    assert.equal(codes(answer), { [field]: ['unique'] })
    assert.match(answer.text, `"cause":"${tenant.id}"`)
    await sweepsFinished(app.folder)
    assert.equal(storedRows(app.folder, everything), before)
    await remove(other)
    assert.is((await reopen(tenant)).status, 200)
  }
})

test('a dry run of a deletion counts, and deletes nothing', async () => {
  const parent = await member(app, app.root)
  const tenant = await member(app, parent, { enabled: false })
  await createKey(app, app.root, {}, tenant)
  await sweepsFinished(app.folder)
  const before = storedRows(app.folder, everything)
  const answer = await remove(tenant, '?dry_run=true')
  assert.is(answer.status, 200)
  const accounts_by_status = { active: 0, uninitialized: 0, inactive: 0, suspended: 1 }
  const counts = { api_keys: 1, callflows: 0, numbers: 0, sessions: 0, realms: 1, names: 1 }
  assert.equal(answer.data, { id: tenant.id, accounts: 1, accounts_by_status, ...counts })
  const branch = await remove(parent, '?dry_run=true')
  assert.equal(
    [branch.status, branch.data.accounts, branch.data.api_keys, branch.data.refused_as],
    [200, 2, 1, 'account_has_descendants'],
  )
  assert.equal(refusal(await remove(parent)), [409, 'account_has_descendants', undefined])
  const stale = { headers: { 'If-Match': '"1-another"' } }
  assert.is(
    (await ask(app, app.root, 'DELETE', pathOf(tenant, '?dry_run=true'), stale)).status,
    412,
  )
  assert.is((await remove(tenant, '?dry_run=true', tenant)).status, 401)
  assert.is((await remove(app.root, '?dry_run=true')).status, 405)
  assert.equal(storedRows(app.folder, everything), before)
  assert.is((await remove(tenant, '?dry_run=false')).status, 200)
  assert.is((await remove(tenant, '?dry_run=true')).status, 404)
})

test('dry_run in any other form, or with a change, is refused and changes nothing', async () => {
  const tenant = await member(app, app.root)
  await sweepsFinished(app.folder)
  const before = storedRows(app.folder, everything)
  const queries = ['=', '=1', '=TRUE', '=true&dry_run=true', '=false&dry_run=true']
  for (const query of [...queries.map((rest) => `?dry_run${rest}`), '?Dry_Run=true', '?dry_run']) {
    const answer = await remove(tenant, query)
    assert.equal([answer.status, codes(answer)], [400, { dry_run: ['invalid'] }], query)
  }
  for (const method of ['POST', 'PATCH']) {
    const asked = { data: { name: freshName(), enabled: false } }
    const answer = await ask(app, app.root, method, pathOf(tenant, '?dry_run=true'), asked)
    assert.equal([answer.status, codes(answer)], [400, { dry_run: ['invalid'] }])
  }
  assert.equal(storedRows(app.folder, everything), before)
})

function refusal({ status, body, data }: Answer) {
  return [status, body.message, data.cause]
}

test.run()
