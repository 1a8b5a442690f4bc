import { join } from 'node:path'
import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { basic, createAccount } from '../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../support/start-app.ts'
import { createKey } from '../support/twilio.ts'

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

test('what the server needs is told to the root account alone', async () => {
  const child = await createAccount(app, app.root)
  for (const stranger of [
    child,
    { ...app.root, token: child.token },
    await createKey(app, app.root, { Reach: 'self' }),
    await createKey(app, child),
  ]) {
    assert.equal(await readiness(app, stranger), [200, { status: 'ready' }])
  }
  for (const known of [app.root, await createKey(app, app.root, { Scope: 'read' })]) {
    const [status, { checks, ...rest }] = await readiness(app, known)
    assert.equal([status, rest], [200, { status: 'ready' }])
    const { disk = '', ...others } = checks ?? {}
    assert.match(disk, /^\d+ MiB are free$/)
    assert.equal(others, {
      server: 'running',
      key: 'right',
      store: 'writable, with the schema of this program',
    })
  }
})

test('a server whose disk has less room than the floor is not ready, and goes on', async () => {
  const full = await startApp({ config: { minFreeDiskMiB: 1_000_000_000 } })
  assert.equal(await readiness(full), [503, { status: 'not ready' }])
  const [, { checks }] = await readiness(full, full.root)
  assert.match(String(checks?.disk), /MiB are free of the 1000000000 MiB that there should be$/)
  assert.is(checks?.store, 'writable, with the schema of this program')
  await createAccount(full, full.root)
  await full.stop()
})

test('a server whose database has another schema is not ready until that is put right', async () => {
  const database = new Database(join(app.folder, 'strowger.db'))
  const last = database
    .prepare<[], { number: number; name: string; hash: string }>(
      'SELECT number, name, hash FROM migrations ORDER BY number DESC LIMIT 1',
    )
    .get()
  const remove = database.prepare('DELETE FROM migrations WHERE number = @number')
  const add = database.prepare('INSERT INTO migrations VALUES (@number, @name, @hash)')
  const newer = { number: (last?.number ?? 0) + 1, name: '9999-later', hash: 'x' }
  for (const [spoil, mend, says] of [
    [() => remove.run(last), () => add.run(last), /that of an older program/],
    [() => add.run(newer), () => remove.run(newer), /newer than this program/],
  ] as const) {
    spoil()
    assert.equal(await readiness(app), [503, { status: 'not ready' }])
    const [, { checks }] = await readiness(app, app.root)
    assert.match(String(checks?.store), says)
    mend()
    assert.equal(await readiness(app), [200, { status: 'ready' }])
  }
  database.close()
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

type Readiness = {
  readonly status: string
  readonly checks?: Readonly<Record<string, string>>
}

async function readiness(
  { url }: TestApp,
  login?: Pick<Login, 'sid' | 'token'>,
): Promise<readonly [status: number, body: Readiness]> {
  const headers = login === undefined ? {} : { Authorization: basic(login.sid, login.token) }
  const response = await fetch(`${url}/ready`, { headers })
  const body: Readiness = JSON.parse(await response.text())
  return [response.status, body]
}

test.run()
