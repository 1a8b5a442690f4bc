import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Answer, ask, freshName, member, pathOf } from '../../support/crossbar.ts'
import { basic } from '../../support/restcomm.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

const gone = `/accounts/${'0'.repeat(32)}`
/** Bodies that no route takes, with what each is answered where a body is read. */
const refusedBodies = [
  [{ raw: '{}', headers: { 'Content-Type': 'text/plain' } }, 415, 'invalid_content_type'],
  [{ raw: '{}', headers: { 'Content-Encoding': 'gzip' } }, 415, 'invalid_content_type'],
  [{ raw: 'x'.repeat(1024 * 1024 + 1) }, 413, 'request_too_large'],
  [{ raw: '{broken' }, 400, 'validation error'],
] as const

test('no body is looked at before its sender is known, the account is found and allowed', async () => {
  const child = await member(app, app.root)
  const stranger = await member(app, app.root)
  const routes = [
    ...[['PUT', ''] as const, ['POST', ''] as const, ['PATCH', ''] as const],
    ...[['POST', '/move'] as const],
  ]
  for (const [asked, status, token] of refusedBodies) {
    for (const [method, rest] of routes) {
      const rows: readonly (readonly [Answer, number, string])[] = [
        [await ask(app, undefined, method, pathOf(child, rest), asked), 401, 'invalid_credentials'],
        [await ask(app, app.root, method, pathOf(child, '/no'), asked), 404, 'not_found'],
        [await ask(app, app.root, 'DELETE', '/accounts', asked), 405, 'invalid_method'],
        [await ask(app, app.root, method, gone + rest, asked), 404, 'bad_identifier'],
        [await ask(app, stranger, method, pathOf(child, rest), asked), 403, 'forbidden'],
        [await ask(app, app.root, method, pathOf(child, rest), asked), status, token],
      ]
      for (const [index, [answer, expected, message]] of rows.entries()) {
        const row = `${method} ${rest} ${status} row ${index}`
        assert.is(answer.status, expected, row)
        assert.is(answer.body.message, message, row)
      }
    }
  }
  assert.equal((await ask(app, app.root, 'GET', pathOf(child))).data, child.document)
})

test('a login has nobody to be known, so its body is looked at first', async () => {
  for (const [asked, status] of refusedBodies) {
    for (const [method, path] of [
      ['PUT', '/api_auth'],
      ['PUT', '/user_auth'],
      ['POST', '/auth/tokeninfo'],
    ] as const) {
      assert.is((await ask(app, undefined, method, path, asked)).status, status, path)
    }
  }
})

test('what a route does not read is refused by none of its faults', async () => {
  const child = await member(app, app.root)
  for (const [asked] of refusedBodies) {
    assert.is((await ask(app, app.root, 'PUT', pathOf(child, '/reseller'), asked)).status, 201)
  }
})

test('a body that is no UTF-8 is refused as such, and nothing of it is stored', async () => {
  const child = await member(app, app.root)
  const around = (bytes: readonly number[]) =>
    Buffer.concat([
      Buffer.from(`{"data":{"name":"${freshName()}","text":"`),
      Buffer.from(bytes),
      Buffer.from('"}}'),
    ])
  const notUtf8 = [
    [0xff],
    [0xe9],
    [0xc3],
    [0xc0, 0xaf],
    [0xed, 0xa0, 0x80],
    [0xf5, 0x80, 0x80, 0x80],
  ]
  for (const bytes of notUtf8) {
    for (const method of ['PUT', 'POST', 'PATCH']) {
      const raw = around(bytes)
      const answer = await ask(app, app.root, method, pathOf(child), { raw })
      assert.is(answer.status, 400, `${method} ${bytes}`)
      assert.equal(answer.data, {
        json: { invalid: { message: 'The body is no valid UTF-8', target: 'body' } },
      })
    }
  }
  const { data } = await ask(app, app.root, 'GET', pathOf(child))
  assert.equal(data, child.document)
  assert.equal((await ask(app, app.root, 'GET', pathOf(child, '/children'))).list, [])
  // A mark of its own order at the beginning, and U+FFFD that a client means, are UTF-8.
  const meant = Buffer.concat([Buffer.from('\ufeff'), around([0xef, 0xbf, 0xbd])])
  const kept = await ask(app, app.root, 'POST', pathOf(child), { raw: meant })
  assert.is(kept.status, 200)
  assert.is(kept.data.text, '\ufffd')
})

test('nobody waits for a body that is too long: the answer ends the connection', async () => {
  const { port } = new URL(app.url)
  const authorization = `Authorization: ${basic(app.root.sid, app.root.token)}\r\n`
  for (const [path, headers, status] of [
    [pathOf(app.root), '', 401],
    [gone, authorization, 404],
    [pathOf(app.root), authorization, 413],
  ] as const) {
    const socket = connect(Number(port), '127.0.0.1')
    socket.setEncoding('utf8')
    let text = ''
    socket.on('data', (chunk) => {
      text += String(chunk)
    })
    socket.write(
      `PATCH /v2${path} HTTP/1.1\r\nHost: x\r\n${headers}Content-Length: 1048577\r\n\r\nbegin`,
    )
    await once(socket, 'end')
    assert.match(text, new RegExp(`^HTTP/1.1 ${status} [^]*\r\nConnection: close\r\n`))
    socket.destroy()
  }
})

test('a document is checked for who is known, and the schemas are read by everyone', async () => {
  const path = '/schemas/accounts/validation'
  const data = { name: freshName() }
  const refused = await ask(app, undefined, 'PUT', path, { data })
  assert.is(refused.status, 401)
  assert.is(refused.body.message, 'invalid_credentials')
  assert.is((await ask(app, undefined, 'GET', path)).status, 401)
  const child = await member(app, app.root)
  const checked = await ask(app, child, 'PUT', path, { data })
  assert.is(checked.status, 201)
  assert.equal(checked.data.caller_id, {})
  assert.is((await ask(app, child, 'PUT', path, { data: {} })).status, 400)
  assert.is((await ask(app, child, 'PUT', '/schemas/none/validation', { raw: '{' })).status, 404)
  assert.is((await ask(app, child, 'GET', path)).status, 405)
  assert.is((await ask(app, undefined, 'GET', '/schemas')).status, 200)
  assert.is((await ask(app, undefined, 'GET', '/schemas/accounts')).status, 200)
})

test.run()
