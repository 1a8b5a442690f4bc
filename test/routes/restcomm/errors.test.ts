import { join } from 'node:path'
import Database from 'better-sqlite3'
import { SaxesParser } from 'saxes'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { base, basic, createAccount, type Parameters, send } from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'

type People = Readonly<
  Record<'root' | 'top' | 'last' | 'other' | 'developer' | 'guest' | 'suspended' | 'closed', Login>
>

let app: TestApp
let people: People
test.before(async () => {
  app = await startApp({ config: { maxDepth: 3 } })
  const { root } = app
  const top = await createAccount(app, root)
  people = {
    root,
    top,
    last: await createAccount(app, top),
    other: await createAccount(app, root),
    developer: await createAccount(app, root, { Role: 'Developer' }),
    guest: await createAccount(app, root, { Role: 'Guest' }),
    suspended: await createAccount(app, root, { Status: 'suspended' }),
    closed: await createAccount(app, root, { Status: 'closed' }),
  }
})
test.after(() => app.stop())

const unknownSid = 'AC00000000000000000000000000000000'
const good = { EmailAddress: 'errors@example.com', Password: 'correct horse' }
const inUse = 'The email address used for the new account is already in use.'
const taken = 'This domain name is not available. Please, choose a different name and try again.'
const noAccount = 'Account not found'
const badDomain = /^DomainName .*invalid.*255 letters, digits and hyphens/

type Asked = readonly [
  who: keyof People | 'nobody',
  method: string,
  path: string,
  form?: Parameters,
]
type Row = readonly [
  what: string,
  ask: (people: People) => Asked,
  status: number,
  message: string | RegExp,
]

const create = (form: Parameters) => (): Asked => ['root', 'POST', '/Accounts', form]
const update =
  (form: Parameters, who: keyof People = 'top', caller: keyof People = 'root') =>
  (all: People): Asked => [caller, 'PUT', `/Accounts/${all[who].sid}`, form]
const migrate =
  (form: Parameters, who: keyof People) =>
  (all: People): Asked => ['root', 'POST', `/Accounts/migrate/${all[who].sid}`, form]

// restcomm.md 4, row by row; texts given as such are verbatim, the others only name what is wrong.
const rows: readonly Row[] = [
  ['no credentials', () => ['nobody', 'GET', '/Accounts'], 401, /./],
  [
    'a caller that is not active',
    () => ['suspended', 'GET', '/Accounts'],
    403,
    'Provided Account is not active',
  ],
  ['a missing permission', () => ['guest', 'GET', '/Accounts'], 403, /./],
  ['an account of a stranger', update({}, 'other', 'top'), 403, /./],
  ['what is for the root', () => ['top', 'GET', '/Organizations'], 403, /./],
  ['reading nobody', () => ['root', 'GET', `/Accounts/${unknownSid}`], 404, noAccount],
  ['changing nobody', () => ['root', 'PUT', '/Accounts/a@b', {}], 404, noAccount],
  ['posting to nobody', () => ['root', 'POST', '/Accounts/nobody', {}], 404, noAccount],
  ['no such organization', () => ['root', 'GET', `/Organizations/${unknownSid}`], 404, /./],
  ['no e-mail', create({ Password: 'x' }), 400, 'Email address can not be null.'],
  ['no password', create({ EmailAddress: 'x' }), 400, 'Password can not be null.'],
  [
    'a bad e-mail',
    create({ ...good, EmailAddress: 'x y' }),
    400,
    'Provided email address x y is not valid',
  ],
  [
    'bad characters of a login',
    create({ ...good, EmailAddress: 'a=b@c' }),
    400,
    'Login a=b contains invalid character(s) ',
  ],
  [
    'a bad status of a new account',
    create({ ...good, Status: 'x' }),
    400,
    'x is not a valid account status.',
  ],
  ['a bad status of an old one', update({ Status: 'x' }), 400, 'x is not a valid account status.'],
  [
    'a malformed organization',
    create({ ...good, OrganizationSid: 'x' }),
    400,
    'x is an INVALID_SID sid value.',
  ],
  [
    'an unknown organization',
    create({ ...good, OrganizationSid: 'O'.repeat(34) }),
    400,
    'provided OrganizationSid does not exist',
  ],
  ['a weak first password', create({ ...good, Password: '1234' }), 400, 'Password too weak'],
  ['a weak new password', update({ Password: '1234' }), 400, 'Password too weak'],
  [
    'a level too many',
    () => ['last', 'POST', '/Accounts', good],
    400,
    'This account is not allowed to have sub-accounts',
  ],
  ['an e-mail in use', (all) => create({ ...good, EmailAddress: all.last.email })(), 409, inUse],
  ['a change of a closed account', update({}, 'closed'), 400, 'Account is closed'],
  [
    'a role given by no Administrator',
    update({ Role: 'Guest' }, 'developer', 'developer'),
    403,
    'Only Administrator allowed',
  ],
  ['a long name', update({ FriendlyName: 'x'.repeat(65) }), 400, /^FriendlyName.*invalid.*64/],
  [
    'a long name of a new account',
    create({ ...good, FriendlyName: 'x'.repeat(65) }),
    400,
    /^FriendlyName.*invalid.*64/,
  ],
  ['a move to nowhere', migrate({}, 'top'), 412, 'Missing Organization SID or Domain Name'],
  [
    'a move to an unknown place',
    migrate({ Organization: 'x' }, 'top'),
    412,
    'Missing Organization SID or Domain Name',
  ],
  [
    'a move to where it is',
    migrate({ Organization: 'default.restcomm.com' }, 'top'),
    400,
    'Account already in the requested Organization',
  ],
  ['a move of a lower one', migrate({ Organization: 'default.restcomm.com' }, 'last'), 400, /./],
  ['a bad domain name', () => ['root', 'PUT', '/Organizations/a_b'], 400, badDomain],
  ['a taken domain name', () => ['root', 'PUT', '/Organizations/default.restcomm.com'], 409, taken],
  ['a malformed SID', () => ['root', 'GET', '/Organizations/x'], 400, /INVALID_SID/],
  ['a method', () => ['root', 'DELETE', '/Accounts'], 405, /DELETE/],
  ['a long body', () => ['root', 'POST', '/Accounts', { x: 'x'.repeat(65536) }], 413, /65536/],
]

for (const [what, ask, status, message] of rows) {
  test(`${what} is ${status} in the one form, XML or JSON`, async () => {
    const [who, method, path, form] = ask(people)
    const login = who === 'nobody' ? undefined : people[who]
    const json = await send(app, login, method, path, form, { Accept: 'application/json' })
    const xml = await send(app, login, method, path, form, { Accept: 'application/xml' })
    const said: { message: string } = JSON.parse(json.text)
    assert.equal([json.status, xml.status], [status, status], said.message)
    assert.match(said.message, typeof message === 'string' ? exactly(message) : message)
    assert.is(json.text, JSON.stringify({ message: said.message }))
    assert.is(messageIn(xml.text), said.message)
    assert.is(json.headers.get('content-type'), 'application/json')
    assert.is(xml.headers.get('content-type'), 'application/xml')
  })
}

const hostile = `</Message><script>alert("x")&'\u0000\u001b`

test('what a client sent is never repeated as markup, nor what XML cannot hold', async () => {
  const value = encodeURIComponent(hostile)
  for (const [method, path, body] of [
    ['POST', '/Accounts', `EmailAddress=${value}&Password=x`],
    ['POST', '/Accounts', `EmailAddress=${value.slice(0, 12)}%3F@b&Password=x`],
    ['POST', '/Accounts', `${new URLSearchParams(good)}&Status=${value}`],
    ['POST', '/Accounts', `${new URLSearchParams(good)}&Role=${value}`],
    ['POST', '/Accounts', `${new URLSearchParams(good)}&OrganizationSid=${value}`],
    ['POST', '/Accounts', `${value}=1&${value}=2`],
    ['POST', '/Accounts', `${value}[]=1`],
    ['POST', '/Accounts', `${value}=%zz`],
    ['PUT', `/Accounts/${people.top.sid}`, `Status=${value}`],
    ['PUT', `/Accounts/${people.top.sid}`, `Role=${value}`],
    ['PUT', `/Organizations/${value}`, ''],
    ['GET', `/Organizations/${value}`, undefined],
    ['GET', `/Organizations?Status=${value}`, undefined],
    ['GET', `/Accounts?OrganizationSid=${value}`, undefined],
  ] as const) {
    const inXml = await ask(method, path, body)
    assert.is(inXml.status, 400, `${method} ${path} ${body}`)
    assert.is(inXml.text.includes('<script'), false)
    const inJson = await ask(method, path, body, 'application/json')
    assert.is(messageIn(inXml.text), JSON.parse(inJson.text).message)
  }
})

const controls = ['%00', '%01', '%08', '%09', '%0A', '%0B', '%0D', '%1F', '%EF%BF%BE', '%EF%BF%BF']

// What no text may hold (security.md I1), in every parameter: 400, naming it.
for (const [parameter, named] of [
  ['EmailAddress', /email address/i],
  ['Password', /Password/],
  ['FriendlyName', /FriendlyName/],
  ['Status', /status/],
  ['Role', /Role/],
  ['OrganizationSid', /sid/],
] as const) {
  test(`${parameter} holds no control character and no U+FFFE or U+FFFF`, async () => {
    const { email } = people.top
    for (const character of controls) {
      const others = new URLSearchParams({ ...good, EmailAddress: email })
      others.delete(parameter)
      const reply = await ask('POST', '/Accounts', `${others}&${parameter}=ab${character}cd@efgh`)
      assert.is(reply.status, 400, character)
      assert.match(messageIn(reply.text), named, character)
    }
  })
}

test('an update refuses the same, and keeps what was there', async () => {
  const path = `/Accounts/${people.top.sid}`
  const before = await ask('GET', path)
  for (const parameter of ['FriendlyName', 'Password', 'Status', 'Role']) {
    for (const character of controls) {
      const reply = await ask('PUT', path, `${parameter}=ab${character}cdefghij`)
      assert.is(reply.status, 400, `${parameter} ${character}`)
      assert.match(messageIn(reply.text), new RegExp(parameter, 'i'), character)
    }
  }
  assert.is((await ask('GET', path)).text, before.text)
})

test('a new name may have 64 code points, in and beyond the basic plane, and no more', async () => {
  for (const [index, one] of ['x', '\u00e9', '\ud83d\ude00'].entries()) {
    const form = { ...good, EmailAddress: `long-name-${index}@example.com` }
    const tooLong = new URLSearchParams({ ...form, FriendlyName: one.repeat(65) })
    assert.match(messageIn((await ask('POST', '/Accounts', `${tooLong}`)).text), /FriendlyName/)
    const fits = new URLSearchParams({ ...form, FriendlyName: one.repeat(64) })
    assert.is((await ask('POST', '/Accounts', `${fits}`)).status, 200)
  }
})

test('a parameter that is given twice is refused by its name, also one that nobody knows', async () => {
  for (const name of ['EmailAddress', 'Password', 'FriendlyName', 'Status', 'Role', 'Whatever']) {
    for (const path of ['/Accounts', `/Accounts/${people.top.sid}`]) {
      const reply = await ask('POST', path, `${name}=a&x=1&${name}=a`)
      assert.is(reply.status, 400)
      assert.match(messageIn(reply.text), new RegExp(`\\b${name}\\b`))
    }
  }
})

test('lists and objects are no parameters', async () => {
  for (const name of ['FriendlyName[]', 'FriendlyName%5B%5D', 'x[y]', 'x%5By%5D%5Bz%5D', '[]']) {
    const reply = await ask('PUT', `/Accounts/${people.top.sid}`, `${name}=a`)
    assert.is(reply.status, 400, name)
    assert.ok(messageIn(reply.text).includes(decodeURIComponent(name)), name)
  }
})

test('a known parameter in another letter case is refused by its name, and nothing is done', async () => {
  const { sid } = people.top
  for (const [path, name, value] of [
    [`/Accounts/${sid}`, 'status', 'closed'],
    [`/Accounts/${sid}`, 'STATUS', 'closed'],
    [`/Accounts/${sid}`, 'friendlyName', 'x'],
    [`/Accounts/${sid}`, 'password', 'a fine horse'],
    [`/Accounts/${sid}`, 'role', 'Guest'],
    ['/Accounts', 'emailAddress', 'x@example.com'],
    ['/Accounts', 'organizationsid', 'x'],
    [`/Accounts/migrate/${sid}`, 'organization', 'x'],
  ] as const) {
    const reply = await ask('POST', path, `${name}=${value}`)
    assert.is(reply.status, 400)
    assert.match(messageIn(reply.text), new RegExp(`\\b${name}\\b`))
  }
  assert.match((await ask('GET', `/Accounts/${sid}`)).text, '<Status>active</Status>')
})

test('a hundred parameters are read, and one more is refused', async () => {
  const path = `/Accounts/${people.top.sid}`
  const fields = Array.from({ length: 100 }, (_, index) => `x${index}=1`)
  assert.is((await ask('PUT', path, fields.join('&'))).status, 200)
  assert.is((await ask('PUT', path, [...fields, 'Status=closed'].join('&'))).status, 400)
})

test('a broken percent sign is refused, naming its parameter', async () => {
  for (const broken of ['%', '%z', '%zz', '100%', '%4']) {
    const reply = await ask('PUT', `/Accounts/${people.top.sid}`, `x=1&FriendlyName=${broken}&y=1`)
    assert.is(reply.status, 400, broken)
    assert.match(messageIn(reply.text), /FriendlyName/, broken)
  }
})

// Halves of surrogate pairs, a byte by itself, a sequence cut short, one that is too long.
const noUtf8 = ['%ED%A0%80', '%ED%BF%BF', '%ff', '%C3%28', '%C3', '%C0%80']

test('bytes that are no UTF-8 are refused, escaped or not', async () => {
  for (const bytes of noUtf8) {
    const reply = await ask('PUT', `/Accounts/${people.top.sid}`, `x=1&FriendlyName=${bytes}`)
    assert.is(reply.status, 400, bytes)
  }
  const raw = Buffer.concat([Buffer.from('FriendlyName='), Buffer.from([0xff])])
  const reply = await ask('PUT', `/Accounts/${people.top.sid}`, raw)
  assert.is(reply.status, 400)
  assert.match(messageIn(reply.text), /FriendlyName/)
})

test('bytes that are no UTF-8 are refused by the name of their parameter', async () => {
  for (const bytes of noUtf8) {
    const reply = await ask('PUT', `/Accounts/${people.top.sid}`, `x=1&FriendlyName=${bytes}`)
    assert.match(messageIn(reply.text), /FriendlyName/, bytes)
  }
})

test('a fault of the server is 500 and tells nothing but its request id', async () => {
  const broken = await startApp()
  const file = new Database(join(broken.folder, 'strowger.db'))
  file.exec('DROP TABLE audit')
  file.close()
  const headers = { 'X-Request-ID': 'the-request' }
  const path = `/Accounts.json/${broken.root.sid}`
  const reply = await send(broken, broken.root, 'PUT', path, { FriendlyName: 'x' }, headers)
  assert.is(reply.status, 500)
  assert.match(JSON.parse(reply.text).message, /the-request/)
  assert.is(/audit|sql|table|\.ts/i.test(reply.text), false)
  assert.match(broken.log(), /no such table/)
  await broken.stop()
})

async function ask(
  method: string,
  path: string,
  body?: string | Buffer,
  accept = 'application/xml',
) {
  const response = await fetch(`${app.url}${base}${path}`, {
    method,
    headers: {
      Authorization: basic(people.root.sid, people.root.token),
      'Content-Type': 'application/x-www-form-urlencoded',
      Accept: accept,
    },
    ...(body !== undefined && { body }),
  })
  return { status: response.status, text: await response.text() }
}

/** The text of an XML error, which must be well-formed and of the one shape. */
function messageIn(xml: string): string {
  const parser = new SaxesParser()
  const path: string[] = []
  let message = ''
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name }) => path.push(name))
  parser.on('text', (text) => {
    message += text
  })
  parser.write(xml).close()
  assert.equal(path, ['RestcommResponse', 'Message'])
  assert.ok(xml.startsWith('<RestcommResponse><Message>'))
  return message
}

function exactly(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.()]/g, '\\$&')}$`)
}

test.run()
