import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertNothingDone, knock, operationsOf, pathWith, stored } from '../support/attacks.ts'
import { basic, createAccount } from '../support/restcomm.ts'
import { startApp, type TestApp } from '../support/start-app.ts'

// A page of another site makes the browser of an administrator, who is logged in by Basic, send a form.

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

const pages: readonly Readonly<Record<string, string>>[] = [
  { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
  { Origin: 'https://evil.example' },
  { Origin: 'null' },
  { 'Sec-Fetch-Site': 'cross-site' },
  { 'Sec-Fetch-Site': 'same-site' },
  { Origin: 'http://127.0.0.1.evil.example' },
  { Origin: 'http://127.0.0.1:1' },
]

test('no route that changes anything takes a form of another site, whatever type a page can give it', async () => {
  const child = await createAccount(app, app.root)
  const ids = { sid: child.sid, key: `SK${'0'.repeat(32)}`, callflow: '0'.repeat(32) }
  const changing = (await operationsOf(app)).filter(({ method }) => method !== 'GET')
  await assertNothingDone(app, async () => {
    for (const operation of changing) {
      const path = pathWith(operation, ids).replace('{name}', 'accounts')
      for (const page of pages) {
        // A form without script can send these three types and no other.
        for (const type of [
          'application/x-www-form-urlencoded',
          'text/plain',
          'multipart/form-data',
        ]) {
          const response = await fetch(`${app.url}${path}`, {
            method: operation.method,
            headers: {
              ...page,
              Authorization: basic(app.root.sid, app.root.token),
              'Content-Type': type,
            },
            body: operation.takesJson ? '{"data":{"name":"x"}}' : 'FriendlyName=x',
          })
          await response.arrayBuffer()
          assert.is(response.status, 403, `${operation.method} ${path} ${JSON.stringify(page)}`)
          assert.is(response.headers.get('access-control-allow-origin'), null)
          assert.is(response.headers.get('www-authenticate'), null)
        }
      }
    }
  })
})

test('what a page may send without asking, a GET, changes nothing', async () => {
  const before = stored(app)
  for (const path of [
    `/2012-04-24/Accounts/${app.root.sid}?Status=closed&FriendlyName=x`,
    `/2012-04-24/Accounts/migrate/${app.root.sid}?Organization=x`,
    `/2010-04-01/Accounts/${app.root.sid}.json?FriendlyName=x&_method=DELETE`,
    '/v1/AuthTokens/Promote',
    '/v1/AuthTokens/Secondary',
    '/2012-04-24/Logout',
    '/v2/token_auth?_method=DELETE',
  ]) {
    const headers = { ...pages[0], 'X-HTTP-Method-Override': 'DELETE' }
    const { status } = await knock(app, app.root, 'GET', path, { headers })
    assert.ok(status < 500, path)
  }
  assert.equal(stored(app), before)
})

test('a page that asks beforehand is told nothing, in any dialect', async () => {
  for (const path of [
    `/2012-04-24/Accounts/${app.root.sid}`,
    '/2010-04-01/Accounts.json',
    '/v2/accounts',
  ]) {
    for (const method of ['PUT', 'POST', 'DELETE', 'PATCH']) {
      const headers = {
        Origin: 'https://evil.example',
        'Access-Control-Request-Method': method,
        'Access-Control-Request-Headers': 'authorization,content-type',
      }
      const answer = await knock(app, undefined, 'OPTIONS', path, { headers })
      const told = [...answer.headers.keys()].filter((name) => name.startsWith('access-control'))
      assert.equal(told, [], path)
    }
  }
})

test.run()
