import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http'
import { connect } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createServer, listen, type Tls } from '../../routes/server.ts'
import { base, basic, createAccount, freshEmail, send } from '../support/restcomm.ts'
import { isInstalled, skipUnless } from '../support/skip.ts'
import { type Login, startApp, type TestApp } from '../support/start-app.ts'
import { makeKeyPair } from '../support/start-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

type Request = {
  readonly login?: Login
  readonly method?: string
  /** Behind the dialect's prefix. */
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly agent?: Agent
}

type Reply = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** Whether the connection had served a request before. */
  readonly isReused: boolean
}

const form = 'application/x-www-form-urlencoded'

let app: TestApp
let agent: Agent
/** Waits that take seconds; they run beside the other tests and are looked at by the last ones. */
let waits: Record<'slowHeaders' | 'silence' | 'idle', Promise<Wait>> & {
  readonly handshake: Promise<Wait> | undefined
}

const bareServers: Server[] = []
const hasOpenssl = isInstalled('openssl')

test.before(async () => {
  app = await startApp({ standardTimeouts: true })
  agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const port = await bareServer(undefined)
  waits = {
    slowHeaders: closingOf(port, 'GET / HTTP/1.1\r\nHost: x\r\n', 'X-Slow: 1\r\n'),
    silence: closingOf(port),
    idle: closingOf(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    handshake: hasOpenssl
      ? bareServer(await keyPair()).then((ofTls) => closingOf(ofTls))
      : undefined,
  }
})

test.after(async () => {
  agent.destroy()
  bareServers.map((server) => server.close())
  await app.stop()
})

test('the time of a request, of its headers and between two requests is limited', () => {
  assertLimited(createServer(() => {}, undefined))
})

test(
  'a server with TLS has the same limits',
  skipUnless(hasOpenssl, 'no openssl', async () => {
    assertLimited(createServer(() => {}, await keyPair()))
  }),
)

test('headers of more than 16 KiB are refused with 431', async () => {
  const fits = await exchange({ headers: { 'X-Long': 'x'.repeat(15 * 1024) } })
  assert.is(fits.status, 200)
  const tooLong = await exchange({ headers: { 'X-Long': 'x'.repeat(17 * 1024) } })
  assert.is(tooLong.status, 431)
})

test('a URL of more than 2 KiB is refused with 414 in the form of the dialect', async () => {
  const pathOf = (bytes: number, path: string) => `${path}?x=`.padEnd(bytes - base.length, 'x')
  assert.is((await exchange({ path: pathOf(2048, '/Accounts') })).status, 200)

  const xml = await exchange({ path: pathOf(2049, '/Accounts') })
  assert.is(xml.status, 414)
  assert.is(xml.headers['content-type'], 'application/xml')
  assert.match(xml.text, /^<RestcommResponse><Message>.+<\/Message><\/RestcommResponse>$/)

  const json = await exchange({ path: pathOf(2049, '/Accounts.json') })
  assert.is(json.status, 414)
  assert.is(json.headers['content-type'], 'application/json')
  assert.equal(Object.keys(JSON.parse(json.text)), ['message'])
})

test('a form of more than 64 KiB is refused with 413 by its Content-Length', async () => {
  const length = (bytes: number) => ({
    ...update(`Unknown=`.padEnd(bytes, 'x')),
    headers: { 'Content-Type': form, 'Content-Length': String(bytes) },
  })
  assert.is((await exchange(length(64 * 1024))).status, 200)
  const tooLong = await exchange(length(64 * 1024 + 1))
  assert.is(tooLong.status, 413)
  assert.match(tooLong.text, '<Message>')
})

test('a form of more than 64 KiB is refused with 413 when it comes in chunks', async () => {
  const chunked = (bytes: number) => ({
    ...update(`Unknown=`.padEnd(bytes, 'x')),
    headers: { 'Content-Type': form, 'Transfer-Encoding': 'chunked' },
  })
  assert.is((await exchange(chunked(64 * 1024))).status, 200)
  const tooLong = await exchange(chunked(64 * 1024 + 1))
  assert.is(tooLong.status, 413)
  assert.match(tooLong.text, '<Message>')
})

test('a form of more than 100 fields is refused with 400', async () => {
  const fields = (count: number) =>
    Array.from({ length: count }, (_, index) => `Unknown${index}=1`).join('&')
  assert.is((await exchange(update(fields(100)))).status, 200)
  assert.is((await exchange(update(fields(101)))).status, 400)
})

test('a header that two readers may read differently is refused with 400', async () => {
  const own = `Authorization: ${basic(app.root.sid, app.root.token)}`
  const other = `Authorization: ${basic('administrator@company.com', 'nonsense')}`
  const get = `GET ${base}/Accounts.json HTTP/1.1`
  assert.match(await rawAnswer([get, 'Host: x', own]), /^HTTP\/1\.1 200 /)
  for (const headers of [
    ['Host: x', own, other],
    ['Host: x', other, own],
    ['Host: x', own, own],
    ['Host: x', 'Host: y', own],
    ['Host: x', 'host: x', own],
    [own],
    ['Host: x', own, 'Content-Length: 0', 'Transfer-Encoding: chunked'],
    ['Host: x', own, 'Content-Length: 0', 'Content-Length: 1'],
  ]) {
    assert.match(await rawAnswer([get, ...headers]), /^HTTP\/1\.1 400 /, headers.join('; '))
  }
})

test('an address that is no URL is refused as the fault of the client', async () => {
  for (const address of ['http://[', `http://[${base}/Accounts`, 'x://', `http://x:y${base}`]) {
    const answer = await rawAnswer([`GET ${address} HTTP/1.1`, 'Host: x'])
    assert.match(answer, /^HTTP\/1\.1 4\d\d /, address)
  }
})

test('a request that is malformed behind its headers leaves none of its bytes in the log', async () => {
  const own = `Authorization: ${basic(app.root.sid, app.root.token)}`
  const put = `PUT ${base}/Accounts/${app.root.sid} HTTP/1.1`
  const start = [put, 'Host: x', own, `Content-Type: ${form}`]
  await rawAnswer([...start, 'Transfer-Encoding: gzip'])
  await rawAnswer(
    [...start, 'Transfer-Encoding: chunked'],
    '13\r\nPassword=a+good+one\r\nno size\r\n',
  )
  for (const secret of [own, basic(app.root.sid, app.root.token).slice(6), 'Password=a+good+one']) {
    assert.not.ok(app.log().includes(secret), 'a secret is in the log')
    assert.not.ok(
      app.log().includes([...Buffer.from(secret)].join(',')),
      'its bytes are in the log',
    )
  }
})

test('a compressed body is refused with 415 before anything unpacks it', async () => {
  for (const encoding of ['gzip', 'deflate', 'br', 'zstd', 'gzip, gzip', 'nonsense']) {
    const headers = { 'Content-Type': form, 'Content-Encoding': encoding }
    const reply = await exchange({ ...update('\u001f\u008b\b junk'), headers })
    assert.is(reply.status, 415, encoding)
  }
})

test('a body that nobody reads does not break the connection for the next request', async () => {
  const body = 'FriendlyName=x&'.repeat(1000)
  const refused: readonly (readonly [number, Request])[] = [
    [200, { path: '/Accounts', body }],
    [404, { path: '/Nowhere', method: 'POST', body }],
    [405, { path: '/Accounts', method: 'DELETE', body }],
    [401, { path: '/Accounts', method: 'POST', body, login: { ...app.root, token: 'wrong' } }],
    [415, { ...update(body), headers: { 'Content-Type': 'application/json' } }],
    [406, { path: '/Accounts', method: 'POST', body, headers: { Accept: 'text/html' } }],
    [414, { path: `/Accounts/${'x'.repeat(2048)}`, method: 'PUT', body }],
    [400, { ...update(body), headers: { 'Content-Type': form, 'Transfer-Encoding': 'chunked' } }],
  ]
  await exchange({ agent })
  for (const [status, request] of refused) {
    const reply = await exchange({ ...request, agent })
    assert.is(reply.status, status)
    assert.ok(reply.isReused, `a new connection for the request answered ${status}`)
    const next = await exchange({ path: `/Accounts/${app.root.sid}.json`, agent })
    assert.is(next.status, 200)
    assert.ok(next.isReused, `a new connection behind the answer ${status}`)
    assert.is(JSON.parse(next.text).sid, app.root.sid)
  }
})

test('an open connection sees a changed password at its next request', async () => {
  const account = await createAccount(app, app.root)
  const own = { login: account, path: `/Accounts/${account.sid}.json`, agent }
  assert.is((await exchange(own)).status, 200)

  const changed = await send(app, app.root, 'PUT', `/Accounts/${account.sid}.json`, {
    Password: 'another good one',
  })
  assert.is(changed.status, 200)
  const withOldToken = await exchange(own)
  assert.is(withOldToken.status, 401)
  assert.ok(withOldToken.isReused)
  const withOldPassword = await exchange({ ...own, login: { ...account, token: 'correct horse' } })
  assert.is(withOldPassword.status, 401)
  const withNewPassword = await exchange({
    ...own,
    login: { ...account, token: 'another good one' },
  })
  assert.is(withNewPassword.status, 200)
  assert.ok(withNewPassword.isReused)
})

test('an open connection sees a suspended and a closed parent at its next request', async () => {
  const parent = await createAccount(app, app.root)
  const account = await createAccount(app, parent, { EmailAddress: freshEmail() })
  const own = { login: account, path: `/Accounts/${account.sid}.json`, agent }
  for (const [status, expected] of [
    ['active', 200],
    ['suspended', 403],
    ['active', 200],
    ['closed', 403],
  ] as const) {
    await send(app, app.root, 'PUT', `/Accounts/${parent.sid}`, { Status: status })
    const reply = await exchange(own)
    assert.is(reply.status, expected, status)
    assert.ok(reply.isReused)
  }
})

test('a connection between two requests is closed after about 5 s', async () => {
  const { ms, text } = await waits.idle
  assert.match(text, /^HTTP\/1\.1 200 /)
  assert.ok(ms > 4_500 && ms < 9_000, `closed after ${ms} ms`)
})

test('headers that take their time are cut off after about 10 s', async () => {
  const { ms, text } = await waits.slowHeaders
  assert.match(text, /^HTTP\/1\.1 408 /)
  assert.ok(ms > 9_500 && ms < 14_000, `closed after ${ms} ms`)
})

test('a connection that never says anything is closed after about 10 s', async () => {
  const { ms } = await waits.silence
  assert.ok(ms > 9_500 && ms < 14_000, `closed after ${ms} ms`)
})

test(
  'a connection that never begins its TLS handshake is closed after about 10 s',
  skipUnless(hasOpenssl, 'no openssl', async () => {
    const ms = (await waits.handshake)?.ms ?? 0
    assert.ok(ms > 9_000 && ms < 14_000, `closed after ${ms} ms`)
  }),
)

function assertLimited(server: Server): void {
  assert.is(server.headersTimeout, 10_000)
  assert.is(server.requestTimeout, 30_000)
  assert.is(server.keepAliveTimeout, 5_000)
  assert.ok(server.maxConnections > 0 && server.maxConnections <= 10_000)
  assert.ok((server.maxRequestsPerSocket ?? 0) > 0)
  // Without it Node looks at its timeouts every 30 s; that it works is shown by the slow headers.
  const interval: unknown = Reflect.get(server, 'connectionsCheckingInterval')
  assert.ok(typeof interval === 'number' && interval <= 2_000)
  server.close()
}

/** A change of the root account by the text of a form. */
function update(body: string): Request & { body: string } {
  return { method: 'PUT', path: `/Accounts/${app.root.sid}`, body }
}

async function exchange(options: Request): Promise<Reply> {
  const { login = app.root, method = 'GET', path = '/Accounts', body } = options
  const request = httpRequest(`${app.url}${base}${path}`, {
    method,
    ...(options.agent && { agent: options.agent }),
    headers: {
      Authorization: basic(login.sid, login.token),
      ...(body !== undefined && !('Transfer-Encoding' in (options.headers ?? {}))
        ? { 'Content-Type': form, 'Content-Length': String(Buffer.byteLength(body)) }
        : {}),
      ...options.headers,
    },
  })
  // The server may answer and close before it has taken the whole of a body that is too long.
  request.on('error', () => {})
  request.end(body)
  const [response] = await once(request, 'response')
  return {
    status: response.statusCode,
    headers: response.headers,
    text: await textOf(response),
    isReused: request.reusedSocket,
  }
}

/** The whole answer to a request by its lines, as it came over the wire. */
async function rawAnswer(lines: readonly string[], body = ''): Promise<string> {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1')
  socket.write([...lines, 'Connection: close', '', body].join('\r\n'))
  return textOf(socket)
}

type Wait = { readonly ms: number; readonly text: string }

/** How long a connection is left open on which `first` was sent and then, each second, `more`. */
async function closingOf(port: number, first = '', more?: string): Promise<Wait> {
  const begun = performance.now()
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.on('error', () => {})
  socket.write(first)
  const drip = setInterval(() => more !== undefined && socket.write(more), 1_000)
  const patience = setTimeout(() => socket.destroy(), 20_000)
  await once(socket, 'close')
  clearInterval(drip)
  clearTimeout(patience)
  return { ms: performance.now() - begun, text }
}

/** A server with the real limits, which the app of the tests stretches for its own clients. */
async function bareServer(tls: Tls | undefined): Promise<number> {
  const server = createServer((_request, response) => response.end(), tls)
  bareServers.push(server)
  return (await listen(server, '127.0.0.1', 0)).port
}

async function keyPair(): Promise<Tls> {
  const folder = temporaryFolder()
  const { cert, key } = makeKeyPair(folder.path)
  const tls = { cert: readFileSync(cert), key: readFileSync(key) }
  await folder.remove()
  return tls
}

test.run()
