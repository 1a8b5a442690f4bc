import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  ask,
  codes,
  freshName,
  idOf,
  md5,
  member,
  objectFrom,
  pathOf,
  session,
} from '../../support/crossbar.ts'
import { auditOn } from '../../support/records.ts'
import { anyPassword, basic, createAccount, send } from '../../support/restcomm.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

let now = Date.UTC(2026, 10, 21)
let app: TestApp
test.before(async () => {
  app = await startApp({ now: () => now })
})
test.after(() => app.stop())

/** An account with e-mail and password, which alone can use `user_auth`. */
async function person(name = freshName()) {
  const { sid, email, token } = await createAccount(app, app.root, { FriendlyName: name })
  const { data } = await ask(app, app.root, 'GET', pathOf({ sid }))
  const credentials = md5(`${email}:${anyPassword}`)
  return { sid, email, token, name, realm: String(data.realm), credentials }
}

function userAuth(data: Parameters<typeof ask>[4]) {
  return ask(app, undefined, 'PUT', '/user_auth', data)
}

test('api_auth opens a session for the key of an account', async () => {
  const data = { api_key: app.root.token }
  const answer = await ask(app, undefined, 'PUT', '/api_auth', { data })
  assert.is(answer.status, 201)
  const { account_name: name, ...rest } = answer.data
  assert.type(name, 'string')
  assert.equal(rest, {
    account_id: idOf(app.root.sid),
    language: 'en-us',
    is_reseller: true,
    is_master_account: true,
    reseller_id: idOf(app.root.sid),
    apps: [],
  })
  assert.match(String(answer.body.auth_token), /^[\w-]+\.[\w-]{22,}\.[\w-]+$/)
  assert.is(answer.headers.get('x-auth-token'), answer.body.auth_token)
})

test('api_auth takes nothing but one key, and never shows it', async () => {
  const key = 'secret'.repeat(6)
  const rows = [
    [{}, 400, { api_key: ['required'] }],
    [{ api_key: 7 }, 400, { api_key: ['type'] }],
    [{ api_key: 'short' }, 400, { api_key: ['minLength'] }],
    [{ api_key: 'x'.repeat(65) }, 400, { api_key: ['maxLength'] }],
    [{ api_key: key, more: key }, 400, { more: ['additionalProperties'] }],
    [{ api_key: key }, 401, { message: [] }],
  ] as const
  for (const [data, status, expected] of rows) {
    const answer = await ask(app, undefined, 'PUT', '/api_auth', { data })
    assert.is(answer.status, status)
    assert.equal(codes(answer), expected)
    assert.not.match(answer.text, 'secret')
  }
  assert.is((await ask(app, undefined, 'GET', '/api_auth')).status, 405)
  assert.is((await ask(app, undefined, 'POST', '/user_auth')).status, 405)
})

test('user_auth finds the account by name or realm in any letter case', async () => {
  const { name, realm, credentials, sid } = await person('Löwen & Söhne 7')
  for (const naming of [
    { account_name: name },
    { account_name: 'lÖWEN söhne-7' },
    { account_realm: realm },
    { account_realm: realm.toUpperCase() },
    { realm },
    { account_name: 'of nobody', account_realm: realm },
  ]) {
    const answer = await userAuth({ data: { credentials, ...naming } })
    assert.is(answer.status, 201, JSON.stringify(naming))
    assert.is(answer.data.account_id, idOf(sid))
    assert.is(answer.data.owner_id, idOf(sid))
  }
  const upper = credentials.toUpperCase()
  assert.is((await userAuth({ data: { credentials: upper, account_realm: realm } })).status, 201)
})

test('user_auth takes the SHA-1 for those who say so, and no digest for another', async () => {
  const { sid, email, realm, credentials } = await person()
  const sha = (text: string) => createHash('sha1').update(text).digest('hex')
  const login = (given: string, method: string) =>
    userAuth({ data: { credentials: given, method, account_realm: realm } })
  const shaCredentials = sha(`${email}:${anyPassword}`)
  const answer = await login(shaCredentials, 'sha')
  assert.is(answer.status, 201)
  assert.is(answer.data.account_id, idOf(sid))
  assert.is((await login(shaCredentials.toUpperCase(), 'sha')).status, 201)
  assert.is((await login(credentials, 'md5')).status, 201)
  assert.is((await login(shaCredentials, 'md5')).status, 401)
  assert.is((await login(credentials, 'sha')).status, 401)
  assert.is((await login(sha(`${email}:wrong horse`), 'sha')).status, 401)
  const parameters = { Password: 'battery staple' }
  await send(app, app.root, 'POST', `/Accounts.json/${sid}`, parameters)
  assert.is((await login(shaCredentials, 'sha')).status, 401)
  assert.is((await login(sha(`${email}:battery staple`), 'sha')).status, 201)
})

test('an account whose password was set before SHA-1 was known logs in by MD5 alone', async () => {
  const { sid, email, realm, credentials } = await person()
  const [account] = await app.store.findAccounts([{ sid }])
  assert.ok(account)
  const [loginHash = ''] = account.loginHash?.split(' ') ?? []
  const audit = auditOn(sid)
  const { outcome } = await app.store.changeAccount(account.lineage, { loginHash }, audit)
  assert.is(outcome, 'changed')
  const sha = createHash('sha1').update(`${email}:${anyPassword}`).digest('hex')
  const asked = { credentials: sha, method: 'sha', account_realm: realm }
  assert.is((await userAuth({ data: asked })).status, 401)
  assert.is((await userAuth({ data: { ...asked, credentials } })).status, 401)
  assert.is((await userAuth({ data: { credentials, account_realm: realm } })).status, 201)
})

test('of phone number, realm and name the first that somebody has counts', async () => {
  const { name, realm, credentials, sid } = await person()
  const other = await person()
  const nowhere = 'nowhere.example.com'
  for (const naming of [
    { phone_number: '+15551234567', account_realm: realm },
    { phone_number: '+15551234567', account_name: name },
    { account_realm: nowhere, account_name: name },
    { account_realm: realm, account_name: other.name },
  ]) {
    const answer = await userAuth({ data: { credentials, ...naming } })
    assert.is(answer.status, 201, JSON.stringify(naming))
    assert.is(answer.data.account_id, idOf(sid))
  }
  const elsewhere = { credentials, account_realm: other.realm, account_name: name }
  assert.is((await userAuth({ data: elsewhere })).status, 401)
})

test('an account for which no password was ever seen logs in by its key alone', async () => {
  const { document, token } = await member(app, app.root)
  const { name = '', realm = '' } = document
  for (const secret of ['', ':', `${realm}:`, `:${token}`, `${realm}:${token}`]) {
    const data = { credentials: md5(secret), account_name: name, account_realm: realm }
    assert.is((await userAuth({ data })).status, 401)
  }
  assert.ok(await session(app, token))
})

test('an unknown name and a wrong hash are answered alike', async () => {
  const { name, realm } = await person()
  const wrong = md5('somebody@example.com:wrong horse')
  const answers = [
    await userAuth({ data: { credentials: wrong, account_name: name } }),
    await userAuth({ data: { credentials: wrong, account_realm: realm } }),
    await userAuth({ data: { credentials: wrong, account_name: 'nobody has this' } }),
    await userAuth({ data: { credentials: wrong, account_realm: 'nowhere.example.com' } }),
    await userAuth({ data: { credentials: wrong, phone_number: '+15551234567' } }),
    await userAuth({ data: { credentials: wrong } }),
    await userAuth({ data: { credentials: wrong, account_name: name, method: 'sha' } }),
  ]
  for (const { status, body } of answers) {
    assert.is(status, 401)
    assert.equal({ ...body, request_id: '' }, { ...answers[0]?.body, request_id: '' })
  }
})

test('user_auth without credentials, or with such as no hash is, is a fault of the field', async () => {
  const rows = [
    [{ account_name: 'x' }, { credentials: ['required'] }],
    [{ credentials: '' }, { credentials: ['minLength'] }],
    [{ credentials: 'x'.repeat(65) }, { credentials: ['maxLength'] }],
    [{ credentials: 'x', method: 'plain' }, { method: ['enum'] }],
    [{ credentials: 'x', account_realm: 'no blanks' }, { account_realm: ['pattern'] }],
  ] as const
  for (const [data, expected] of rows) {
    const answer = await userAuth({ data })
    assert.is(answer.status, 400)
    assert.equal(codes(answer), expected)
  }
})

test('a name that two accounts have logs neither in', async () => {
  const one = await person()
  const other = await person(one.name)
  for (const { credentials, realm } of [one, other]) {
    assert.is((await userAuth({ data: { credentials, account_name: one.name } })).status, 401)
    assert.is((await userAuth({ data: { credentials, account_realm: realm } })).status, 201)
  }
})

test('a disabled account is told from a wrong key at a login, and its sessions end', async () => {
  const { sid, token, realm, credentials } = await person()
  const known = await session(app, token)
  await ask(app, app.root, 'PATCH', pathOf({ sid }), { data: { enabled: false } })
  const byKey = await ask(app, undefined, 'PUT', '/api_auth', { data: { api_key: token } })
  const byHash = await userAuth({ data: { credentials, account_realm: realm } })
  for (const answer of [byKey, byHash]) {
    assert.is(answer.status, 423)
    assert.is(answer.body.message, 'locked')
    assert.equal(Object.keys(Object(answer.data.account)), ['disabled'])
  }
  const wrong = await userAuth({ data: { credentials: md5('x'), account_realm: realm } })
  assert.is(wrong.status, 401)
  assert.is((await ask(app, known, 'GET', pathOf({ sid }))).status, 401)
  assert.is((await ask(app, { sid, token }, 'GET', pathOf({ sid }))).status, 401)
})

test('a session is good again when its account is enabled, and no longer than its hour', async () => {
  const parent = await member(app, app.root)
  const account = await member(app, parent)
  const known = await session(app, account.token)
  const asked = { data: { token: known.session } }
  for (const disabled of [account, parent]) {
    await ask(app, app.root, 'PATCH', pathOf(disabled), { data: { enabled: false } })
    assert.is((await ask(app, known, 'GET', pathOf(account))).status, 401)
    assert.is((await ask(app, undefined, 'POST', '/auth/tokeninfo', asked)).status, 401)
    await ask(app, app.root, 'PATCH', pathOf(disabled), { data: { enabled: true } })
    assert.is((await ask(app, known, 'GET', pathOf(account))).status, 200)
  }
  now += 60 * 60_000
  assert.is((await ask(app, known, 'GET', pathOf(account))).status, 401)
})

test('an account below a disabled one cannot log in either', async () => {
  const parent = await member(app, app.root)
  const child = await member(app, parent)
  await ask(app, app.root, 'PATCH', pathOf(parent), { data: { enabled: false } })
  const data = { api_key: child.token }
  assert.is((await ask(app, undefined, 'PUT', '/api_auth', { data })).status, 423)
  await ask(app, app.root, 'PATCH', pathOf(parent), { data: { enabled: true } })
  assert.is((await ask(app, undefined, 'PUT', '/api_auth', { data })).status, 201)
})

test('a closed account is unknown at a login, and its sessions end', async () => {
  const { sid, token, realm, credentials } = await person()
  const known = await session(app, token)
  assert.is((await ask(app, app.root, 'DELETE', pathOf({ sid }))).status, 200)
  const data = { api_key: token }
  assert.is((await ask(app, undefined, 'PUT', '/api_auth', { data })).status, 401)
  assert.is((await userAuth({ data: { credentials, account_realm: realm } })).status, 401)
  assert.is((await ask(app, known, 'GET', pathOf({ sid }))).status, 401)
})

test('a token is in the database as a hash alone', async () => {
  const { credentials, realm, token } = await person()
  const { body } = await userAuth({ data: { credentials, account_realm: realm } })
  const known = String(body.auth_token)
  const files = readdirSync(app.folder).filter((name) => name.startsWith('strowger.db'))
  const bytes = Buffer.concat(files.map((name) => readFileSync(join(app.folder, name))))
  for (const secret of [known, ...known.split('.'), credentials, token]) {
    assert.is(bytes.indexOf(secret), -1)
  }
  assert.ok(bytes.indexOf(createHash('sha256').update(known).digest()) > 0)
  assert.not.ok(app.log().includes(known))
})

test('a session lasts an hour from the login, however much it is used', async () => {
  const known = await session(app, app.root.token)
  now += 59 * 60_000
  assert.is((await ask(app, known, 'GET', '/token_auth')).status, 200)
  now += 60_000
  assert.is((await ask(app, known, 'GET', '/token_auth')).status, 401)
})

test('a new key ends the sessions and the old key at once', async () => {
  const account = await member(app, app.root)
  const known = await session(app, account.token)
  const renewed = await ask(app, app.root, 'PUT', pathOf(account, '/api_key'))
  assert.is(renewed.status, 201)
  assert.is((await ask(app, known, 'GET', pathOf(account))).status, 401)
  const old = { data: { api_key: account.token } }
  assert.is((await ask(app, undefined, 'PUT', '/api_auth', old)).status, 401)
  assert.ok(await session(app, String(renewed.data.api_key)))
})

test('a new password ends the sessions, and what the old one was hashed to', async () => {
  const { sid, email, token, realm, credentials } = await person()
  const known = await session(app, token)
  const parameters = { Password: 'battery staple' }
  const changed = await send(app, app.root, 'POST', `/Accounts.json/${sid}`, parameters)
  assert.is(changed.status, 200)
  assert.is((await ask(app, known, 'GET', pathOf({ sid }))).status, 401)
  assert.is((await userAuth({ data: { credentials, account_realm: realm } })).status, 401)
  const fresh = md5(`${email}:battery staple`)
  assert.is((await userAuth({ data: { credentials: fresh, account_realm: realm } })).status, 201)
})

test('a session can be described and ended by itself alone', async () => {
  const account = await member(app, app.root, { language: 'de-de' })
  const known = await session(app, account.token)
  const other = await session(app, account.token)
  const described = await ask(app, known, 'GET', '/token_auth')
  assert.is(described.status, 200)
  assert.is(described.data.account_id, account.id)
  assert.is(described.data.account_name, account.document.name)
  assert.is(described.data.language, 'de-de')
  assert.is(described.data.is_master_account, false)
  assert.is(described.data.reseller_id, idOf(app.root.sid))
  assert.is((await ask(app, known, 'DELETE', '/token_auth')).status, 200)
  assert.is((await ask(app, known, 'GET', '/token_auth')).status, 401)
  assert.is((await ask(app, other, 'GET', '/token_auth')).status, 200)
})

test('tokeninfo tells whose a session is, without a header', async () => {
  const known = await session(app, app.root.token)
  const data = { token: known.session }
  const answer = await ask(app, undefined, 'POST', '/auth/tokeninfo', { data })
  assert.is(answer.status, 200)
  assert.is(answer.data.account_id, idOf(app.root.sid))
  assert.is(answer.body.auth_token, known.session)
  const wrong = await ask(app, undefined, 'POST', '/auth/tokeninfo', { data: { token: 'a.b.c' } })
  assert.is(wrong.status, 401)
  const none = await ask(app, undefined, 'POST', '/auth/tokeninfo', { data: {} })
  assert.equal(codes(none), { token: ['required'] })
  for (const token of [7, true, [known.session]]) {
    const asked = { data: { token }, headers: { 'X-Auth-Token': known.session } }
    const odd = await ask(app, undefined, 'POST', '/auth/tokeninfo', asked)
    assert.equal(codes(odd), { token: ['type'] })
    assert.equal(Object.keys(objectFrom(objectFrom(odd.data.token).type)), ['message', 'target'])
  }
})

test('a session names its user to who asks, as its login did', async () => {
  const { sid, token, realm, credentials } = await person()
  const byKey = await ask(app, undefined, 'PUT', '/api_auth', { data: { api_key: token } })
  const byHash = await userAuth({ data: { credentials, account_realm: realm } })
  assert.not.ok('owner_id' in byKey.data)
  assert.is(byHash.data.owner_id, idOf(sid))
  for (const { body, data } of [byKey, byHash]) {
    const known = { session: String(body.auth_token) }
    const asked = { data: { token: known.session } }
    assert.equal((await ask(app, known, 'GET', '/token_auth')).data, data)
    assert.equal((await ask(app, undefined, 'POST', '/auth/tokeninfo', asked)).data, data)
    assert.equal((await ask(app, known, 'POST', '/auth/tokeninfo')).data, data)
  }
  assert.equal((await ask(app, { sid, token }, 'GET', '/token_auth')).data, byKey.data)
})

test('Basic takes SID, bare id, e-mail and API key', async () => {
  const { sid, email, token } = await person()
  const key = await fetch(`${app.url}/2010-04-01/Accounts/${sid}/Keys.json`, {
    method: 'POST',
    headers: { Authorization: basic(sid, token) },
  })
  const made = (await key.json()) as { sid: string; secret: string }
  for (const authorization of [
    basic(sid, token),
    basic(idOf(sid), token),
    basic(email, token),
    basic(email, anyPassword),
    ...(key.status === 201 ? [basic(made.sid, made.secret)] : []),
  ]) {
    const headers = { Authorization: authorization }
    assert.is((await ask(app, undefined, 'GET', pathOf({ sid }), { headers })).status, 200)
  }
  for (const authorization of [
    basic(sid, '0'.repeat(32)),
    basic(idOf(sid), ''),
    basic('nobody@example.com', token),
    'Basic !',
    'Digest x',
  ]) {
    const headers = { Authorization: authorization }
    const answer = await ask(app, undefined, 'GET', pathOf({ sid }), { headers })
    assert.is(answer.status, 401)
    assert.is(answer.body.message, 'invalid_credentials')
  }
  assert.is(key.status, 201)
})

test('after too many failures a login has to wait, the right one too', async () => {
  const limited = await startApp({ config: { throttle: true } })
  const wrong = { data: { credentials: md5('x'), account_name: 'somebody' } }
  for (let count = 0; count < 10; count += 1) {
    assert.is((await ask(limited, undefined, 'PUT', '/user_auth', wrong)).status, 401)
  }
  const refused = await ask(limited, undefined, 'PUT', '/user_auth', wrong)
  assert.is(refused.status, 429)
  assert.is(refused.body.message, 'too_many_requests')
  assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)
  await limited.stop()
})

test.run()
