import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertNothingDone, rawAnswer, statusesIn } from '../support/attacks.ts'
import { idOf } from '../support/crossbar.ts'
import { basic, createAccount } from '../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../support/start-app.ts'

// One stream of bytes that two readers, a proxy and the server, would cut into other requests, or two
// headers of which each reader takes another one.

let app: TestApp
let child: Login
test.before(async () => {
  app = await startApp()
  child = await createAccount(app, app.root)
})
test.after(() => app.stop())

const form = 'Content-Type: application/x-www-form-urlencoded'

function own(): string {
  return `Authorization: ${basic(app.root.sid, app.root.token)}`
}

const targets = [
  () => ['POST', `/2012-04-24/Accounts/${child.sid}`],
  () => ['POST', `/2010-04-01/Accounts/${child.sid}.json`],
  () => ['PATCH', `/v2/accounts/${idOf(child.sid)}`],
] as const

/** A request that would close the account if anybody took it for one. */
function hidden(): string {
  const body = 'Status=closed'
  return [
    `POST /2012-04-24/Accounts/${child.sid} HTTP/1.1`,
    'Host: x',
    own(),
    form,
    `Content-Length: ${body.length}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n')
}

const framings: readonly (readonly [
  what: string,
  headers: readonly string[],
  body: () => string,
])[] = [
  [
    'both lengths',
    ['Content-Length: 4', 'Transfer-Encoding: chunked'],
    () => `0\r\n\r\n${hidden()}`,
  ],
  [
    'both, the other way',
    ['Transfer-Encoding: chunked', 'Content-Length: 4'],
    () => `0\r\n\r\n${hidden()}`,
  ],
  ['two lengths', ['Content-Length: 0', 'Content-Length: 400'], hidden],
  ['two equal lengths', ['Content-Length: 0', 'Content-Length: 0'], hidden],
  ['a list of lengths', ['Content-Length: 0, 400'], hidden],
  ['a signed length', ['Content-Length: +0'], hidden],
  ['an unknown coding', ['Transfer-Encoding: xchunked'], () => `0\r\n\r\n${hidden()}`],
  ['chunks not last', ['Transfer-Encoding: chunked, gzip'], () => `0\r\n\r\n${hidden()}`],
  [
    'chunks twice',
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
    () => `0\r\n\r\n${hidden()}`,
  ],
  [
    'chunks and identity',
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
    () => `0\r\n\r\n${hidden()}`,
  ],
  ['a blank before the colon', ['Transfer-Encoding : chunked'], () => `0\r\n\r\n${hidden()}`],
  ['a vertical tab', ['Transfer-Encoding:\x0bchunked'], () => `0\r\n\r\n${hidden()}`],
  ['a folded header', ['Transfer-Encoding:', ' chunked'], () => `0\r\n\r\n${hidden()}`],
  ['a folded length', ['Content-Length:', '\t0'], hidden],
  ['a header without a colon', ['Content-Length 0'], hidden],
  ['a chunk size with a sign', ['Transfer-Encoding: chunked'], () => `-1\r\n\r\n${hidden()}`],
  ['a chunk size in bare words', ['Transfer-Encoding: chunked'], () => `0x0\r\n\r\n${hidden()}`],
  [
    'a chunk size beyond numbers',
    ['Transfer-Encoding: chunked'],
    () => `${'f'.repeat(17)}\r\n${hidden()}`,
  ],
  ['a chunk that ends in a bare LF', ['Transfer-Encoding: chunked'], () => `0\n\n${hidden()}`],
]

for (const [what, headers, body] of framings) {
  test(`${what}: the request is refused and nothing behind it is taken for one`, () =>
    assertNothingDone(app, async () => {
      for (const target of targets) {
        const lines = [`${target().join(' ')} HTTP/1.1`, 'Host: x', own(), form, ...headers]
        const answers = await rawAnswer(app, `${lines.join('\r\n')}\r\n\r\n${body()}`)
        assert.equal(statusesIn(answers), [400], answers.slice(0, 300))
      }
    }))
}

test('lines that end in a bare LF or CR are no lines', () =>
  assertNothingDone(app, async () => {
    for (const target of targets) {
      for (const end of ['\n', '\r']) {
        const lines = [
          `${target().join(' ')} HTTP/1.1`,
          'Host: x',
          own(),
          form,
          'Content-Length: 0',
        ]
        const all = await rawAnswer(app, `${lines.join(end)}${end}${end}${hidden()}`)
        assert.equal(statusesIn(all), [400])
        const mixed = `${lines.slice(0, 2).join('\r\n')}\r\nX: 1${end}${lines.slice(2).join('\r\n')}\r\n\r\n${hidden()}`
        assert.equal(statusesIn(await rawAnswer(app, mixed)), [400], JSON.stringify(end))
      }
    }
  }))

test('headers of which each reader could take another are refused in every dialect', async () => {
  const other = `Authorization: ${basic(child.sid, child.token)}`
  for (const path of ['/2012-04-24/Accounts', '/2010-04-01/Accounts.json', '/v2/token_auth']) {
    const get = `GET ${path} HTTP/1.1`
    for (const headers of [
      ['Host: x', own(), other],
      ['Host: x', other, own()],
      ['Host: x', own(), own()],
      ['Host: x', own(), other.toLowerCase().replace('authorization', 'AUTHORIZATION')],
      ['Host: x', 'Host: y', own()],
      ['Host: x', 'Host: x', own()],
      [own()],
      ['Host: x', ` ${own()}`],
      ['Host: x', own().replace(':', ' :')],
      ['Host: x', `${own()}\x00`],
    ]) {
      const lines = [get, ...headers, 'Connection: close', '\r\n']
      const answer = await rawAnswer(app, lines.join('\r\n'))
      assert.equal(statusesIn(answer), [400], headers.join('; '))
    }
  }
})

test('two sessions in one request are none', async () => {
  const open = async (login: Login) => {
    const response = await fetch(`${app.url}/v2/api_auth`, {
      method: 'PUT',
      body: JSON.stringify({ data: { api_key: login.token } }),
      headers: { 'Content-Type': 'application/json' },
    })
    return `X-Auth-Token: ${response.headers.get('x-auth-token')}`
  }
  const [mine, yours] = [await open(child), await open(app.root)]
  const ask = async (...tokens: string[]) => {
    const lines = ['GET /v2/token_auth HTTP/1.1', 'Host: x', ...tokens, 'Connection: close', '\r\n']
    return statusesIn(await rawAnswer(app, lines.join('\r\n')))
  }
  assert.equal(await ask(mine), [200])
  assert.equal(await ask(mine, yours), [401])
  assert.equal(await ask(yours, mine), [401])
})

test('requests in a row on one connection are answered each for whom it names, in their order', async () => {
  const get = (login: Login, more = '') =>
    `GET /2012-04-24/Accounts.json/${child.sid} HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic(login.sid, login.token)}\r\n${more}\r\n`
  const wrong = { ...child, token: '0'.repeat(32) }
  const answers = await rawAnswer(
    app,
    `${get(child)}${get(wrong)}${get(app.root)}${get(wrong, 'Connection: close\r\n')}`,
  )
  assert.equal(statusesIn(answers), [200, 401, 200, 401])
})

test.run()
