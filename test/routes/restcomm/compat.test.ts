import { createHash } from 'node:crypto'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Config } from '../../../lib/config.ts'
import { ask, idOf } from '../../support/crossbar.ts'
import {
  type AccountJson,
  createAccount,
  type Parameters,
  type Reply,
  send,
} from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'

const at = Date.UTC(2017, 5, 6, 6, 40, 6, 789)

let app: TestApp
let plain: TestApp
test.before(async () => {
  app = await startApp({ config: { compat: 'restcomm' }, now: () => at })
  plain = await startApp({ now: () => at })
})
test.after(async () => {
  await app.stop()
  await plain.stop()
})

test('the SID is made of the lower-case e-mail and the token of the password', async () => {
  const documented = await createAccount(app, app.root, {
    EmailAddress: 'Test@Telestax.com',
    Password: 'restcomm',
    FriendlyName: 'MySubAccount',
  })
  assert.is(documented.sid, 'AC3b8f0dd2e5026abde018446cbb3b185d')
  assert.is(documented.token, '53134d7a9914e2b47c8435ebdb50ded3')
  for (const [password, token] of [
    ['RestComm', '77f8c12cc7b8f8423e5c38b035249166'],
    ['RestComm12', '28f96b0fea1f9e33646f42026abdf305'],
    ['γιωργος123#!@', md5('γιωργος123#!@')],
    ['RestComm', '77f8c12cc7b8f8423e5c38b035249166'],
  ] as const) {
    const reply = await put(app, documented.sid, { Password: password })
    assert.is(accountOf(reply).auth_token, token)
  }
})

test('a key is accepted when it or its digest is the token', async () => {
  const { sid, email } = await createAccount(app, app.root, { Password: 'restcomm' })
  for (const name of [sid, email, email.toUpperCase()]) {
    assert.is(await statusOf(name, sid, 'restcomm'), 200)
    assert.is(await statusOf(name, sid, md5('restcomm')), 200)
    assert.is(await statusOf(name, sid, md5(md5('restcomm'))), 401)
    assert.is(await statusOf(name, sid, md5('another')), 401)
  }
})

test('after a change of password no old key is accepted, and the same token may be of two accounts', async () => {
  const one = await createAccount(app, app.root, { Password: 'restcomm' })
  const other = await createAccount(app, app.root, { Password: 'restcomm' })
  assert.is(one.token, other.token)
  await put(app, one.sid, { Password: 'RestComm12' })
  for (const key of ['restcomm', md5('restcomm')]) {
    assert.is(await statusOf(one.sid, one.sid, key), 401)
    assert.is(await statusOf(other.sid, other.sid, key), 200)
  }
})

test('a token that two accounts have opens no session of Kazoo, and that of one does', async () => {
  const one = await createAccount(app, app.root, { Password: 'battery staple' })
  const other = await createAccount(app, app.root, { Password: 'battery staple' })
  const asked = { data: { api_key: md5('battery staple') } }
  assert.is((await ask(app, undefined, 'PUT', '/api_auth', asked)).status, 401)
  await put(app, one.sid, { Password: 'RestComm12' })
  const opened = await ask(app, undefined, 'PUT', '/api_auth', asked)
  assert.is(opened.status, 201)
  assert.is(opened.data.account_id, idOf(other.sid))
})

test('a digest of the password opens nothing without the switch', async () => {
  const { sid } = await createAccount(plain, plain.root, { Password: 'restcomm' })
  assert.is(await statusOf(sid, sid, 'restcomm', plain), 200)
  assert.is(await statusOf(sid, sid, md5('restcomm'), plain), 401)
})

test('dates are in the form of the code, in both media and of all resources', async () => {
  const date = 'Tue, 6 Jun 2017 06:40:06 +0000'
  const { account, sid } = await createAccount(app, app.root)
  assert.equal([account.date_created, account.date_updated], [date, date])
  for (const path of [`/Accounts/${sid}`, '/Accounts', '/Organizations']) {
    for (const [suffix, created] of [
      ['', `<DateCreated>${date}</DateCreated>`],
      ['.json', `"date_created": "${date}"`],
    ] as const) {
      const { text } = await send(app, app.root, 'GET', `${path}${suffix}`)
      assert.ok(text.includes(created), `${path}${suffix}`)
      assert.is(text.includes('2017-06-06'), false)
    }
  }
})

test('the names of organizations are letters, digits and hyphens, up to 255 of them', async () => {
  for (const name of [
    'example',
    'an-example',
    '42',
    '-',
    'x'.repeat(255),
    'Mixed-Case',
    'dotted.',
  ]) {
    assert.is((await organization(app, name)).status, 200, name)
  }
  for (const name of ['example.com', 'x'.repeat(256), 'under_score', 'two%20words', 'a.b.']) {
    assert.is((await organization(app, name)).status, 400, name)
  }
  assert.is((await organization(app, 'MIXED-case')).status, 409)
  assert.is((await organization(plain, 'example.com')).status, 200)
})

test('the strength of passwords is a setting of its own, as strict or mild as without the switch', async () => {
  const strict: Partial<Config> = { passwordPolicy: 'score' }
  for (const compat of [undefined, 'restcomm'] as const) {
    const own = await startApp({ config: { ...strict, compat } })
    const { sid } = await createAccount(own, own.root, { Password: 'RestComm12' })
    assert.is((await put(own, sid, { Password: 'restcomm' })).status, 400)
    await own.stop()
  }
  for (const mild of [app, plain]) {
    const { sid } = await createAccount(mild, mild.root, { Password: 'restcomm' })
    assert.is((await put(mild, sid, { Password: 'asdf123' })).status, 400)
  }
})

test('the first account has a random token also with the switch', () => {
  assert.match(app.root.token, /^[0-9a-f]{32}$/)
  assert.is.not(app.root.token, md5('RestComm'))
  assert.is.not(app.root.sid, plain.root.sid)
})

test('nothing else differs: the same requests have the same answers with the switch and without', async () => {
  const [withSwitch, without] = [await scenario(app), await scenario(plain)]
  assert.ok(withSwitch.length > 30)
  assert.equal(withSwitch, without)
})

type Step = readonly [method: string, path: string, form?: Parameters]

const boss = 'boss@scenario.example'
const work = 'work@scenario.example'
const good = { EmailAddress: work, Password: 'restcomm' }

/** Requests of the root; `boss` and `work` are made on the way. */
const steps: readonly Step[] = [
  ['POST', '/Accounts', {}],
  ['POST', '/Accounts', { EmailAddress: 'nobody' }],
  ['POST', '/Accounts', { ...good, EmailAddress: 'nobody' }],
  ['POST', '/Accounts', { ...good, EmailAddress: 'a=b@c' }],
  ['POST', '/Accounts', { ...good, Status: 'x' }],
  ['POST', '/Accounts', { ...good, Role: 'SuperAdmin' }],
  ['POST', '/Accounts', { ...good, OrganizationSid: 'x' }],
  ['POST', '/Accounts', { ...good, OrganizationSid: 'O'.repeat(34) }],
  ['POST', '/Accounts', { ...good, Password: '1234' }],
  ['POST', '/Accounts', { ...good, Password: 'x'.repeat(73) }],
  ['POST', '/Accounts', { ...good, FriendlyName: 'x'.repeat(65) }],
  ['POST', '/Accounts', { ...good, EmailAddress: boss, Role: 'Developer' }],
  ['POST', '/Accounts', { ...good, Status: 'UNINITIALIZED', FriendlyName: 'Work & Co' }],
  ['POST', '/Accounts', good],
  ['GET', `/Accounts/${work}`],
  ['GET', '/Accounts/nobody@scenario.example'],
  ['GET', '/Accounts?DomainName=nobody'],
  ['GET', '/Accounts?OrganizationSid=x'],
  ['GET', `/Accounts?OrganizationSid=${'O'.repeat(34)}`],
  ['GET', '/Organizations?Status=closed'],
  ['GET', '/Organizations?Status=x'],
  ['GET', '/Organizations/x'],
  ['PUT', `/Accounts/${work}`, { Status: 'x' }],
  ['PUT', `/Accounts/${work}`, { status: 'closed' }],
  ['PUT', `/Accounts/${work}`, { Role: 'x' }],
  ['PUT', `/Accounts/${work}`, { Password: 'asdf123' }],
  ['PUT', `/Accounts/${work}`, { Password: 'NewPassword', Status: 'suspended' }],
  ['PUT', `/Accounts/${work}`, { Status: 'Suspended', FriendlyName: 'x', Role: 'User' }],
  ['PUT', '/Organizations/scenario'],
  ['PUT', '/Organizations/SCENARIO'],
  ['PUT', '/Organizations/a_b'],
  ['POST', `/Accounts/migrate/${work}`, {}],
  ['POST', `/Accounts/migrate/${work}`, { Organization: 'default.restcomm.com' }],
  ['POST', `/Accounts/migrate/${work}`, { Organization: 'scenario' }],
  ['POST', `/Accounts/migrate/nobody`, { Organization: 'scenario' }],
  ['PUT', `/Accounts/administrator@company.com`, { Status: 'closed' }],
  ['PUT', `/Accounts/${work}`, { Status: 'closed' }],
  ['PUT', `/Accounts/${work}`, { Status: 'active' }],
  ['DELETE', `/Accounts/${work}`],
  ['GET', '/Nowhere'],
  ['GET', '/Accounts/%zz'],
]

/** The answers to all steps, in both media, without what the switch is there to change. */
async function scenario(where: TestApp): Promise<string[]> {
  const answers: string[] = []
  for (const [index, [method, path, form]] of steps.entries()) {
    const accept = index % 2 === 0 ? 'application/xml' : 'application/json'
    const reply = await send(where, where.root, method, path, form, { Accept: accept })
    const text = reply.text
      .replace(/\b(AC|OR)[0-9a-f]{32}/g, '$1...')
      .replace(/\b[0-9a-f]{32}\b/g, 'token')
      .replaceAll('2017-06-06T06:40:06.789+00:00', 'date')
      .replaceAll('Tue, 6 Jun 2017 06:40:06 +0000', 'date')
    const headers = [...reply.headers].filter(([name]) => !varying.includes(name))
    answers.push(`${method} ${path} ${reply.status} ${headers.join(' ')}\n${text}`)
  }
  return answers
}

const varying = ['x-request-id', 'date', 'content-length']

function put(where: TestApp, id: string, form: Parameters): Promise<Reply> {
  return send(where, where.root, 'PUT', `/Accounts.json/${id}`, form)
}

function organization(where: TestApp, name: string): Promise<Reply> {
  return send(where, where.root, 'PUT', `/Organizations.json/${name}`)
}

/** The status of reading an account with this name and key. */
async function statusOf(name: string, sid: string, key: string, where = app): Promise<number> {
  const login: Login = { sid: name, email: '', token: key }
  return (await send(where, login, 'GET', `/Accounts/${sid}`)).status
}

function accountOf({ text }: Reply): AccountJson {
  return JSON.parse(text)
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

test.run()
