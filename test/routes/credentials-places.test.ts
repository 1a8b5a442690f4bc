import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { holder, type Knock, knock, operationsOf, pathWith } from '../support/attacks.ts'
import { session } from '../support/crossbar.ts'
import { basic } from '../support/restcomm.ts'
import { startApp, type TestApp } from '../support/start-app.ts'

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

test('credentials in a query, a cookie or a body let nobody in, on any route', async () => {
  const owner = await holder(app)
  const open = await session(app, owner.token)
  const credentials = {
    ...{
      AccountSid: owner.sid,
      AuthToken: owner.token,
      Sid: owner.sid,
      Authorization: basic(owner.sid, owner.token),
    },
    ...{ username: owner.email, password: 'correct horse', auth_token: open.session },
    ...{ access_token: open.session, 'x-auth-token': open.session, api_key: owner.token },
  }
  const cookie = Object.entries(credentials).map(([name, value]) => `${name}=${value}`)
  const asked = (await operationsOf(app)).filter(({ isOpen }) => !isOpen)
  assert.ok(asked.length > 40)
  for (const operation of asked) {
    const path = pathWith(operation, { ...owner, key: owner.key.sid })
    const ways: readonly Knock[] = [
      { query: credentials },
      { headers: { Cookie: cookie.join('; ') } },
      ...(operation.form === undefined ? [] : [{ form: credentials }]),
      ...(operation.takesJson ? [{ data: credentials }] : []),
    ]
    for (const way of ways) {
      const { status } = await knock(app, undefined, operation.method, path, way)
      assert.is(status, 401, `${operation.method} ${path} ${JSON.stringify(way)}`)
    }
  }
})

test.run()
