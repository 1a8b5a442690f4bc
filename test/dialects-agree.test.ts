import { createHash } from 'node:crypto'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Config } from '../lib/config.ts'
import { openConnection } from './support/connection.ts'
import { anyPassword, freshEmail, send as sendRestcomm } from './support/restcomm.ts'
import { type Login, startApp, type TestApp } from './support/start-app.ts'
import {
  ask,
  createSubaccount,
  type Parameters,
  pathOf,
  type Reply,
  send as sendTwilio,
  textIn,
} from './support/twilio.ts'

type By = Pick<Login, 'sid' | 'token'>

/** What every dialect can do with accounts, in one manner of speaking. */
type Dialect = {
  readonly name: string
  create(by: By, form?: Parameters): Promise<Reply>
  read(by: By, sid: string): Promise<Reply>
  change(by: By, sid: string, form: Parameters): Promise<Reply>
  list(by: By): Promise<Reply>
}

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

const twilio: Dialect = {
  name: 'Twilio',
  create: (by, form = {}) => sendTwilio(app, by, 'POST', '/Accounts.json', form),
  read: (by, sid) => sendTwilio(app, by, 'GET', pathOf({ sid })),
  change: (by, sid, form) => sendTwilio(app, by, 'POST', pathOf({ sid }), form),
  list: (by) => sendTwilio(app, by, 'GET', '/Accounts.json'),
}

const restcomm: Dialect = {
  name: 'Restcomm',
  create(by, form = {}) {
    const needed = { EmailAddress: freshEmail(), Password: anyPassword }
    return sendRestcomm(app, withEmail(by), 'POST', '/Accounts.json', { ...needed, ...form })
  },
  read: (by, sid) => sendRestcomm(app, withEmail(by), 'GET', `/Accounts.json/${sid}`),
  change: (by, sid, form) => sendRestcomm(app, withEmail(by), 'PUT', `/Accounts.json/${sid}`, form),
  list: (by) => sendRestcomm(app, withEmail(by), 'GET', '/Accounts.json'),
}

const dialects = [twilio, restcomm]

for (const writer of dialects) {
  const reader = writer === twilio ? restcomm : twilio

  test(`an account made through ${writer.name} is there through ${reader.name} and logs in there`, async () => {
    const reply = await writer.create(app.root, { FriendlyName: 'Anna & <Söhne>' })
    const made = loginIn(reply)
    const read = await reader.read(app.root, made.sid)
    assert.equal(factsOf(read), factsOf(reply))
    assert.is(textIn(read, 'friendly_name'), 'Anna & <Söhne>')
    assert.equal(factsOf(await reader.read(made, made.sid)), factsOf(reply))
    assert.match((await reader.list(app.root)).text, made.sid)
    const below = loginIn(await writer.create(made))
    assert.is((await reader.read(made, below.sid)).status, 200)
  })

  test(`a change through ${writer.name} is seen through ${reader.name} at the next request`, async () => {
    const account = loginIn(await reader.create(app.root))
    const child = loginIn(await reader.create(account))
    const seen = async ({ sid }: By) => textIn(await reader.read(app.root, sid), 'status')
    assert.is((await writer.change(app.root, account.sid, { FriendlyName: 'new' })).status, 200)
    const renamed = await reader.read(app.root, account.sid)
    assert.is(textIn(renamed, 'friendly_name'), 'new')
    assert.equal(
      textIn(await writer.read(app.root, account.sid), 'friendly_name'),
      textIn(renamed, 'friendly_name'),
    )
    for (const status of ['suspended', 'active', 'closed']) {
      await writer.change(app.root, account.sid, { Status: status })
      assert.equal([await seen(account), await seen(child)], [status, status])
      const lets = status === 'active' ? 200 : 403
      for (const login of [account, child]) {
        assert.is((await reader.read(login, login.sid)).status, lets)
      }
    }
    assert.is((await reader.change(app.root, child.sid, { FriendlyName: 'x' })).status, 400)
  })

  test(`an e-mail given through ${writer.name} is taken in ${reader.name}, for ever`, async () => {
    const EmailAddress = freshEmail()
    const { sid } = loginIn(await writer.create(app.root, { EmailAddress }))
    const taken = () => reader.create(app.root, { EmailAddress: EmailAddress.toUpperCase() })
    assert.is((await taken()).status, 409)
    const found = await reader.read(app.root, EmailAddress)
    assert.is(textIn(found, 'sid'), sid)
    await writer.change(app.root, sid, { Status: 'closed' })
    assert.is((await taken()).status, 409)
  })

  test(`what ${writer.name} allows in a branch that is suspended, ${reader.name} allows too`, async () => {
    const upper = loginIn(await writer.create(app.root))
    const lower = loginIn(await writer.create(upper))
    await writer.change(app.root, lower.sid, { Status: 'suspended' })
    await writer.change(app.root, upper.sid, { Status: 'suspended' })
    for (const dialect of dialects) {
      assert.is((await dialect.change(app.root, lower.sid, { Status: 'active' })).status, 400)
      assert.is((await dialect.change(app.root, lower.sid, { FriendlyName: 'x' })).status, 200)
    }
    await reader.change(app.root, upper.sid, { Status: 'active' })
    for (const dialect of dialects) {
      assert.is(textIn(await dialect.read(app.root, lower.sid), 'status'), 'suspended')
    }
  })
}

test('a password set through Restcomm ends the token in Twilio, on an open connection too', async () => {
  const account = await createSubaccount(app, app.root)
  const connection = openConnection(app)
  const path = `/2010-04-01${pathOf(account)}`
  assert.is((await connection.ask(account, 'GET', path)).status, 200)
  const changed = await restcomm.change(account, account.sid, { Password: 'battery staple' })
  assert.is((await connection.ask(account, 'GET', path)).status, 401)
  const token = textIn(changed, 'auth_token')
  for (const secret of [token, 'battery staple']) {
    const reply = await connection.ask({ sid: account.sid, token: secret }, 'GET', path)
    assert.is(textIn(reply, 'auth_token'), token)
  }
  connection.close()
})

test('a token promoted through Twilio is the one of Restcomm, and ends the one before there', async () => {
  const account = await createSubaccount(app, app.root)
  const path = `/2012-04-24/Accounts.json/${account.sid}`
  const made = await ask(app, account, 'POST', '/v1/AuthTokens/Secondary')
  const second = { sid: account.sid, token: textIn(made, 'secondary_auth_token') }
  const connection = openConnection(app)
  for (const login of [account, second]) {
    assert.is(textIn(await connection.ask(login, 'GET', path), 'auth_token'), account.token)
  }
  await ask(app, account, 'POST', '/v1/AuthTokens/Promote')
  assert.is((await connection.ask(account, 'GET', path)).status, 401)
  assert.is(textIn(await connection.ask(second, 'GET', path), 'auth_token'), second.token)
  connection.close()
})

test('an account without an e-mail is one without that element in Restcomm', async () => {
  const { sid } = await createSubaccount(app, app.root)
  const json = await restcomm.read(app.root, sid)
  assert.not(json.text.includes('email_address'))
  const xml = await sendRestcomm(app, app.root, 'GET', `/Accounts/${sid}`)
  assert.match(xml.text, `<Sid>${sid}</Sid>`)
  assert.not(xml.text.includes('EmailAddress'))
})

test('the tree is as deep in one dialect as in the other', async () => {
  await withApp({ maxDepth: 3 }, async () => {
    for (const writer of dialects) {
      const second = loginIn(await writer.create(app.root))
      const third = loginIn(await writer.create(second))
      for (const dialect of dialects) {
        assert.is((await dialect.create(third)).status, 400)
      }
    }
  })
})

test('with --compat restcomm Restcomm alone ends at three levels, and derives what it always did', async () => {
  await withApp({ compat: 'restcomm' }, async () => {
    const EmailAddress = freshEmail()
    const second = loginIn(await twilio.create(app.root, { EmailAddress }))
    assert.is(second.sid, `AC${md5(EmailAddress)}`)
    const third = loginIn(await twilio.create(second))
    assert.is((await restcomm.create(third)).status, 400)
    const fourth = loginIn(await twilio.create(third))
    assert.is((await restcomm.read(app.root, fourth.sid)).status, 200)
    const changed = await restcomm.change(app.root, fourth.sid, { Password: 'battery staple' })
    assert.is(textIn(changed, 'auth_token'), md5('battery staple'))
    const seen = await twilio.read(app.root, fourth.sid)
    assert.is(textIn(seen, 'auth_token'), md5('battery staple'))
  })
})

for (const role of ['Administrator', 'Developer', 'User', 'Guest']) {
  test(`the role ${role} may the same through either dialect`, async () => {
    const account = await createSubaccount(app, app.root)
    const child = await createSubaccount(app, account)
    await restcomm.change(app.root, account.sid, { Role: role })
    const verdicts = await verdictsOf(twilio, account, child)
    assert.equal(await verdictsOf(restcomm, account, child), verdicts)
    assert.is(Object.values(verdicts).includes(true), role !== 'Guest')
    assert.is(Object.values(verdicts).includes(false), role !== 'Administrator')
  })
}

test('whoever is outside the branch gets no account through either dialect', async () => {
  const account = await createSubaccount(app, app.root)
  const stranger = await createSubaccount(app, app.root)
  for (const { sid } of [stranger, app.root, { sid: `AC${'0'.repeat(32)}` }]) {
    assert.is((await twilio.read(account, sid)).status, 404)
    assert.is((await restcomm.read(account, sid)).status, 403)
    assert.is((await twilio.change(account, sid, { FriendlyName: 'x' })).status, 404)
    assert.is((await restcomm.change(account, sid, { FriendlyName: 'x' })).status, 403)
  }
})

/** Runs with an app of other settings in the place of the ordinary one. */
async function withApp(config: Partial<Config>, run: () => Promise<void>): Promise<void> {
  const ordinary = app
  app = await startApp({ config })
  try {
    await run()
  } finally {
    await app.stop()
    app = ordinary
  }
}

/** Whether each request was allowed; what is asked for is right for any dialect. */
async function verdictsOf(dialect: Dialect, by: By, child: By): Promise<Record<string, boolean>> {
  const replies = {
    readSelf: await dialect.read(by, by.sid),
    readChild: await dialect.read(by, child.sid),
    changeSelf: await dialect.change(by, by.sid, { FriendlyName: 'x' }),
    changeChild: await dialect.change(by, child.sid, { FriendlyName: 'x' }),
    suspendChild: await dialect.change(by, child.sid, { Status: 'suspended' }),
    activateChild: await dialect.change(by, child.sid, { Status: 'active' }),
    create: await dialect.create(by),
    list: await dialect.list(by),
  }
  return Object.fromEntries(
    Object.entries(replies).map(([what, { status }]) => {
      assert.ok(status < 300 || status === 403, `${dialect.name} ${what} ${status}`)
      return [what, status < 300]
    }),
  )
}

/** What every dialect tells of an account under the same name. */
function factsOf(reply: Reply) {
  const names = ['sid', 'friendly_name', 'status', 'type', 'auth_token']
  return Object.fromEntries(names.map((name) => [name, textIn(reply, name)]))
}

function loginIn(reply: Reply): By {
  return { sid: textIn(reply, 'sid'), token: textIn(reply, 'auth_token') }
}

function withEmail(by: By): Login {
  return { ...by, email: '' }
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

test.run()
