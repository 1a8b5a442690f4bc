import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { startApp, type TestApp } from '../support/start-app.ts'

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

test('a server that runs says so without credentials', async () => {
  const health = await fetch(`${app.url}/health`)
  assert.is(health.status, 200)
  assert.equal(await health.json(), { status: 'alive' })
  const ready = await fetch(`${app.url}/ready`)
  assert.is(ready.status, 200)
  assert.equal(await ready.json(), { status: 'ready' })
})

test('the bare address tells where to go', async () => {
  const doors = await fetch(app.url)
  assert.is(doors.headers.get('content-type'), 'application/json')
  assert.match(await doors.text(), '/2012-04-24/Accounts')
})

test('a path that nothing serves is 404 as JSON', async () => {
  const reply = await fetch(`${app.url}/nowhere`)
  assert.is(reply.status, 404)
  assert.equal(await reply.json(), { message: 'Nothing is served at this path' })
})

test.run()
