import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { knock, rawAnswer } from '../support/attacks.ts'
import { idOf } from '../support/crossbar.ts'
import { basic } from '../support/restcomm.ts'
import { startApp, type TestApp } from '../support/start-app.ts'

// What a client writes is to look like a line of the log, of the audit or of the terminal.

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

const forged = '{"level":30,"msg":"forged","accountSid":"AC0"}'
const injections = [
  `x\n${forged}`,
  `x\r\n${forged}`,
  `x\u2028${forged}`,
  `x\u0085${forged}`,
  `x","msg":"forged","y":"`,
  '\u001b[2J\u001b[1;1Hforged',
  `\${jndi:ldap://127.0.0.1:1/forged}`,
  '%0d%0aforged',
  '\u0000forged',
  '\u202eforged',
]

/** Every line of the log as the object that it is; throws for one that is none. */
function lines(): readonly Readonly<Record<string, unknown>>[] {
  return app
    .log()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

test('names, secrets, paths, queries, bodies and headers put no line, key or control character into the log', async () => {
  const { sid } = app.root
  const before = lines().length
  let asked = 0
  const ask: typeof knock = (...args) => {
    asked += 1
    return knock(...args)
  }
  for (const text of injections) {
    const coded = encodeURIComponent(text)
    await ask(app, { sid: text, token: 'wrong' }, 'GET', '/2012-04-24/Accounts')
    await ask(app, { sid, token: text }, 'GET', '/2010-04-01/Accounts.json')
    for (const path of [
      `/2012-04-24/Accounts/${coded}`,
      `/2012-04-24/${coded}`,
      `/2010-04-01/Accounts/${coded}.json`,
      `/v2/accounts/${coded}`,
      `/v2/${coded}`,
      `/${coded}`,
      `/2012-04-24/Accounts?DomainName=${coded}`,
      `/v2/accounts/${idOf(sid)}/children?${coded}=${coded}`,
    ]) {
      await ask(app, app.root, 'GET', path)
    }
    const form = { FriendlyName: text, EmailAddress: text, Password: text, Status: text }
    await ask(app, app.root, 'POST', '/2012-04-24/Accounts', { form })
    await ask(app, app.root, 'POST', '/2010-04-01/Accounts.json', { form })
    await ask(app, app.root, 'PUT', `/v2/accounts/${idOf(sid)}`, { data: { name: text } })
    await ask(app, undefined, 'PUT', '/v2/user_auth', {
      data: { account_name: text, credentials: text },
    })
  }
  const added = lines().slice(before)
  assert.is(added.length, asked, 'one line for each request, and none more')
  const keys = new Set(added.flatMap((line) => Object.keys(line)))
  const known = ['level', 'time', 'requestId', 'method', 'dialect', 'route', 'status', 'ms']
  const mayBe = [...known, 'accountSid', 'apiKeySid', 'address']
  assert.equal(
    [...keys].filter((key) => !mayBe.includes(key)),
    [],
  )
  assert.not.match(app.log(), 'forged')
  assert.not.match(app.log(), 'jndi')
  const withoutLineEnds = app.log().replaceAll('\n', '')
  assert.not.match(withoutLineEnds, /[\p{Cc}\u2028\u2029\u202e]/u)
})

test('headers of one request are not taken for its id, its address or another request', async () => {
  const before = lines().length
  for (const header of [
    'X-Request-ID: forged id',
    'X-Request-ID: a\tforged',
    `X-Request-ID: ${forged}`,
    'X-Request-ID: \x1b[2Jforged',
    `X-Forwarded-For: ${forged}`,
    'User-Agent: forged',
    'Referer: http://forged/',
    'Idempotency-Key: forged',
    'Cookie: forged=1',
  ]) {
    const lineOf = `GET /2012-04-24/Accounts HTTP/1.1\r\nHost: x\r\n${header}\r\n`
    const own = `Authorization: ${basic(app.root.sid, app.root.token)}`
    await rawAnswer(app, `${lineOf}${own}\r\nConnection: close\r\n\r\n`)
  }
  const added = lines().slice(before)
  assert.ok(added.length > 0 && added.length <= 9)
  assert.not.match(app.log(), 'forged')
})

test('the audit keeps such a name as the text that it is, and no answer breaks by it', async () => {
  const name = `x","msg":"forged <b>&</b> \${jndi:x}`
  const child = await knock(app, app.root, 'PUT', `/v2/accounts/${idOf(app.root.sid)}`, {
    data: { name },
  })
  const { id } = JSON.parse(child.text).data
  const audit = await knock(app, app.root, 'GET', `/2012-04-24/Accounts/AC${id}/Audit`)
  assert.match(audit.text, '&lt;b&gt;')
  assert.not.match(audit.text, '<b>')
  const json = await knock(app, app.root, 'GET', `/v2/accounts/${id}/audit`)
  assert.ok(JSON.parse(json.text).data.length > 0)
})

test.run()
