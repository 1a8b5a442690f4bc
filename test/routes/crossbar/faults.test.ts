import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, freshName, member, pathOf, session } from '../../support/crossbar.ts'
import { basic } from '../../support/restcomm.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

// Accounts do not expire here, so of the two forms of 423 the one for expired accounts has no case.

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

function openFile({ folder }: TestApp): Database.Database {
  return new Database(join(folder, 'strowger.db'))
}

test('a fault of the server is 500 in the envelope, and tells nothing but its request id', async () => {
  const broken = await startApp()
  const known = await session(broken, broken.root.token)
  const file = openFile(broken)
  file.exec('DROP TABLE audit')
  file.close()
  const asked = { data: { name: freshName() }, headers: { 'X-Request-ID': 'the-request' } }
  const answer = await ask(broken, known, 'PUT', '/accounts', asked)
  assert.is(answer.status, 500)
  assert.is(answer.headers.get('content-type'), 'application/json')
  assert.equal(answer.body, {
    data: { message: 'Internal server error (request the-request)' },
    error: '500',
    message: 'internal_error',
    status: 'error',
    request_id: 'the-request',
    auth_token: known.session,
  })
  assert.match(broken.log(), /no such table/)
  const { list } = await ask(broken, known, 'GET', pathOf(broken.root, '/children'))
  assert.equal(list, [], 'nothing was made without its record')
  await broken.stop()
})

test('while another program holds the database nothing is written, and afterwards it is', async () => {
  const child = await member(app, app.root)
  const asked = { data: { name: freshName() } }
  const file = openFile(app)
  file.exec('BEGIN IMMEDIATE')
  const answer = await ask(app, app.root, 'PATCH', pathOf(child), asked)
  file.exec('ROLLBACK')
  file.close()
  assert.is(answer.status, 503)
  assert.is(answer.body.message, 'datastore_unavailable')
  assert.not.match(answer.text, /sqlite|locked|busy/i)
  assert.equal((await ask(app, app.root, 'GET', pathOf(child))).data, child.document)
  assert.is((await ask(app, app.root, 'PATCH', pathOf(child), asked)).status, 200)
})

test('a POST of a document that was changed while its body came is 409 and changes nothing', async () => {
  const child = await member(app, app.root)
  const finish = await begin('POST', pathOf(child))
  const name = freshName()
  const meanwhile = await ask(app, app.root, 'PATCH', pathOf(child), { data: { name } })
  assert.is(meanwhile.status, 200)
  const { status, body } = await finish({ data: { name: freshName(), late: true } })
  assert.is(status, 409)
  assert.is(body.message, 'datastore_conflict')
  assert.is(body.error, '409')
  assert.equal((await ask(app, app.root, 'GET', pathOf(child))).data, meanwhile.data)
  const again = await ask(app, app.root, 'POST', pathOf(child), { data: { name: freshName() } })
  assert.is(again.status, 200)
})

/** Sends the head of a request, whose account the server has read when this comes back; the body later. */
async function begin(method: string, path: string) {
  const sent = request(`${app.url}/v2${path}`, {
    method,
    headers: {
      Authorization: basic(app.root.sid, app.root.token),
      'Content-Type': 'application/json',
      'Transfer-Encoding': 'chunked',
      Expect: '100-continue',
    },
  })
  sent.flushHeaders()
  await once(sent, 'continue')
  return async (envelope: object) => {
    const answered = once(sent, 'response')
    sent.end(JSON.stringify(envelope))
    const [response]: IncomingMessage[] = await answered
    assert.ok(response)
    const answer: { message: string; error: string } = JSON.parse(await text(response))
    return { status: response.statusCode, body: answer }
  }
}

test.run()
