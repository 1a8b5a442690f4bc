import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Answer,
  ask,
  type Document,
  freshName,
  idOf,
  md5,
  member,
  objectFrom,
  pathOf,
} from '../../support/crossbar.ts'
import { anyPassword, createAccount } from '../../support/restcomm.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

const origin = 'https://ui.example.com'

let app: TestApp
test.before(async () => {
  app = await startApp({ config: { corsOrigins: [origin] } })
})
test.after(() => app.stop())

/** Monster UI as far as it asks about accounts: every read with the time, every write with its mark. */
function monster(token: string) {
  const headers = { Origin: origin, ...(token !== '' && { 'X-Auth-Token': token }) }
  const mark = { ui_metadata: { version: '4.2-7', ui: 'monster-ui', origin: 'accounts' } }
  return {
    read: (path: string) => {
      const separator = path.includes('?') ? '&' : '?'
      return ask(app, undefined, 'GET', `${path}${separator}_=${Date.now()}`, {
        headers: { ...headers, 'Content-Type': 'application/json' },
      })
    },
    write: (method: string, path: string, data: Document = {}, beside: Document = {}) => {
      const raw = JSON.stringify({ data: { ...data, ...mark }, ...beside })
      return ask(app, undefined, method, path, { raw, headers })
    },
  }
}

async function signIn(): Promise<{ readonly signedIn: Answer; readonly token: string }> {
  const name = freshName()
  const { email } = await createAccount(app, app.root, { FriendlyName: name })
  const data = { credentials: md5(`${email}:${anyPassword}`), account_name: name.toUpperCase() }
  const signedIn = await monster('').write('PUT', '/user_auth', data)
  return { signedIn, token: String(signedIn.body.auth_token) }
}

test('Monster UI signs in, reloads and reads its account', async () => {
  const { signedIn, token } = await signIn()
  assert.is(signedIn.status, 201)
  assert.is(signedIn.headers.get('content-type'), 'application/json')
  assert.is(signedIn.headers.get('access-control-allow-origin'), origin)
  assert.is(token.split('.').length, 3)
  assert.is(signedIn.data.owner_id, signedIn.data.account_id)

  const reloaded = await monster('').write('POST', '/auth/tokeninfo', { token })
  assert.is(reloaded.status, 200)
  assert.equal(reloaded.data, signedIn.data)

  const { read, write } = monster(token)
  const path = `/accounts/${signedIn.data.account_id}`
  const account = await read(path)
  assert.is(account.status, 200)
  assert.equal(
    [account.data.enabled, account.data.is_reseller, account.data.superduper_admin],
    [true, false, false],
  )
  const restrictions = { ui_restrictions: { myaccount: { account: { show_tab: true } } } }
  const marked = await write('POST', path, { ...account.data, ...restrictions })
  assert.is(marked.status, 200)
  assert.equal(marked.data.ui_restrictions, restrictions.ui_restrictions)
  assert.equal((await read(path)).data, marked.data)
})

test('a sign-in that fails has a body that the console can read', async () => {
  const wrong = { credentials: md5('x:y'), account_name: 'nobody' }
  const answer = await monster('').write('PUT', '/user_auth', wrong)
  assert.is(answer.status, 401)
  assert.is(answer.headers.get('content-type'), 'application/json')
  assert.type(answer.data.message, 'string')
})

test('Monster UI makes an account, descends into it, and comes back', async () => {
  const { signedIn, token } = await signIn()
  const own = `/accounts/${signedIn.data.account_id}`
  const { read, write } = monster(token)
  const form = {
    name: freshName(),
    realm: 'monster.example.com',
    language: 'en-US',
    timezone: 'Europe/Vienna',
    call_restriction: { tollfree_us: { action: 'inherit' }, caribbean: { action: 'deny' } },
    contact: { billing: { first_name: 'Ada' }, technical: { number: '+15551234567' } },
    ui_restrictions: { users: { show_tab: false } },
  }
  const created = await write('PUT', own, form, { accept_charges: true })
  assert.is(created.status, 201)
  for (const [key, value] of Object.entries(form)) {
    assert.equal(created.data[key], value)
  }
  assert.is(objectFrom(created.data.ui_metadata).ui, 'monster-ui')

  const { list, body } = await read(`${own}/children?ascending=true`)
  assert.equal(
    list.map(({ id, name, realm, descendants_count: count }) => ({ id, name, realm, count })),
    [{ id: created.data.id, name: form.name, realm: form.realm, count: 0 }],
  )
  assert.not.ok('next_start_key' in body)
  const child = `/accounts/${created.data.id}`
  const crumbs = await read(`${child}/tree`)
  assert.equal(crumbs.list, [
    { id: signedIn.data.account_id, name: signedIn.data.account_name ?? '' },
  ])
})

test('Monster UI renames, disables, enables and deletes an account', async () => {
  const { signedIn, token } = await signIn()
  const own = `/accounts/${signedIn.data.account_id}`
  const { read, write } = monster(token)
  const created = await write('PUT', own, { name: freshName(), extra: { deep: [1] } })
  const path = `/accounts/${created.data.id}`
  for (const change of [{ name: freshName() }, { enabled: false }, { enabled: true }]) {
    const {
      billing_mode: _billing,
      superduper_admin: _admin,
      wnm_allow_additions: _additions,
      created: _created,
      is_reseller: _reseller,
      reseller_id: _resellerId,
      ...document
    } = (await read(path)).data
    const saved = await write('POST', path, { ...document, ...change })
    assert.is(saved.status, 200)
    assert.equal(saved.data.extra, { deep: [1] })
    for (const [key, value] of Object.entries(change)) {
      assert.is(saved.data[key], value)
    }
  }
  const refused = await write('DELETE', own)
  assert.is(refused.body.message, 'account_has_descendants')
  assert.is((await write('DELETE', path)).status, 200)
  assert.equal((await read(`${own}/children?ascending=true`)).list, [])
})

test('the root promotes and demotes through Monster UI', async () => {
  const child = await member(app, app.root)
  const data = { api_key: app.root.token }
  const { body } = await monster('').write('PUT', '/user_auth', data)
  assert.is(body.error, '400')
  const opened = await ask(app, undefined, 'PUT', '/api_auth', { data })
  const { write } = monster(String(opened.body.auth_token))
  assert.is((await write('PUT', pathOf(child, '/reseller'))).data.is_reseller, true)
  assert.is((await write('DELETE', pathOf(child, '/reseller'))).data.is_reseller, false)
})

test('what Monster UI asks of parts that are not served is 404, which signs nobody out', async () => {
  const { signedIn, token } = await signIn()
  const own = `/accounts/${signedIn.data.account_id}`
  const { read } = monster(token)
  for (const path of [
    `${own}/users/${signedIn.data.owner_id}`,
    ...[
      'apps_store',
      'alerts',
      'limits',
      'service_plans?paginate=false',
      'users?paginate=false',
    ].map((rest) => `${own}/${rest}`),
    '/whitelabel/ui.example.com',
  ]) {
    const answer = await read(path)
    assert.is(answer.status, 404, path)
    assert.is(answer.body.message, 'not_found')
  }
})

test('the PHP SDK signs in, and works with accounts', async () => {
  const own = await member(app, app.root)
  const headers = { Accept: 'application/json', 'X-Auth-Token': '' }
  const data = { api_key: own.token }
  const login = await ask(app, undefined, 'PUT', '/api_auth', { data, headers })
  assert.is(login.data.account_id, own.id)
  const who = { session: String(login.body.auth_token) }
  const child = await ask(app, who, 'PUT', pathOf(own), { data: { name: freshName() } })
  const path = `/accounts/${child.data.id}`
  for (const method of ['POST', 'PATCH']) {
    const saved = await ask(app, who, method, path, { data: { ...child.data, note: method } })
    assert.is(saved.status, 200)
    assert.equal(saved.data, { ...child.data, note: method })
  }
  const name = encodeURIComponent(String(child.data.name))
  const found = await ask(app, who, 'GET', `${pathOf(own)}/descendants?filter_name=${name}`)
  assert.equal(
    found.list.map(({ id }) => id),
    [child.data.id],
  )
  const realm = String(own.document.realm)
  const { sid, email } = await createAccount(app, app.root)
  const person = await ask(app, app.root, 'GET', `/accounts/${idOf(sid)}`)
  const credentials = md5(`${email}:${anyPassword}`)
  const user = { credentials, realm: person.data.realm ?? realm }
  const byUser = await ask(app, undefined, 'PUT', '/user_auth', { data: user, headers })
  assert.is(byUser.data.owner_id, idOf(sid))
  assert.is((await ask(app, who, 'DELETE', path)).status, 200)
})

test.run()
