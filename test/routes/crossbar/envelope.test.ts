import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, codes, freshName, member, pathOf, session } from '../../support/crossbar.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

test('a success is an envelope around the data, with the session it was asked with', async () => {
  const known = await session(app, app.root.token)
  const answer = await ask(app, known, 'GET', pathOf(app.root))
  const { data, revision, timestamp, request_id: requestId, ...rest } = answer.body
  assert.is(answer.status, 200)
  assert.is(answer.headers.get('content-type'), 'application/json')
  assert.equal(rest, { status: 'success', version: '2', auth_token: known.session })
  assert.ok(typeof data === 'object')
  assert.is(answer.headers.get('etag'), `"${revision}"`)
  assert.is(answer.headers.get('x-request-id'), requestId)
  assert.is(answer.headers.get('x-auth-token'), known.session)
  assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
})

test('who uses Basic is shown no token of a session', async () => {
  const answer = await ask(app, app.root, 'GET', pathOf(app.root))
  assert.not.ok('auth_token' in answer.body)
  assert.is(answer.headers.get('x-auth-token'), null)
})

test('who is not known is not told the version', async () => {
  const open = await ask(app, undefined, 'GET', '/schemas')
  assert.equal(Object.keys(open.body).sort(), [
    ...['data', 'request_id', 'revision', 'status', 'timestamp'],
  ])
  const refused = await ask(app, undefined, 'GET', pathOf(app.root))
  assert.equal(Object.keys(refused.body).sort(), [
    ...['data', 'error', 'message', 'request_id', 'status'],
  ])
})

test('what is left out of Kazoo is passed over', async () => {
  const plain = await ask(app, app.root, 'GET', pathOf(app.root))
  const queries = ['jsonp=x', 'verb=DELETE', 'accept=text/csv', 'internals=true', 'is_chunked=true']
  for (const query of queries) {
    const answer = await ask(app, app.root, 'GET', `${pathOf(app.root)}?${query}`)
    assert.is(answer.status, 200, query)
    assert.is(answer.headers.get('content-type'), 'application/json')
    assert.equal(answer.data, plain.data, query)
  }
  const child = await member(app, app.root)
  const headers = { 'X-Auth-Account-Id': child.id }
  const asked = { data: { name: freshName() }, headers }
  const made = await ask(app, app.root, 'PUT', '/accounts', asked)
  assert.equal((await ask(app, child, 'GET', pathOf(child, '/children'))).list, [])
  assert.is(made.status, 201)
  const alias = pathOf(app.root).replace('/accounts/', '/account/')
  assert.is((await ask(app, app.root, 'GET', alias)).body.message, 'not_found')
})

test('an error is an envelope with the status as a text and a token that consoles compare', async () => {
  const known = await session(app, app.root.token)
  const answer = await ask(app, known, 'GET', '/nowhere', { headers: { 'X-Request-ID': 'r-1' } })
  assert.is(answer.status, 404)
  assert.is(answer.headers.get('content-type'), 'application/json')
  assert.equal(answer.body, {
    data: { message: 'Nothing is served at this path' },
    error: '404',
    message: 'not_found',
    status: 'error',
    request_id: 'r-1',
    auth_token: known.session,
  })
})

test('a plain request id of the client is kept and any other is replaced', async () => {
  for (const id of ['a', 'A.b_c-9', 'x'.repeat(128)]) {
    const answer = await ask(app, undefined, 'GET', '/schemas', { headers: { 'X-Request-ID': id } })
    assert.is(answer.body.request_id, id)
  }
  for (const id of ['', 'a b', 'x'.repeat(129), 'a"b', 'é']) {
    const answer = await ask(app, undefined, 'GET', '/schemas', { headers: { 'X-Request-ID': id } })
    assert.match(String(answer.body.request_id), /^[0-9a-f]{32}$/)
  }
})

test('a document that the client has already is 304 without a body, a list as well', async () => {
  for (const path of [pathOf(app.root), pathOf(app.root, '/children')]) {
    const first = await ask(app, app.root, 'GET', path)
    const etag = first.headers.get('etag') ?? ''
    const again = await ask(app, app.root, 'GET', path, { headers: { 'If-None-Match': etag } })
    assert.is(again.status, 304)
    assert.is(again.text, '')
    assert.is(again.headers.get('etag'), etag)
    const other = await ask(app, app.root, 'GET', path, { headers: { 'If-None-Match': '"1-0"' } })
    assert.is(other.status, 200)
  }
})

test('a write with the revision of another time is 412 and changes nothing', async () => {
  const child = await member(app, app.root)
  const path = pathOf(child)
  const name = freshName()
  for (const method of ['POST', 'PATCH', 'DELETE']) {
    for (const tag of ['"1-00000000000000000000000000000000"', '"1-0", "2-0"', '"*"']) {
      const headers = { 'If-Match': tag }
      const refused = await ask(app, app.root, method, path, { data: { name }, headers })
      assert.is(refused.status, 412, `${method} ${tag}`)
      assert.is(refused.body.message, 'precondition_failed')
      assert.is(refused.body.error, '412')
    }
  }
  const { data, headers } = await ask(app, app.root, 'GET', path)
  assert.equal(data, child.document)
  for (const tag of [headers.get('etag') ?? '', '*']) {
    const asked = { data: { name }, headers: { 'If-Match': tag } }
    assert.is((await ask(app, app.root, 'PATCH', path, asked)).status, 200)
  }
})

test('of many writes with the same If-Match exactly one is made', async () => {
  const child = await member(app, app.root)
  const etag = (await ask(app, app.root, 'GET', pathOf(child))).headers.get('etag') ?? ''
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      ask(app, app.root, 'PATCH', pathOf(child), {
        data: { index },
        headers: { 'If-Match': etag },
      }),
    ),
  )
  assert.is(answers.filter(({ status }) => status === 200).length, 1)
  assert.is(answers.filter(({ status }) => status === 412).length, 11)
})

test('every kind of refusal has its status and its token', async () => {
  const child = await member(app, app.root)
  const grandchild = await member(app, child)
  const stranger = await member(app, app.root)
  const data = { name: freshName() }
  const gone = `/accounts/${'0'.repeat(32)}`
  const rows = [
    [await ask(app, app.root, 'PUT', '/accounts', { data: {} }), 400, 'validation error'],
    [await ask(app, undefined, 'GET', pathOf(child)), 401, 'invalid_credentials'],
    [await ask(app, { session: 'a.b.c' }, 'GET', pathOf(child)), 401, 'invalid_credentials'],
    [await ask(app, stranger, 'GET', pathOf(child)), 403, 'forbidden'],
    [await ask(app, app.root, 'GET', gone), 404, 'bad_identifier'],
    [await ask(app, app.root, 'GET', '/accounts/short'), 404, 'bad_identifier'],
    [await ask(app, app.root, 'GET', pathOf(child, '/users')), 404, 'not_found'],
    [await ask(app, app.root, 'POST', '/accounts', { data }), 405, 'invalid_method'],
    [await ask(app, app.root, 'DELETE', pathOf(app.root)), 405, 'invalid_method'],
    [await ask(app, app.root, 'DELETE', pathOf(child)), 409, 'account_has_descendants'],
  ] as const
  for (const [answer, status, token] of rows) {
    assert.is(answer.status, status, token)
    assert.is(answer.body.message, token)
    assert.is(answer.body.error, String(status))
    assert.is(answer.body.status, 'error')
    assert.type(answer.body.request_id, 'string')
  }
  assert.is((await ask(app, app.root, 'GET', pathOf(grandchild))).status, 200)
  const missing = await ask(app, app.root, 'GET', gone)
  assert.is(missing.data.cause, '0'.repeat(32))
})

test('a method that is not offered is told with those that are', async () => {
  const accounts = await ask(app, app.root, 'GET', '/accounts')
  assert.is(accounts.status, 405)
  assert.is(accounts.headers.get('allow'), 'OPTIONS, PUT')
  const root = await ask(app, app.root, 'DELETE', pathOf(app.root))
  assert.not.match(root.headers.get('allow') ?? '', 'DELETE')
})

test('JSON is taken under its own types, under that of forms, and under none', async () => {
  const raw = () => JSON.stringify({ data: { name: freshName() } })
  for (const type of [
    'application/json',
    'application/x-json',
    'application/json; charset=utf-8',
  ]) {
    const headers = { 'Content-Type': type }
    const answer = await ask(app, app.root, 'PUT', '/accounts', { raw: raw(), headers })
    assert.is(answer.status, 201, type)
  }
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
  assert.is((await ask(app, app.root, 'PUT', '/accounts', { raw: raw(), headers })).status, 201)
  const untyped = await fetch(`${app.url}/v2/accounts`, {
    method: 'PUT',
    headers: { Authorization: `Basic ${btoa(`${app.root.sid}:${app.root.token}`)}` },
    body: new TextEncoder().encode(raw()),
  })
  assert.is(untyped.status, 201)
  const text = await ask(app, app.root, 'PUT', '/accounts', {
    raw: raw(),
    headers: { 'Content-Type': 'text/plain' },
  })
  assert.is(text.status, 415)
})

test('the keys of the envelope are read in any letter case, and others beside data are passed over', async () => {
  const raw = JSON.stringify({ DATA: { name: freshName() }, verb: 'DELETE', accept_charges: true })
  assert.is((await ask(app, app.root, 'PUT', '/accounts', { raw })).status, 201)
})

test('what is wrong with an envelope is told by its field', async () => {
  const rows = [
    ['{', { json: ['invalid'] }],
    ['{"data":{"name":"x"}', { json: ['invalid'] }],
    ['{"other":1}', { data: ['required'] }],
    ['{"data":[]}', { data: ['type'] }],
    ['{"data":"name"}', { data: ['type'] }],
    ['{"data":null}', { data: ['type'] }],
    [`{"data":{"name":"x","a":${'['.repeat(700)}${']'.repeat(700)}}}`, { json: ['invalid'] }],
    [`{"data":{"name":"x","a":[${'1,'.repeat(6000)}1]}}`, { json: ['invalid'] }],
    ['', { name: ['required'] }],
  ] as const
  for (const [raw, expected] of rows) {
    const answer = await ask(app, app.root, 'PUT', '/accounts', { raw })
    assert.is(answer.status, 400, raw.slice(0, 40))
    assert.equal(codes(answer), expected, raw.slice(0, 40))
  }
})

test('private keys are dropped on the way in, at the top level alone', async () => {
  const document = { _read_only: { a: 1 }, pvt_tree: ['x'], _x: 1, deep: { _kept: 1, pvt_kept: 2 } }
  const child = await member(app, app.root, document)
  assert.equal(child.document.deep, document.deep)
  assert.not.ok(Object.keys(child.document).some((key) => /^(_|pvt_)/.test(key)))
  const patched = await ask(app, app.root, 'PATCH', pathOf(child), { data: { pvt_enabled: false } })
  assert.equal(patched.data, child.document)
})

test('a body over one mebibyte is 413', async () => {
  const data = { name: freshName(), text: 'x'.repeat(1024 * 1024) }
  const answer = await ask(app, app.root, 'PUT', '/accounts', { data })
  assert.is(answer.status, 413)
  assert.equal(codes(answer), { file: ['maxSize'] })
  assert.is((await ask(app, app.root, 'GET', pathOf(app.root))).status, 200)
})

test('a document does not grow beyond the limits of a body by patches', async () => {
  const child = await member(app, app.root)
  const path = pathOf(child)
  const some = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`a${index}`, 1]))
  const more = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`b${index}`, 1]))
  assert.is((await ask(app, app.root, 'PATCH', path, { data: some })).status, 200)
  const refused = await ask(app, app.root, 'PATCH', path, { data: more })
  assert.is(refused.status, 400)
  assert.equal(codes(refused), { json: ['invalid'] })
  const long = 'x'.repeat(700_000)
  assert.is((await ask(app, app.root, 'PATCH', path, { data: { one: long } })).status, 200)
  assert.is((await ask(app, app.root, 'PATCH', path, { data: { two: long } })).status, 413)
  assert.not.ok('two' in (await ask(app, app.root, 'GET', path)).data)
})

test('an answer is indented for who asks so', async () => {
  const byQuery = await ask(app, app.root, 'GET', `${pathOf(app.root)}?pretty_print=true`)
  assert.match(byQuery.text, '\n  "data": {\n')
  const headers = { 'X-Pretty-Print': 'true' }
  const byHeader = await ask(app, app.root, 'GET', pathOf(app.root), { headers })
  assert.match(byHeader.text, '\n  "data": {\n')
  assert.not.match((await ask(app, app.root, 'GET', pathOf(app.root))).text, '\n')
})

test('a slash at the end and an unknown parameter change nothing', async () => {
  const plain = await ask(app, app.root, 'GET', pathOf(app.root))
  const slashed = await ask(app, app.root, 'GET', `${pathOf(app.root)}/?_=1700000000000`)
  assert.equal(slashed.data, plain.data)
})

test('an empty session header counts as none', async () => {
  const headers = { 'X-Auth-Token': '' }
  assert.is((await ask(app, app.root, 'GET', pathOf(app.root), { headers })).status, 200)
  assert.is((await ask(app, undefined, 'GET', pathOf(app.root), { headers })).status, 401)
})

test('a session is given in its header or as Bearer, and never in the query or the body', async () => {
  const known = await session(app, app.root.token)
  const headers = { Authorization: `Bearer ${known.session}` }
  const bearer = await ask(app, undefined, 'GET', pathOf(app.root), { headers })
  assert.is(bearer.status, 200)
  assert.is(bearer.body.auth_token, known.session)
  const path = `${pathOf(app.root)}?auth_token=${known.session}`
  assert.is((await ask(app, undefined, 'GET', path)).status, 401)
  const raw = JSON.stringify({ data: { name: freshName() }, auth_token: known.session })
  assert.is((await ask(app, undefined, 'PUT', '/accounts', { raw })).status, 401)
})

test('checks come in their order: who asks, the route, the account, what is allowed, the body', async () => {
  const child = await member(app, app.root)
  const stranger = await member(app, app.root)
  const gone = `/accounts/${'0'.repeat(32)}`
  const raw = '{broken'
  const rows = [
    [await ask(app, undefined, 'GET', '/nowhere'), 401],
    [await ask(app, undefined, 'GET', gone), 401],
    [await ask(app, undefined, 'PUT', '/accounts', { raw }), 401],
    [await ask(app, stranger, 'GET', `${gone}/nowhere`), 404],
    [await ask(app, stranger, 'POST', `${gone}/children`), 405],
    [await ask(app, stranger, 'POST', gone, { raw }), 403],
    [await ask(app, app.root, 'POST', gone, { raw }), 404],
    [await ask(app, stranger, 'POST', pathOf(child), { raw }), 403],
    [await ask(app, app.root, 'POST', pathOf(child), { raw }), 400],
  ] as const
  for (const [index, [answer, status]] of rows.entries()) {
    assert.is(answer.status, status, `row ${index}`)
  }
})

test('the 401 of a console brings no box of the browser over it', async () => {
  const plain = await ask(app, undefined, 'GET', pathOf(app.root))
  assert.match(plain.headers.get('www-authenticate') ?? '', 'Basic')
  const console = await ask(app, { session: 'x.y.z' }, 'GET', pathOf(app.root))
  assert.is(console.headers.get('www-authenticate'), null)
  const asked = { data: { api_key: '0'.repeat(32) }, headers: { Origin: app.url } }
  const login = await ask(app, undefined, 'PUT', '/api_auth', asked)
  assert.is(login.status, 401)
  assert.is(login.headers.get('www-authenticate'), null)
})

test.run()
