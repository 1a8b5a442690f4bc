import { once } from 'node:events'
import { request } from 'node:http'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { base, basic, createAccount, type Reply, send } from '../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../support/start-app.ts'

const listed = 'https://console.example.com'
const foreign = 'https://evil.example'

let app: TestApp
let child: Login
test.before(async () => {
  app = await startApp({ config: { corsOrigins: [listed] } })
  child = await createAccount(app, app.root)
})
test.after(() => app.stop())

/** What a browser tells of the page that a request comes from. */
type Page = Readonly<Record<string, string>>

const foreignPages: readonly Page[] = [
  { Origin: foreign },
  { Origin: 'null' },
  { Origin: 'http://console.example.com' },
  { Origin: 'https://console.example.com.evil.example' },
  { Origin: 'https://console.example.com:8443' },
  { Origin: 'no origin' },
  { 'Sec-Fetch-Site': 'cross-site' },
  { Origin: foreign, 'Sec-Fetch-Site': 'cross-site' },
  { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' },
]

for (const page of foreignPages) {
  test(`a write from ${JSON.stringify(page)} is refused in the form of the dialect`, async () => {
    for (const [path, form] of [
      ['/Accounts', /^<RestcommResponse><Message>[^<]+<\/Message><\/RestcommResponse>$/],
      ['/Accounts.json', /^\{"message":"[^"]+"\}$/],
    ] as const) {
      const before = (await send(app, app.root, 'GET', path)).text
      for (const [method, where] of [
        ['PUT', `${path}/${child.sid}`],
        ['POST', path],
        ['POST', `${path}/migrate/${child.sid}`],
        ['PUT', '/Organizations/foreign.example.com'],
        ['DELETE', `${path}/${child.sid}`],
      ] as const) {
        const reply = await send(app, app.root, method, where, { Status: 'closed' }, page)
        assert.is(reply.status, 403, `${method} ${where}`)
        assert.is(reply.headers.get('access-control-allow-origin'), null)
      }
      const refused = await send(app, app.root, 'PUT', `${path}/${child.sid}`, {}, page)
      assert.match(refused.text, form)
      assert.is((await send(app, app.root, 'GET', path)).text, before)
    }
  })
}

test('a write from a page of another site is refused whoever asks, and asks for no credentials', async () => {
  const reply = await send(app, undefined, 'POST', '/Accounts', {}, { Origin: foreign })
  assert.is(reply.status, 403)
  assert.is(reply.headers.get('www-authenticate'), null)
})

test('a page of another site may not read: nothing lets its browser show it the answer', async () => {
  for (const page of foreignPages) {
    const reply = await send(app, app.root, 'GET', '/Accounts', undefined, page)
    assert.is(reply.status, 200)
    assert.equal(corsHeaders(reply), [])
  }
})

test('a write that comes from no page, or from one of ours, is none of a browser to refuse', async () => {
  for (const page of [
    {},
    { Origin: app.url },
    { Origin: app.url, 'Sec-Fetch-Site': 'same-origin' },
    { 'Sec-Fetch-Site': 'same-origin' },
    { 'Sec-Fetch-Site': 'none' },
    { Origin: listed },
    { Origin: listed, 'Sec-Fetch-Site': 'cross-site' },
  ]) {
    const reply = await send(app, child, 'PUT', `/Accounts/${child.sid}`, {}, page)
    assert.is(reply.status, 200, JSON.stringify(page))
  }
})

test('a listed origin may read the answers, refusals too', async () => {
  for (const [login, path, status] of [
    [child, '/Accounts', 200],
    [child, '/Nowhere', 404],
    [undefined, '/Accounts', 401],
  ] as const) {
    const reply = await send(app, login, 'GET', path, undefined, { Origin: listed })
    assert.is(reply.status, status)
    assert.is(reply.headers.get('access-control-allow-origin'), listed)
    assert.match(String(reply.headers.get('vary')), 'Origin')
    assert.match(String(reply.headers.get('access-control-expose-headers')), /x-request-id/i)
  }
})

test('a browser may ask beforehand, without credentials, what a listed origin may do', async () => {
  const page = {
    Origin: listed,
    'Access-Control-Request-Method': 'PUT',
    'Access-Control-Request-Headers': 'authorization,content-type',
  }
  const reply = await send(app, undefined, 'OPTIONS', `/Accounts/${child.sid}`, undefined, page)
  assert.is(reply.status, 204)
  assert.is(reply.headers.get('access-control-allow-origin'), listed)
  for (const method of ['GET', 'POST', 'PUT']) {
    assert.match(String(reply.headers.get('access-control-allow-methods')), method)
  }
  for (const header of ['authorization', 'content-type']) {
    assert.match(String(reply.headers.get('access-control-allow-headers')), new RegExp(header, 'i'))
  }
  assert.is(reply.headers.get('www-authenticate'), null)
})

test('an origin that is not listed is told nothing beforehand', async () => {
  const page = { Origin: foreign, 'Access-Control-Request-Method': 'PUT' }
  const reply = await send(app, undefined, 'OPTIONS', '/Accounts', undefined, page)
  assert.is(reply.status, 401)
  assert.equal(corsHeaders(reply), [])
})

test('no origin is ever answered with a star', async () => {
  for (const origin of [listed, foreign, '*']) {
    const reply = await send(app, child, 'GET', '/Accounts', undefined, { Origin: origin })
    assert.is.not(reply.headers.get('access-control-allow-origin'), '*')
  }
})

test('by default no origin is listed', async () => {
  const strict = await startApp()
  for (const origin of [listed, strict.url]) {
    const reply = await send(strict, strict.root, 'GET', '/Accounts', undefined, { Origin: origin })
    assert.is(reply.status, 200)
    assert.equal(corsHeaders(reply), [])
  }
  const page = { Origin: listed }
  assert.is((await send(strict, strict.root, 'POST', '/Accounts', {}, page)).status, 403)
  await strict.stop()
})

test('every answer has the standard headers, whatever it is', async () => {
  const long = { x: 'x'.repeat(65536) }
  const replies = [
    await send(app, child, 'GET', '/Accounts'),
    await send(app, child, 'GET', '/Accounts.json'),
    await send(app, child, 'HEAD', '/Accounts'),
    await send(app, child, 'OPTIONS', '/Accounts'),
    await send(app, child, 'PUT', `/Accounts/${child.sid}`, {}),
    await send(app, child, 'PUT', `/Accounts/${child.sid}`, { Status: 'x' }),
    await send(app, child, 'PUT', `/Accounts/${child.sid}`, long),
    await send(app, child, 'POST', '/Accounts', {}, { Origin: foreign }),
    await send(app, child, 'DELETE', '/Accounts'),
    await send(app, child, 'GET', '/Accounts', undefined, { Accept: 'text/html' }),
    await send(app, child, 'GET', '/Organizations'),
    await send(app, child, 'GET', '/Nowhere'),
    await send(app, child, 'GET', '/Logout'),
    await send(app, undefined, 'GET', '/Accounts'),
  ]
  const paths = [
    ...['/', '/health', '/ready', '/metrics', '/openapi.json', '/nowhere', '/%zz'],
    ...['/v2/accounts', '/v2/nowhere', '/v2/schemas', '/v2/schemas/nowhere'],
    ...['/2010-04-01/Accounts', '/2010-04-01/nowhere', '/docs/errors', '/docs/errors/1'],
    ...['/v1/AuthTokens', '/v1/nowhere'],
  ]
  const responses = await Promise.all(paths.map((path) => fetch(`${app.url}${path}`)))
  for (const { headers, status } of [...replies, ...responses]) {
    assert.is(headers.get('x-content-type-options'), 'nosniff', String(status))
    assert.is(headers.get('cache-control'), 'no-store', String(status))
    assert.match(String(headers.get('x-request-id')), /^[0-9a-f]{32}$/)
    for (const name of ['server', 'x-powered-by', 'strict-transport-security', 'set-cookie']) {
      assert.is(headers.get(name), null, `${status} ${name}`)
    }
    assert.is(/json.*charset/.test(String(headers.get('content-type'))), false)
  }
  assert.equal(
    replies.map(({ status }) => status),
    [200, 200, 200, 204, 200, 400, 413, 403, 405, 406, 403, 404, 204, 401],
  )
})

test('browsers are told to come by https alone where the operator says that the public does', async () => {
  for (const [publicUrl, told] of [
    ['https://pbx.example.com', 'max-age=31536000'],
    ['http://pbx.example.com', null],
  ] as const) {
    const other = await startApp({ config: { publicUrl } })
    for (const path of [`${base}/Accounts`, '/v2/accounts', '/2010-04-01/Accounts', '/nowhere']) {
      const { headers } = await fetch(`${other.url}${path}`)
      assert.is(headers.get('strict-transport-security'), told, `${publicUrl} ${path}`)
    }
    await other.stop()
  }
})

test('an answer to what is no path has the standard headers too', async () => {
  const { port } = new URL(app.url)
  const sent = request({ port, method: 'OPTIONS', path: '*' }).end()
  const [response] = await once(sent, 'response')
  response.resume()
  assert.is(response.statusCode, 400)
  assert.is(response.headers['x-content-type-options'], 'nosniff')
  assert.is(response.headers['cache-control'], 'no-store')
})

test('a request keeps its own id when that is plain, and gets another when it is not', async () => {
  for (const [offered, isKept] of [
    ['request-1.2_3', true],
    ['x'.repeat(128), true],
    ['x'.repeat(129), false],
    ['two words', false],
    ['<b>', false],
    ['a"b', false],
  ] as const) {
    const response = await fetch(`${app.url}${base}/Accounts`, {
      headers: { Authorization: basic(child.sid, child.token), 'X-Request-ID': offered },
    })
    assert.is(response.headers.get('x-request-id') === offered, isKept, offered)
  }
})

function corsHeaders({ headers }: Reply): string[] {
  return [...headers.keys()].filter((name) => name.startsWith('access-control-'))
}

test.run()
