import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, freshName, pathOf } from '../../support/crossbar.ts'
import { startApp } from '../../support/start-app.ts'

const origin = 'http://console.example.com'
const preflight = {
  Origin: origin,
  'Access-Control-Request-Method': 'PUT',
  'Access-Control-Request-Headers': 'x-auth-token, content-type',
}

test('OPTIONS tells the methods of a route to anyone', async () => {
  const app = await startApp()
  const answer = await ask(app, undefined, 'OPTIONS', pathOf(app.root))
  assert.is(answer.status, 200)
  assert.is(answer.text, '')
  assert.is(answer.headers.get('allow'), 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT')
  assert.is((await ask(app, undefined, 'OPTIONS', '/user_auth')).status, 200)
  assert.is((await ask(app, undefined, 'OPTIONS', '/nowhere')).status, 404)
  await app.stop()
})

test('a console of a listed origin may ask, send its session and read the answer', async () => {
  const app = await startApp({ config: { corsOrigins: [origin] } })
  const first = await ask(app, undefined, 'OPTIONS', pathOf(app.root), { headers: preflight })
  assert.is(first.status, 200)
  assert.is(first.text, '')
  assert.is(first.headers.get('access-control-allow-credentials'), null)
  assert.is(first.headers.get('access-control-allow-origin'), origin)
  const allowed = first.headers.get('access-control-allow-headers') ?? ''
  for (const name of [
    ...['content-type', 'x-auth-token', 'x-kazoo-cluster-id', 'x-requested-with'],
    ...['cache-control', 'if-modified-since', 'if-match', 'authorization', 'x-request-id'],
    ...['if-none-match', 'x-pretty-print'],
  ]) {
    assert.ok(allowed.split(', ').includes(name), name)
  }
  assert.is(first.headers.get('access-control-max-age'), '86400')
  const asked = { data: { name: freshName() }, headers: { Origin: origin } }
  const created = await ask(app, app.root, 'PUT', '/accounts', asked)
  assert.is(created.status, 201)
  assert.is(
    created.headers.get('access-control-expose-headers'),
    'x-auth-token, x-request-id, location, etag',
  )
  await app.stop()
})

test('the other dialects answer what a browser asks beforehand without content', async () => {
  const app = await startApp({ config: { corsOrigins: [origin] } })
  for (const path of ['/2012-04-24/Accounts', '/2010-04-01/Accounts', '/health', '/v2x']) {
    const answer = await fetch(`${app.url}${path}`, { method: 'OPTIONS', headers: preflight })
    assert.is(answer.status, 204, path)
    assert.is(answer.headers.get('access-control-allow-origin'), origin)
  }
  await app.stop()
})

test('a console of any other origin gets no leave, and none of its writes is made', async () => {
  const app = await startApp()
  const first = await ask(app, undefined, 'OPTIONS', pathOf(app.root), { headers: preflight })
  assert.is(first.headers.get('access-control-allow-origin'), null)
  assert.is(first.headers.get('access-control-allow-headers'), null)
  assert.is(first.status, 200)
  const asked = { data: { name: freshName() }, headers: { Origin: origin } }
  const refused = await ask(app, app.root, 'PUT', '/accounts', asked)
  assert.is(refused.status, 403)
  assert.is(refused.body.message, 'forbidden')
  await app.stop()
})

test('the operator may let every origin in', async () => {
  const app = await startApp({ config: { corsOrigins: ['*'] } })
  const first = await ask(app, undefined, 'OPTIONS', pathOf(app.root), { headers: preflight })
  assert.is(first.headers.get('access-control-allow-origin'), '*')
  assert.is(first.headers.get('access-control-allow-credentials'), null)
  const asked = { data: { name: freshName() }, headers: { Origin: origin } }
  assert.is((await ask(app, app.root, 'PUT', '/accounts', asked)).status, 201)
  await app.stop()
})

test.run()
