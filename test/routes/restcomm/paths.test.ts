import { once } from 'node:events'
import { request } from 'node:http'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type AccountJson,
  base,
  basic,
  createAccount,
  freshEmail,
  type Reply,
  send,
} from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'

let app: TestApp
let child: Login
test.before(async () => {
  app = await startApp()
  child = await createAccount(app, app.root)
})
test.after(() => app.stop())

const wantsXml = { Accept: 'application/xml' }

test('both prefixes serve the same bytes', async () => {
  const authorization = { Authorization: basic(app.root.sid, app.root.token) }
  for (const path of [`/Accounts/${child.sid}`, '/Accounts.json', '/Organizations', '/Nowhere']) {
    const short = await fetch(`${app.url}/2012-04-24${path}`, { headers: authorization })
    const long = await fetch(`${app.url}/restcomm/2012-04-24${path}`, { headers: authorization })
    assert.is(long.status, short.status)
    assert.is(await long.text(), await short.text())
  }
})

test('an account answers in JSON under every spelling of the suffix, whatever Accept says', async () => {
  const paths = [
    `/Accounts.json/${child.sid}`,
    `/Accounts.json/${child.sid}/`,
    `/Accounts/${child.sid}.json`,
    `/Accounts/${child.sid}.json/`,
    `/Accounts.json/${child.sid}.json`,
    `/Accounts.json/${encodeURIComponent(child.email)}.json`,
  ]
  for (const path of paths) {
    const reply = await send(app, app.root, 'GET', path, undefined, wantsXml)
    assert.is(contentType(reply), 'application/json', path)
    assert.is(accountOf(reply).sid, child.sid, path)
  }
})

test('an account answers in XML with and without a slash at the end', async () => {
  for (const path of [`/Accounts/${child.sid}`, `/Accounts/${child.sid}/`]) {
    const reply = await send(app, app.root, 'GET', path)
    assert.is(reply.status, 200)
    assert.is(contentType(reply), 'application/xml')
    assert.match(reply.text, `<Sid>${child.sid}</Sid>`)
  }
})

test('the list is at /Accounts, with a slash, with the suffix, and where the console looks for it', async () => {
  const inXml = await send(app, app.root, 'GET', '/Accounts')
  assert.match(inXml.text, /^<RestcommResponse>\n {2}<Accounts>\n/)
  assert.is((await send(app, app.root, 'GET', '/Accounts/')).text, inXml.text)
  const inJson = await send(app, app.root, 'GET', '/Accounts.json')
  assert.match(inJson.text, /^\[\n {2}\{\n/)
  for (const path of ['/Accounts.json/', '/Accounts/.json']) {
    assert.is((await send(app, app.root, 'GET', path)).text, inJson.text, path)
  }
})

test('writes take the suffix too', async () => {
  const created = await send(app, app.root, 'POST', '/Accounts.json/', {
    EmailAddress: freshEmail(),
    Password: 'correct horse',
  })
  assert.is(created.status, 200)
  const { sid } = accountOf(created)
  const changed = await send(app, app.root, 'PUT', `/Accounts/${sid}.json`, { FriendlyName: 'new' })
  assert.is(accountOf(changed).friendly_name, 'new')
  const organization = await send(app, app.root, 'PUT', '/Organizations.json/writes.example.com')
  assert.is(contentType(organization), 'application/json')
  const moved = await send(app, app.root, 'POST', `/Accounts.json/migrate/${sid}`, {
    Organization: 'writes.example.com',
  })
  assert.is(accountOf(moved).sid, sid)
})

test('organizations take the suffix on the collection and on the item', async () => {
  const { organization } = accountOf(await read(child.sid))
  for (const path of ['/Organizations.json', `/Organizations/${organization}.json`]) {
    const reply = await send(app, app.root, 'GET', path, undefined, wantsXml)
    assert.is(contentType(reply), 'application/json', path)
  }
})

test('PUT and POST to an account are the same', async () => {
  for (const method of ['PUT', 'POST']) {
    const name = `by ${method}`
    const reply = await send(app, app.root, method, `/Accounts.json/${child.sid}`, {
      FriendlyName: name,
    })
    assert.is(reply.status, 200)
    assert.is(accountOf(reply).friendly_name, name)
  }
})

test('the Accept header is read for the word json, without weights', async () => {
  const cases = [
    ['application/xml, application/json;q=0.1', 'application/json'],
    ['application/json, text/plain, */*', 'application/json'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'application/xml'],
    ['*/*', 'application/xml'],
  ]
  for (const [accept = '', expected = ''] of cases) {
    const reply = await send(app, app.root, 'GET', '/Accounts', undefined, { Accept: accept })
    assert.is(reply.status, 200)
    assert.is(contentType(reply), expected, accept)
  }
})

test('an Accept header with neither XML nor JSON is 406, and nothing is done', async () => {
  const email = freshEmail()
  const reply = await send(
    app,
    app.root,
    'POST',
    '/Accounts',
    { EmailAddress: email, Password: 'correct horse' },
    { Accept: 'text/html' },
  )
  assert.is(reply.status, 406)
  assert.is(contentType(reply), 'application/xml')
  assert.match(reply.text, /^<RestcommResponse><Message>.+<\/Message><\/RestcommResponse>$/)
  assert.is((await read(email)).status, 404)
})

test('the suffix wins over an Accept header that would be refused', async () => {
  const accept = { Accept: 'text/html' }
  const reply = await send(app, app.root, 'GET', '/Accounts.json', undefined, accept)
  assert.is(reply.status, 200)
  assert.is(contentType(reply), 'application/json')
})

test('an e-mail in a path may be encoded, plain and in any letter case', async () => {
  const { sid } = await createAccount(app, app.root, { EmailAddress: 'Path.Case@Example.com' })
  const spellings = [
    'path.case@example.com',
    'path.case%40example.com',
    'PATH.case@example.COM',
    '%70ath.case%40example.com',
  ]
  for (const spelling of spellings) {
    assert.is(accountOf(await read(spelling)).sid, sid, spelling)
  }
})

test('a plus sign and an encoded slash belong to the e-mail', async () => {
  const plus = await createAccount(app, app.root, { EmailAddress: 'a+b@example.com' })
  assert.is(accountOf(await read('a+b@example.com')).sid, plus.sid)
  assert.is(accountOf(await read('a%2Bb@example.com')).sid, plus.sid)
  assert.is((await read('a%20b@example.com')).status, 404)
  const slash = await createAccount(app, app.root, { EmailAddress: 'a/b@example.com' })
  assert.is(accountOf(await read('a%2Fb%40example.com')).sid, slash.sid)
  assert.is((await read(`${child.sid}%2F`)).status, 404)
})

test('of an e-mail that ends in .json the ending is taken for the suffix', async () => {
  const short = await createAccount(app, app.root, { EmailAddress: 'suffix@example' })
  const long = await createAccount(app, app.root, { EmailAddress: 'suffix@example.json' })
  assert.is(accountOf(await read('suffix@example.json')).sid, short.sid)
  assert.is(accountOf(await read(long.sid)).email_address, 'suffix@example.json')
})

test('a SID counts in its own letter case only', async () => {
  assert.is((await read(child.sid.toLowerCase())).status, 404)
})

test('a path with a broken escape is 400 to who is known and 401 to who is not', async () => {
  for (const broken of ['%zz', '100%', '%ff', '%ED%A0%80']) {
    const reply = await send(app, app.root, 'GET', `/Accounts/${broken}`)
    assert.is(reply.status, 400, broken)
    assert.match(reply.text, /^<RestcommResponse><Message>.+<\/Message><\/RestcommResponse>$/)
    assert.is((await send(app, undefined, 'GET', `/Accounts/${broken}`)).status, 401, broken)
  }
})

test('the literal parts of a path are written as they are', async () => {
  for (const path of ['/accounts', '/ACCOUNTS.json', `/accounts/${child.sid}`, '/organizations']) {
    assert.is((await send(app, app.root, 'GET', path)).status, 404, path)
  }
  const organization = { Organization: 'default.restcomm.com' }
  const path = `/Accounts/Migrate/${child.sid}`
  assert.is((await send(app, app.root, 'POST', path, organization)).status, 404)
})

test('a path that is not served is 404 in the form that was asked for, and 401 without credentials', async () => {
  const paths = [
    '',
    '/',
    '/Nowhere',
    `/Accounts/${child.sid}/Calls`,
    `/Accounts/${child.sid}/SMS/Messages`,
    `/Accounts/${child.sid}/Clients`,
    `/Accounts/${child.sid}/Clients/CL00000000000000000000000000000000`,
    `/Organizations/OR00000000000000000000000000000000/Migrate`,
  ]
  for (const path of paths) {
    const inXml = await send(app, app.root, 'GET', path)
    assert.is(inXml.status, 404, path)
    assert.is(contentType(inXml), 'application/xml')
    assert.match(inXml.text, /^<RestcommResponse><Message>[^<]+<\/Message><\/RestcommResponse>$/)
    assert.is((await send(app, undefined, 'GET', path)).status, 401, path)
  }
  for (const path of paths.slice(2).map((path) => `${path}.json`)) {
    const inJson = await send(app, app.root, 'GET', path)
    assert.is(inJson.status, 404, path)
    assert.is(contentType(inJson), 'application/json')
    assert.match(inJson.text, /^\{"message":"[^"]+"\}$/)
  }
})

test('the goodbye of the console needs no credentials', async () => {
  for (const prefix of ['/2012-04-24', '/restcomm/2012-04-24']) {
    const reply = await fetch(`${app.url}${prefix}/Logout`)
    assert.ok(reply.ok, `${reply.status}`)
    assert.is(reply.headers.get('www-authenticate'), null)
  }
})

test('a path that only begins like a prefix is none of this dialect', async () => {
  const reply = await fetch(`${app.url}${base}x/Accounts`)
  assert.is(reply.status, 404)
  assert.is(reply.headers.get('www-authenticate'), null)
})

test('a request without an Accept header gets XML, and JSON where the path asks for it', async () => {
  assert.is(await typeWithoutAccept('/Accounts'), 'application/xml')
  assert.is(await typeWithoutAccept('/Accounts.json'), 'application/json')
  assert.is(await typeWithoutAccept('/Nowhere'), 'application/xml')
})

test('HEAD answers with the headers of GET and no body', async () => {
  const { organization } = accountOf(await read(child.sid))
  const paths = [
    '/Accounts',
    '/Accounts.json',
    `/Accounts/${child.sid}`,
    '/Organizations',
    `/Organizations.json/${organization}`,
    '/Accounts/nobody@example.com',
  ]
  for (const path of paths) {
    const get = await send(app, app.root, 'GET', path)
    const head = await send(app, app.root, 'HEAD', path)
    assert.is(head.status, get.status, path)
    assert.is(head.text, '')
    for (const name of ['content-type', 'content-length']) {
      assert.is(head.headers.get(name), get.headers.get(name), `${path} ${name}`)
    }
  }
})

// What each path serves; HEAD goes with GET, and OPTIONS with everything.
const methods = {
  '/Accounts': ['GET', 'HEAD', 'POST'],
  '/Accounts.json/ACae6e420f425248d6a26948c17a9e2acf': ['GET', 'HEAD', 'POST', 'PUT'],
  '/Accounts/migrate/ACae6e420f425248d6a26948c17a9e2acf': ['POST'],
  '/Organizations': ['GET', 'HEAD'],
  '/Organizations/example.com': ['GET', 'HEAD', 'PUT'],
}

for (const [path, served] of Object.entries(methods)) {
  const allow = [...served, 'OPTIONS'].sort().join(', ')

  test(`OPTIONS ${path} is 204 and says what is allowed`, async () => {
    const reply = await send(app, app.root, 'OPTIONS', path)
    assert.is(reply.status, 204)
    assert.is(reply.headers.get('allow'), allow)
    assert.is((await send(app, undefined, 'OPTIONS', path)).status, 401)
  })

  test(`every other method of ${path} is 405 with what is allowed, and 401 first`, async () => {
    const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'].filter(
      (method) => !served.includes(method),
    )
    for (const method of others) {
      const reply = await send(app, app.root, method, path)
      assert.is(reply.status, 405, method)
      assert.is(reply.headers.get('allow'), allow)
      assert.match(reply.text, path.includes('.json') ? /^\{"message":"/ : /^<RestcommResponse><M/)
      assert.is((await send(app, undefined, method, path)).status, 401, method)
    }
  })
}

test('a body of another type than a form is 415, and nothing is changed', async () => {
  const before = (await read(child.sid)).text
  for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', '']) {
    const reply = await sendBody('Status=suspended', { 'Content-Type': type })
    assert.is(reply.status, 415, type)
    assert.is(reply.headers.get('content-type'), 'application/xml')
    assert.match(await reply.text(), /^<RestcommResponse><Message>[^<]+<\/Message>/)
  }
  assert.is((await read(child.sid)).text, before)
})

test('method and type of body come before what their sender may do', async () => {
  const guest = await createAccount(app, app.root, { Role: 'Guest' })
  const headers = {
    Authorization: basic(guest.sid, 'correct horse'),
    'Content-Type': 'application/json',
  }
  assert.is((await sendBody('{}', headers)).status, 415)
  assert.is((await sendBody('', { ...headers, 'Content-Type': form })).status, 403)
  const login = { ...guest, token: 'correct horse' }
  assert.is((await send(app, login, 'DELETE', `/Accounts/${guest.sid}`)).status, 405)
  assert.is((await send(app, login, 'GET', '/Nowhere')).status, 404)
})

test('a form is read as UTF-8, with a charset or without', async () => {
  for (const parameter of ['', '; charset=UTF-8', ';charset=utf-8', '; charset=ISO-8859-1']) {
    for (const value of ['J\u00f6rg', 'J%C3%B6rg']) {
      const type = `application/x-www-form-urlencoded${parameter}`
      await sendBody(`FriendlyName=${value}`, { 'Content-Type': type })
      assert.is(
        accountOf(await read(child.sid)).friendly_name,
        'J\u00f6rg',
        `${parameter} ${value}`,
      )
      await sendBody('FriendlyName=other', { 'Content-Type': form })
    }
  }
})

test('a body of more than 64 KiB is 413, declared or not, and 401 to strangers', async () => {
  const tooLong = `FriendlyName=new&x=${'x'.repeat(64 * 1024)}`
  const whole = await sendBody(tooLong, { 'Content-Type': form })
  assert.is(whole.status, 413)
  assert.match(await whole.text(), /^<RestcommResponse><Message>[^<]+<\/Message>/)
  const stream = new Blob([tooLong]).stream()
  const inPieces = await sendBody(stream, { 'Content-Type': form })
  assert.is(inPieces.status, 413)
  const stranger = await sendBody(tooLong, { 'Content-Type': form, Authorization: '' })
  assert.is(stranger.status, 401)
  const nowhere = await send(app, app.root, 'POST', '/Nowhere', { x: 'x'.repeat(64 * 1024) })
  assert.is(nowhere.status, 413)
  const fits = await sendBody(`x=${'x'.repeat(64 * 1024 - 2)}`, { 'Content-Type': form })
  assert.is(fits.status, 200)
})

test('a URL of more than 2 KiB is 414 in the form of the dialect', async () => {
  const reply = await send(app, app.root, 'GET', `/Accounts.json?x=${'x'.repeat(2048)}`)
  assert.is(reply.status, 414)
  assert.match(reply.text, /^\{"message":"[^"]+"\}$/)
})

const form = 'application/x-www-form-urlencoded'

/** An update of the child whose body goes out as it stands. */
function sendBody(
  body: string | ReadableStream,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  return fetch(`${app.url}${base}/Accounts/${child.sid}`, {
    method: 'PUT',
    headers: { Authorization: basic(app.root.sid, app.root.token), ...headers },
    body: typeof body === 'string' ? Buffer.from(body) : body,
    duplex: 'half',
  })
}

/** The type of an answer to a request that fetch could not send: it always adds an Accept header. */
async function typeWithoutAccept(path: string): Promise<string | undefined> {
  const headers = { Authorization: basic(app.root.sid, app.root.token) }
  const sent = request(`${app.url}${base}${path}`, { headers }).end()
  const [response] = await once(sent, 'response')
  response.resume()
  return response.headers['content-type']
}

function read(id: string): Promise<Reply> {
  return send(app, app.root, 'GET', `/Accounts/${id}`, undefined, { Accept: 'application/json' })
}

function accountOf({ text }: Reply): AccountJson {
  return JSON.parse(text)
}

function contentType({ headers }: Reply): string | null {
  return headers.get('content-type')
}

test.run()
