import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rawAnswer } from '../support/attacks.ts'
import { idOf } from '../support/crossbar.ts'
import { basic, createAccount, freshEmail } from '../support/restcomm.ts'
import { startApp, type TestApp } from '../support/start-app.ts'

// Host and the headers of proxies say what the sender likes (security.md T6, decisions.md 19).

let app: TestApp
test.before(async () => {
  app = await startApp({ config: { throttle: true } })
})
test.after(() => app.stop())

const lie = 'evil.example'
const proxyHeaders = [
  `X-Forwarded-Host: ${lie}`,
  'X-Forwarded-Proto: https',
  `Forwarded: for=192.0.2.99;host=${lie};proto=https`,
  `X-Original-URL: /2012-04-24/Accounts.json/${lie}`,
  `X-Rewrite-URL: /metrics?${lie}`,
  `X-Forwarded-Prefix: /${lie}`,
]

function request(
  line: string,
  headers: readonly string[],
  body = '',
  token = app.root.token,
): string {
  return [
    `${line} HTTP/1.1`,
    ...headers,
    `Authorization: ${basic(app.root.sid, token)}`,
    'Connection: close',
    ...(body === '' ? [] : [`Content-Length: ${body.length}`]),
    '',
    body,
  ].join('\r\n')
}

test('nothing in any answer is built from Host or the headers of a proxy', async () => {
  const id = idOf(app.root.sid)
  const form = 'Content-Type: application/x-www-form-urlencoded'
  const json = 'Content-Type: application/json'
  const email = () => `EmailAddress=${freshEmail()}&Password=correct+horse`
  for (const [line, headers, body] of [
    [`GET /2012-04-24/Accounts/${app.root.sid}`, [], ''],
    ['GET /2012-04-24/Accounts.json', [], ''],
    ['GET /2012-04-24/Nowhere', [], ''],
    ['POST /2012-04-24/Accounts', [form], email()],
    ['GET /2010-04-01/Accounts.json?PageSize=1', [], ''],
    ['GET /2010-04-01/Nowhere', [], ''],
    ['POST /2010-04-01/Accounts.json', [form], 'FriendlyName=x'],
    [`GET /v2/accounts/${id}`, [], ''],
    [`PUT /v2/accounts/${id}`, [json], '{"data":{"name":"made behind a lie"}}'],
    [`GET /v2/accounts/${id}/children`, [], ''],
    ['GET /v2/nowhere', [], ''],
    ['GET /', [], ''],
    ['GET /openapi.json', [], ''],
    ['GET /nowhere', [], ''],
  ] as const) {
    for (const host of [lie, `${lie}:80`, `127.0.0.1@${lie}`, `user:secret@${lie}`]) {
      const answer = await rawAnswer(
        app,
        request(line, [`Host: ${host}`, ...proxyHeaders, ...headers], body),
      )
      assert.match(answer, /^HTTP\/1\.1 [24]\d\d /, line)
      assert.not.match(answer, lie, line)
    }
  }
})

test('an absolute target names a path here, whatever host it and Host name', async () => {
  for (const host of [lie, '127.0.0.1']) {
    const target = `http://${lie}/2012-04-24/Accounts.json/${app.root.sid}`
    const answer = await rawAnswer(app, request(`GET ${target}`, [`Host: ${host}`]))
    assert.match(answer, /^HTTP\/1\.1 200 /)
    assert.not.match(answer, lie)
  }
})

test('an absolute target that only some parsers can read is refused, and is no fault of ours', async () => {
  const path = '/2012-04-24/Accounts'
  for (const target of [`http://%@x${path}`, `http://-:%@x${path}`, '//a@[#', '//%@x/#']) {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const answer = await rawAnswer(app, request(`${method} ${target}`, ['Host: x']))
      assert.match(answer, /^HTTP\/1\.1 400 /, `${method} ${target}`)
      assert.match(answer, /\r\nX-Request-ID: /)
    }
  }
})

test('an X-Forwarded-For that no listed proxy wrote gives nobody another address', async () => {
  const victim = await createAccount(app, app.root)
  const attempt = async (turn: number) => {
    const path = `GET /2012-04-24/Accounts/${victim.sid}`
    const forwarded = [
      `X-Forwarded-For: 203.0.113.${turn}`,
      `X-Real-IP: 203.0.113.${turn}`,
      `X-Client-IP: 203.0.113.${turn}`,
      `Forwarded: for=203.0.113.${turn}`,
      `CF-Connecting-IP: 203.0.113.${turn}`,
    ]
    const answer = await rawAnswer(
      app,
      request(path, ['Host: x', ...forwarded], '', 'f'.repeat(32)),
    )
    return Number(answer.slice(9, 12))
  }
  const answers = []
  for (let turn = 0; turn < 15; turn += 1) {
    answers.push(await attempt(turn))
  }
  assert.equal(answers, [...Array(10).fill(401), ...Array(5).fill(429)])
  assert.not.match(app.log(), '203.0.113.')
})

test('metrics are not shown to who says that they are this machine, nor hidden by it', async () => {
  const behind = await startApp({
    config: { behindProxy: [{ address: '127.0.0.1', prefix: 32, family: 'ipv4' }] },
  })
  for (const [forwarded, status] of [
    ['203.0.113.1', 403],
    ['127.0.0.1, 203.0.113.1', 403],
    ['::1, 203.0.113.1', 403],
    ['203.0.113.1, 203.0.113.2', 403],
  ] as const) {
    const headers = { 'X-Forwarded-For': forwarded, Host: 'localhost' }
    const response = await fetch(`${behind.url}/metrics`, { headers })
    await response.arrayBuffer()
    assert.is(response.status, status, forwarded)
  }
  await behind.stop()
})

test.run()
