import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseConfig } from '../../../lib/config.ts'
import { errorCodes } from '../../../routes/twilio/error-codes.ts'
import { basic } from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'
import {
  ask,
  base,
  createKey,
  createSubaccount,
  errorOf,
  type Parameters,
  pathOf,
  type Reply,
  refusal,
  type Subaccount,
  send,
} from '../../support/twilio.ts'

/** What a test asks for: everything but the request is the ordinary one of the root. */
type Asked = {
  readonly login?: Pick<Login, 'sid' | 'token'> | undefined
  readonly method?: string
  /** Below `/2010-04-01`. */
  readonly path?: string
  readonly form?: Parameters
  readonly headers?: Readonly<Record<string, string>>
}

/** Only a broken or full disk leads there; test/drills takes care of them. */
const unreachable = ['20503', '20507']
const provoked = new Set<string>()
const unknown = 'AC00000000000000000000000000000000'

let app: TestApp
let parent: Subaccount
let child: Subaccount
let closed: Subaccount
let user: Subaccount
test.before(async () => {
  app = await startApp({ config: { maxDepth: 4 } })
  parent = await createSubaccount(app, app.root)
  child = await createSubaccount(app, parent, { EmailAddress: 'taken@example.com' })
  closed = await createSubaccount(app, parent)
  user = await createSubaccount(app, parent, { Role: 'User' })
  await send(app, parent, 'POST', pathOf(closed), { Status: 'closed' })
})
test.after(() => app.stop())

type Case = readonly [what: string, status: number, code: number, asked: () => Asked]

const create = (form: Parameters): Asked => ({ method: 'POST', path: '/Accounts.json', form })
const update = (of: Subaccount, form: Parameters): Asked => ({
  method: 'POST',
  path: pathOf(of),
  form,
})

const cases: readonly Case[] = [
  ['no credentials', 401, 20003, () => ({ login: undefined })],
  ['a wrong token', 401, 20003, () => ({ login: { sid: parent.sid, token: '0'.repeat(32) } })],
  ['an unknown account', 401, 20003, () => ({ login: { sid: unknown, token: '0'.repeat(32) } })],
  ['credentials of a closed account', 403, 20005, () => ({ login: closed })],
  ['a role that does not allow it', 403, 20403, () => ({ ...create({}), login: user })],
  ['an account that does not exist', 404, 20404, () => ({ path: pathOf({ sid: unknown }) })],
  [
    "an account outside the caller's tree",
    404,
    20404,
    () => ({ login: child, path: pathOf(user) }),
  ],
  ['a malformed SID', 404, 20404, () => ({ path: '/Accounts/nobody.json' })],
  ['an unknown path', 404, 20404, () => ({ path: '/Nowhere.json' })],
  ['the bare prefix', 404, 20404, () => ({ path: '' })],
  ['a subresource', 404, 20404, () => ({ path: `/Accounts/${parent.sid}/Calls.json` })],
  ['a path in other letter case', 404, 20404, () => ({ path: '/accounts.json' })],
  ['a method', 405, 20004, () => ({ method: 'DELETE', path: pathOf(child) })],
  ['a PageSize', 400, 20001, () => ({ path: '/Accounts.json?PageSize=0' })],
  ['a Page', 400, 20001, () => ({ path: '/Accounts.json?Page=-1' })],
  ['a name', 400, 20002, () => create({ FriendlyName: 'x'.repeat(65) })],
  ['a Status', 400, 21475, () => update(child, { Status: 'asleep' })],
  ['the own Status', 400, 21477, () => update(parent, { Status: 'suspended' })],
  ['a change of a closed account', 400, 21479, () => update(closed, { FriendlyName: 'x' })],
  ['a PageToken', 400, 21481, () => ({ path: '/Accounts.json?PageToken=x' })],
  ['an e-mail that is taken', 409, 20409, () => create({ EmailAddress: 'Taken@example.com' })],
  ['a path with a broken percent sign', 400, 20001, () => ({ path: '/Accounts/%zz.json' })],
  ['a path that is no UTF-8', 400, 20001, () => ({ path: '/Accounts/%ff.json' })],
  ['a path of 3 KiB', 414, 20001, () => ({ path: `/Accounts/${'x'.repeat(3000)}.json` })],
  ['a malformed Idempotency-Key', 400, 20001, () => keyed('not visible')],
  ['an empty Idempotency-Key', 400, 20001, () => keyed('')],
  ['a write from a page of another site', 403, 20403, () => foreign()],
]

function keyed(key: string): Asked {
  return { ...create({}), headers: { 'Idempotency-Key': key } }
}

function foreign(): Asked {
  return { ...create({}), headers: { 'Sec-Fetch-Site': 'cross-site' } }
}

for (const [what, status, code, asked] of cases) {
  test(`${what} is answered with ${status} and ${code}`, async () => {
    const login = parent
    const { method = 'GET', path = '/Accounts.json', ...given } = { login, ...asked() }
    const reply = await send(app, given.login, method, path, given.form, given.headers)
    await assertError(reply, status, code)
  })
}

test('a tree that is too deep is answered with 400 and 21101', async () => {
  const grandchild = await createSubaccount(app, child)
  await assertError(await send(app, grandchild, 'POST', '/Accounts.json', {}), 400, 21101)
})

test('reactivating below a suspended account is answered with 400 and 21476', async () => {
  const upper = await createSubaccount(app, app.root)
  const lower = await createSubaccount(app, upper)
  await send(app, app.root, 'POST', pathOf(upper), { Status: 'suspended' })
  const reply = await send(app, app.root, 'POST', pathOf(lower), { Status: 'active' })
  await assertError(reply, 400, 21476)
})

test('an Idempotency-Key that was used for something else is answered with 422 and 20422', async () => {
  const headers = { 'Idempotency-Key': 'errors-1' }
  await send(app, parent, 'POST', '/Accounts.json', { FriendlyName: 'a' }, headers)
  const reply = await send(app, parent, 'POST', '/Accounts.json', { FriendlyName: 'b' }, headers)
  await assertError(reply, 422, 20422)
})

test('a body that is no form, or no proper one, is answered with 400 and 20001', async () => {
  const form = 'application/x-www-form-urlencoded'
  const bodies: [type: string, body: string | Uint8Array<ArrayBuffer>, encoding?: string][] = [
    ['application/json', '{"FriendlyName":"x"}'],
    ['text/plain', 'FriendlyName=x'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['', 'FriendlyName=x'],
    [form, 'FriendlyName=x', 'gzip'],
    [form, 'FriendlyName=%zz'],
    [form, 'FriendlyName=100%'],
    [form, 'FriendlyName=%ff'],
    [form, Buffer.from([...Buffer.from('FriendlyName='), 0xff])],
    [form, 'FriendlyName=a&FriendlyName=b'],
    [form, 'FriendlyName[]=a'],
    [form, 'FriendlyName[x]=a'],
    [form, Array.from({ length: 101 }, (_, index) => `x${index}=1`).join('&')],
  ]
  for (const [type, body, encoding] of bodies) {
    const headers = { 'Content-Type': type, ...(encoding && { 'Content-Encoding': encoding }) }
    await assertError(await post(headers, body), 400, 20001)
  }
})

test('a body that is too large is answered with 413 and 20413, however it comes', async () => {
  const type = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const body = 'x='.padEnd(64 * 1024 + 1, 'x')
  await assertError(
    await post({ ...type, 'Content-Length': String(body.length) }, body),
    413,
    20413,
  )
  await assertError(await post({ ...type, 'Transfer-Encoding': 'chunked' }, body), 413, 20413)
})

test('a header that two readers may read differently is answered with 400 and 20001', async () => {
  const header = `Authorization: ${basic(parent.sid, parent.token)}`
  const answer = await rawAnswer([`GET ${base}/Accounts.json HTTP/1.1`, 'Host: x', header, header])
  assert.match(answer, /^HTTP\/1\.1 400 /)
  assert.match(answer, /\r\nContent-Type: application\/json\r\n/)
  assert.match(answer, /\r\n\r\n\{"code":20001,"message":".+","more_info":".+","status":400\}$/)
})

test('too many failed logins are answered with 429, 20429 and when to come again', async () => {
  const throttled = await startApp({ config: { throttle: true } })
  const login = { sid: throttled.root.sid, token: '0'.repeat(32) }
  for (let count = 0; count < 10; count += 1) {
    const reply = await send(throttled, login, 'GET', '/Accounts.json')
    assert.equal(refusal(reply), [401, 20003])
  }
  const reply = await send(throttled, login, 'GET', '/Accounts.json')
  await assertError(reply, 429, 20429)
  assert.match(reply.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
  await throttled.stop()
})

test('a fault of ours is answered with 500 and 20500, and tells nothing but the id of the request', async () => {
  const broken = await startApp()
  const database = new Database(join(broken.folder, 'strowger.db'))
  database.exec('ALTER TABLE accounts RENAME TO gone')
  database.close()
  for (const path of [`${base}/Accounts.json`, '/v1/AuthTokens/Secondary']) {
    const reply = await ask(broken, broken.root, 'POST', path, {}, { 'X-Request-ID': 'mine-1' })
    await assertError(reply, 500, 20500)
    assert.match(errorOf(reply).message, 'mine-1')
    assert.is(reply.text.includes('accounts'), false)
  }
  assert.match(broken.log(), 'no such table')
  await broken.stop()
})

test('missing, malformed and wrong credentials are one answer, before the path or method is looked at', async () => {
  const key = await createKey(app, parent)
  const headers = [
    '',
    'Basic',
    'Basic !!!',
    'Bearer abc',
    `Basic ${Buffer.from('no colon').toString('base64')}`,
    basic('', ''),
    basic(unknown, parent.token),
    basic(`SK${unknown.slice(2)}`, key.token),
    basic('nobody@example.com', 'correct horse'),
    basic(parent.sid, ''),
    basic(parent.sid, 'wrong horse'),
    basic(parent.sid, parent.token.toUpperCase()),
    basic(parent.sid, key.token),
    basic(key.sid, parent.token),
    basic(key.sid, `${key.token} `),
    basic(closed.sid, '0'.repeat(32)),
  ]
  const paths = ['/Accounts.json', '/Nowhere.json', '', '/Accounts/%zz', `/Accounts/${closed.sid}`]
  const replies: Reply[] = []
  for (const [index, Authorization] of headers.entries()) {
    const path = paths[index % paths.length] ?? ''
    for (const method of ['GET', 'POST', 'DELETE']) {
      replies.push(await send(app, undefined, method, path, undefined, { Authorization }))
    }
  }
  for (const reply of replies) {
    await assertError(reply, 401, 20003)
    assert.is(reply.headers.get('www-authenticate'), 'Basic realm="Strowger"')
    assert.is(errorOf(reply).message, 'Authenticate')
    assert.equal(comparable(reply), replies[0] && comparable(replies[0]))
  }
})

test('every path refuses the methods that it does not know with 405, naming those it does', async () => {
  const own = `${base}/Accounts/${parent.sid}`
  const allowed: [path: string, allow: string][] = [
    [`${base}/Accounts.json`, 'GET, HEAD, OPTIONS, POST'],
    [`${own}.json`, 'GET, HEAD, OPTIONS, POST'],
    [`${own}/Keys.json`, 'GET, HEAD, OPTIONS, POST'],
    [`${own}/SigningKeys/SK1.json`, 'DELETE, GET, HEAD, OPTIONS, POST'],
    ['/v1/AuthTokens/Secondary', 'DELETE, OPTIONS, POST'],
    ['/v1/AuthTokens/Promote', 'OPTIONS, POST'],
  ]
  for (const [path, allow] of allowed) {
    for (const method of ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'REPORT']) {
      if (!allow.split(', ').includes(method)) {
        const reply = await ask(app, parent, method, path)
        await assertError(reply, 405, 20004)
        assert.is(reply.headers.get('allow'), allow, `${method} ${path}`)
      }
    }
  }
})

test('the other prefixes of this dialect have the same errors', async () => {
  for (const prefix of ['/restcomm/2010-04-01', '/v1/AuthTokens', '/restcomm/v1/AuthTokens']) {
    for (const path of [prefix, `${prefix}/Nowhere`, `${prefix}/`]) {
      await assertError(await ask(app, undefined, 'GET', path), 401, 20003)
      await assertError(await ask(app, parent, 'GET', path), 404, 20404)
    }
  }
  await assertError(await ask(app, undefined, 'GET', '/docs/errors/99999'), 404, 20404)
})

test('an error to HEAD has no body', async () => {
  const reply = await send(app, parent, 'HEAD', '/Nowhere.json')
  assert.is(reply.status, 404)
  assert.is(reply.text, '')
})

test('every code has a page that tells what it means, open to everyone and listed', async () => {
  const list = await ask(app, undefined, 'GET', '/docs/errors')
  assert.is(list.status, 200)
  for (const [code, { status, title, help }] of Object.entries(errorCodes)) {
    const page = await ask(app, undefined, 'GET', `/docs/errors/${code}`)
    assert.is(page.status, 200)
    assert.is(page.headers.get('content-type'), 'text/html; charset=utf-8')
    for (const text of [`<h1>${code} ${title}</h1>`, String(status), help]) {
      assert.ok(page.text.includes(text), `${code}: ${text}`)
    }
    assert.ok(list.text.includes(`href="/docs/errors/${code}"`), code)
    assert.is((await ask(app, undefined, 'HEAD', `/docs/errors/${code}`)).status, 200)
  }
})

test('one account more than there may be is refused with 21480', async () => {
  const quotas = { ...parseConfig({}).quotas, children: 1 }
  const own = await startApp({ config: { quotas } })
  assert.is((await send(own, own.root, 'POST', '/Accounts.json')).status, 201)
  await assertError(await send(own, own.root, 'POST', '/Accounts.json'), 400, 21480)
  await own.stop()
})

test('every code that can be reached was provoked here', () => {
  const missing = Object.keys(errorCodes).filter((code) => !provoked.has(code))
  assert.equal(missing, unreachable)
})

/** That a refusal has the one form that all SDKs read, and leads to a page about its code. */
async function assertError(reply: Reply, status: number, code: number): Promise<void> {
  assert.equal([reply.status, reply.text.slice(0, 13)], [status, `{"code":${code}`])
  assert.is(reply.headers.get('content-type'), 'application/json')
  const error = errorOf(reply)
  assert.equal(Object.keys(error), ['code', 'message', 'more_info', 'status'])
  assert.is(error.code, code)
  assert.is(error.status, status)
  assert.type(error.message, 'string')
  assert.ok(error.message.length > 0)
  if (!provoked.has(String(code))) {
    const page = await ask(app, undefined, 'GET', error.more_info)
    assert.is(page.status, 200)
    assert.match(page.text, String(code))
    provoked.add(String(code))
  }
}

/** A reply without what is new in each. */
function comparable({ status, headers, text }: Reply) {
  const chance = ['date', 'x-request-id']
  return { status, text, headers: [...headers].filter(([name]) => !chance.includes(name)) }
}

/** Posts a body as it is to the list of accounts. */
async function post(headers: Record<string, string>, body: string | Uint8Array): Promise<Reply> {
  const { sid, token } = parent
  const sent = request(`${app.url}${base}/Accounts.json`, {
    method: 'POST',
    headers: { Authorization: basic(sid, token), ...headers },
  })
  // A server that refuses a body closes the connection under what is still being sent.
  sent.on('error', () => {})
  sent.end(body)
  const [response] = await once(sent, 'response')
  const text = await textOf(response)
  const { statusCode, headersDistinct } = response
  const type = String(headersDistinct['content-type'])
  return {
    status: statusCode,
    headers: new Headers({ 'Content-Type': type }),
    text,
    json: () => JSON.parse(text),
  }
}

async function rawAnswer(head: readonly string[]): Promise<string> {
  const { port } = new URL(app.url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(`${head.join('\r\n')}\r\nConnection: close\r\n\r\n`)
  return textOf(socket)
}

test.run()
