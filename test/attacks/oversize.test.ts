import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertNothingDone, knock, rawAnswer, statusesIn } from '../support/attacks.ts'
import { idOf } from '../support/crossbar.ts'
import { basic } from '../support/restcomm.ts'
import { startApp, type TestApp } from '../support/start-app.ts'

// More of everything than anyone could need.

const kib = 1024
let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

type Door = {
  readonly method: string
  readonly path: () => string
  readonly type: string
  /** Of which the body may have one byte more. */
  readonly limit: number
}

const form = 'application/x-www-form-urlencoded'
const doors: readonly Door[] = [
  {
    method: 'PUT',
    path: () => `/2012-04-24/Accounts/${app.root.sid}`,
    type: form,
    limit: 64 * kib,
  },
  {
    method: 'POST',
    path: () => `/2010-04-01/Accounts/${app.root.sid}.json`,
    type: form,
    limit: 64 * kib,
  },
  {
    method: 'PATCH',
    path: () => `/v2/accounts/${idOf(app.root.sid)}`,
    type: 'application/json',
    limit: kib * kib,
  },
  { method: 'PUT', path: () => '/v2/user_auth', type: 'application/json', limit: kib * kib },
]

function head({ method, path, type }: Door, ...more: readonly string[]): string {
  return [
    `${method} ${path()} HTTP/1.1`,
    'Host: x',
    `Authorization: ${basic(app.root.sid, app.root.token)}`,
    `Content-Type: ${type}`,
    'Connection: close',
    ...more,
    '\r\n',
  ].join('\r\n')
}

test('a body over the limit is refused with 413, by its length and by its chunks', () =>
  assertNothingDone(app, async () => {
    for (const door of doors) {
      for (const length of [door.limit + 1, 10 ** 9, 2 ** 40]) {
        // None of it is sent: whoever waits for it here waits for ever.
        const answer = await rawAnswer(app, head(door, `Content-Length: ${length}`))
        assert.match(answer, /^HTTP\/1\.1 413 /, `${door.path()} ${length}`)
      }
      const chunk = `${(16 * kib).toString(16)}\r\n${'x'.repeat(16 * kib)}\r\n`
      const chunks = chunk.repeat(door.limit / (16 * kib) + 1)
      const answer = await rawAnswer(app, `${head(door, 'Transfer-Encoding: chunked')}${chunks}`)
      assert.match(answer, /^HTTP\/1\.1 413 /, door.path())
    }
  }))

test('a length that is no number is refused with 400', async () => {
  for (const door of doors) {
    for (const length of ['-1', '1e3', '0x10', '99999999999999999999999', '1 1', '+5', '']) {
      const answer = await rawAnswer(app, head(door, `Content-Length: ${length}`))
      assert.match(answer, /^HTTP\/1\.1 400 /, length)
    }
  }
})

test('URLs, headers and numbers of headers have an end', async () => {
  const own = `Authorization: ${basic(app.root.sid, app.root.token)}`
  for (const [base, path] of [
    ['/2012-04-24/Accounts', 414],
    ['/2010-04-01/Accounts.json', 414],
    ['/v2/token_auth', 414],
  ] as const) {
    for (const url of [`${base}?x=${'x'.repeat(2048)}`, `${base}/${'x/'.repeat(1024)}`]) {
      const answer = await rawAnswer(
        app,
        `GET ${url} HTTP/1.1\r\nHost: x\r\n${own}\r\nConnection: close\r\n\r\n`,
      )
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${path} `))
    }
    for (const headers of [
      `X-Long: ${'x'.repeat(17 * kib)}\r\n`,
      `${'x'.repeat(17 * kib)}: 1\r\n`,
      'X: 1\r\n'.repeat(5000),
      `Authorization: Basic ${'x'.repeat(17 * kib)}\r\n`,
    ]) {
      const answer = await rawAnswer(app, `GET ${base} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`)
      assert.match(answer, /^HTTP\/1\.1 431 /)
    }
    // Node keeps two thousand headers, and the credentials behind them are none.
    const many = 'X:\r\n'.repeat(2100)
    const late = await rawAnswer(
      app,
      `GET ${base} HTTP/1.1\r\nHost: x\r\n${many}${own}\r\nConnection: close\r\n\r\n`,
    )
    assert.ok([200, 401, 431].includes(statusesIn(late)[0] ?? 0), late.slice(0, 100))
  }
})

test('fields, values and depths have an end', () =>
  assertNothingDone(app, async () => {
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`x${index}`, '1']))
    const long = { FriendlyName: 'x'.repeat(60 * kib) }
    for (const { method, path } of doors.slice(0, 2)) {
      for (const given of [many, long, { Password: 'x'.repeat(60 * kib) }]) {
        const answer = await knock(app, app.root, method, path(), { form: given })
        const isIgnored = answer.status === 200 && 'Password' in given && path().includes('2010')
        assert.ok(answer.status === 400 || isIgnored, `${answer.status} ${path()}`)
      }
    }
    const send = async (raw: string) => {
      const response = await fetch(`${app.url}/v2/accounts/${idOf(app.root.sid)}`, {
        method: 'PATCH',
        headers: {
          Authorization: basic(app.root.sid, app.root.token),
          'Content-Type': 'application/json',
        },
        body: raw,
      })
      return [response.status, (await response.text()).length < 5000]
    }
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      for (const depth of [700, 3000, 50_000]) {
        const value = `${open.repeat(depth)}1${close.repeat(depth)}`
        assert.equal(await send(`{"data":{"x":${value}}}`), [400, true], `${depth} ${open}`)
      }
    }
    assert.equal(await send(`{"data":{"x":[${'1,'.repeat(6000)}1]}}`), [400, true])
    assert.equal(await send(`{"data":{"name":"${'x'.repeat(1000)}"}}`), [400, true])
    assert.equal(await send(`{"data":{"x":1${'0'.repeat(400)}}}`), [400, true])
  }))

test('a name, a secret or a session of any length is a wrong one', async () => {
  for (const length of [255, 5000, 11_000]) {
    const long = 'x'.repeat(length)
    for (const path of ['/2012-04-24/Accounts', '/2010-04-01/Accounts.json', '/v2/token_auth']) {
      for (const [name, secret] of [
        [long, 'x'],
        ['x', long],
        [`${long}@example.com`, 'x'],
      ] as const) {
        const { status } = await knock(app, { sid: name, token: secret }, 'GET', path)
        assert.is(status, 401)
      }
    }
    const headers = { 'X-Auth-Token': long }
    assert.is((await knock(app, undefined, 'GET', '/v2/token_auth', { headers })).status, 401)
  }
})

test.run()
