import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertNothingDone, knock } from '../support/attacks.ts'
import { md5 } from '../support/crossbar.ts'
import { createAccount, freshEmail } from '../support/restcomm.ts'
import { startApp, type TestApp } from '../support/start-app.ts'

// bcrypt reads 72 bytes: two longer passwords that begin alike would be one, and a NUL would end it.

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

const beginning = 'a horse of seventy-two bytes, '.repeat(3).slice(0, 72)

test('a password of more than 72 bytes is refused wherever one is taken', async () => {
  const { sid } = await createAccount(app, app.root)
  await assertNothingDone(app, async () => {
    for (const Password of [
      `${beginning}!`,
      'é'.repeat(37),
      '🔑'.repeat(19),
      'x'.repeat(5000),
      `short\u0000${'x'.repeat(10)}`,
      `${beginning.slice(0, 40)}\u0000`,
    ]) {
      const form = { EmailAddress: freshEmail(), Password }
      for (const [method, path] of [
        ['POST', '/2012-04-24/Accounts.json'],
        ['POST', '/2010-04-01/Accounts.json'],
        ['PUT', `/2012-04-24/Accounts.json/${sid}`],
      ] as const) {
        const { status, text } = await knock(app, app.root, method, path, { form })
        assert.is(status, 400, `${method} ${path} ${text}`)
        assert.not.ok(text.includes(Password.slice(0, 30)), 'the refusal tells the password')
      }
    }
  })
})

test('what goes beyond a password of 72 bytes does not fit it, in any dialect', async () => {
  const Password = beginning
  const login = await createAccount(app, app.root, { FriendlyName: 'seventy-two', Password })
  for (const [secret, status] of [
    [beginning, 200],
    [`${beginning}!`, 401],
    [`${beginning}\u0000`, 401],
    [beginning.repeat(2), 401],
    [beginning.slice(0, 71), 401],
    [`${beginning.slice(0, 71)}\u0000`, 401],
  ] as const) {
    for (const path of ['/2012-04-24/Accounts', '/2010-04-01/Accounts.json', '/v2/token_auth']) {
      const who = { sid: login.sid, token: secret }
      assert.is((await knock(app, who, 'GET', path)).status, status, `${path} ${secret.length}`)
    }
    const credentials = md5(`${login.email}:${secret}`)
    const data = { account_name: 'seventy-two', credentials }
    const { status: session } = await knock(app, undefined, 'PUT', '/v2/user_auth', { data })
    assert.is(session, status === 200 ? 201 : 401)
  }
})

test.run()
