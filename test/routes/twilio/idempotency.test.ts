import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { anyPassword, freshEmail, send as sendRestcomm } from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'
import {
  accountOf,
  ask,
  createKey,
  createSubaccount,
  keyOf,
  type Parameters,
  pageOf,
  pathOf,
  type Reply,
  refusal,
  type Subaccount,
  send,
  textIn,
} from '../../support/twilio.ts'

let app: TestApp
const day = 24 * 3600_000
let now = Date.UTC(2026, 0, 2, 3, 4, 5)
test.before(async () => {
  app = await startApp({ now: () => now })
})
test.after(() => app.stop())

/** A create that takes an Idempotency-Key. */
type Create = {
  readonly what: string
  readonly path: (owner: Login) => string
  readonly form: () => Parameters
  readonly status: number
}

const twilioCreate: Create = {
  what: 'a create of the Twilio dialect',
  path: () => '/2010-04-01/Accounts.json',
  form: () => ({ FriendlyName: 'Branch 12' }),
  status: 201,
}
const restcommCreate: Create = {
  what: 'a create of the Restcomm dialect',
  path: () => '/2012-04-24/Accounts.json',
  form: () => ({ EmailAddress: freshEmail(), Password: anyPassword }),
  status: 200,
}
const keyCreate: Create = {
  what: 'the create of a key',
  path: ({ sid }) => `/2010-04-01/Accounts/${sid}/Keys.json`,
  form: () => ({ FriendlyName: 'Billing' }),
  status: 201,
}
const accountCreates = [twilioCreate, restcommCreate]
const creates = [...accountCreates, keyCreate]

let used = 0
function freshKey(): string {
  used += 1
  return `order-${used}`
}

for (const { what, path, form, status } of creates) {
  test(`${what} that is sent again gives what the first has made, and says so`, async () => {
    const owner = await createSubaccount(app, app.root)
    const [key, parameters] = [freshKey(), form()]
    const first = await keyed(owner, path(owner), key, parameters)
    assert.equal([first.status, first.headers.get('idempotent-replayed')], [status, null])
    for (let again = 0; again < 2; again += 1) {
      const repeated = await keyed(owner, path(owner), key, parameters)
      assert.equal([repeated.status, repeated.headers.get('idempotent-replayed')], [status, 'true'])
      assert.is(textIn(repeated, 'sid'), textIn(first, 'sid'))
    }
    assert.is(await thingsOf(owner), 1)
  })

  test(`${what} gives the same also after a restart`, async () => {
    const first = await startApp()
    const [key, parameters] = [freshKey(), form()]
    const made = await keyed(first.root, path(first.root), key, parameters, first)
    const again = await first.restart()
    const repeated = await keyed(again.root, path(again.root), key, parameters, again)
    assert.is(repeated.headers.get('idempotent-replayed'), 'true')
    assert.is(textIn(repeated, 'sid'), textIn(made, 'sid'))
    await again.stop()
  })

  test(`${what}, sent sixteen times at once, makes one`, async () => {
    const owner = await createSubaccount(app, app.root)
    const [key, parameters] = [freshKey(), form()]
    const replies = await Promise.all(
      Array.from({ length: 16 }, () => keyed(owner, path(owner), key, parameters)),
    )
    assert.equal(new Set(replies.map((reply) => reply.status)), new Set([status]))
    assert.is(new Set(replies.map((reply) => textIn(reply, 'sid'))).size, 1)
    const isReplayed = ({ headers }: Reply) => headers.get('idempotent-replayed') === 'true'
    assert.is(replies.filter(isReplayed).length, 15)
    assert.is(await thingsOf(owner), 1)
  })

  test(`${what} with another body under the same key is 422 and makes nothing`, async () => {
    const owner = await createSubaccount(app, app.root)
    const [key, parameters] = [freshKey(), form()]
    await keyed(owner, path(owner), key, parameters)
    const other = { ...parameters, FriendlyName: 'another' }
    assertReused(await keyed(owner, path(owner), key, other), path(owner))
    assert.is(await thingsOf(owner), 1)
  })

  test(`${what} that was refused is not remembered`, async () => {
    const owner = await createSubaccount(app, app.root)
    const [key, parameters] = [freshKey(), form()]
    const bad = { ...parameters, FriendlyName: 'a\nb' }
    assert.is((await keyed(owner, path(owner), key, bad)).status, 400)
    const wrong = { ...owner, token: '0'.repeat(32) }
    assert.is((await keyed(wrong, path(owner), key, parameters)).status, 401)
    await setStatus(owner, 'suspended')
    assert.is((await keyed(owner, path(owner), key, parameters)).status, 403)
    await setStatus(owner, 'active')
    const made = await keyed(owner, path(owner), key, parameters)
    assert.equal([made.status, made.headers.get('idempotent-replayed')], [status, null])
  })

  test(`${what} is forgotten after 24 hours`, async () => {
    const owner = await createSubaccount(app, app.root)
    const [key, parameters] = [freshKey(), form()]
    const first = await keyed(owner, path(owner), key, parameters)
    now += day
    const repeated = await keyed(owner, path(owner), key, parameters)
    assert.is(textIn(repeated, 'sid'), textIn(first, 'sid'))
    now += 1
    const changed = {
      ...parameters,
      ...(parameters.EmailAddress && { EmailAddress: freshEmail() }),
    }
    const anew = await keyed(owner, path(owner), key, changed)
    assert.equal([anew.status, anew.headers.get('idempotent-replayed')], [status, null])
    assert.is.not(textIn(anew, 'sid'), textIn(first, 'sid'))
    const ofAnew = await keyed(owner, path(owner), key, changed)
    assert.is(textIn(ofAnew, 'sid'), textIn(anew, 'sid'))
  })

  test(`${what} with a key that is none is 400`, async () => {
    const owner = await createSubaccount(app, app.root)
    for (const key of ['', 'a b', 'a\tb', 'é', 'x'.repeat(256)]) {
      const reply = await keyed(owner, path(owner), key, form())
      assert.is(reply.status, 400, key)
      assert.match(textIn(reply, 'message'), 'Idempotency-Key')
    }
    for (const key of ['!~"#', 'x'.repeat(255)]) {
      assert.is((await keyed(owner, path(owner), key, form())).status, status, key)
    }
  })
}

test('without a key the same request makes another', async () => {
  const owner = await createSubaccount(app, app.root)
  for (const { path, form } of creates) {
    for (let count = 0; count < 2; count += 1) {
      const reply = await ask(app, owner, 'POST', path(owner), form())
      assert.ok(reply.status < 300)
      assert.is(reply.headers.get('idempotent-replayed'), null)
    }
  }
  assert.is(await thingsOf(owner), 6)
})

test('a key counts for its caller and its route alone', async () => {
  const owner = await createSubaccount(app, app.root)
  const other = await createSubaccount(app, app.root)
  const key = freshKey()
  const sids = new Set<string>()
  for (const login of [owner, other]) {
    for (const { path, form } of creates) {
      for (const place of [path(login), path(login).replace('/Keys', '/SigningKeys')]) {
        const reply = await keyed(login, place, key, form())
        if (reply.status !== 422) {
          sids.add(textIn(reply, 'sid'))
        }
      }
    }
  }
  // For each caller an account of either dialect, a key, and the same name under SigningKeys.
  assert.is(sids.size, 8)
})

test('the account and each of its keys are the same caller', async () => {
  const owner = await createSubaccount(app, app.root)
  const apiKey = await createKey(app, owner)
  const key = freshKey()
  const first = await keyed(owner, '/2010-04-01/Accounts.json', key, {})
  const second = await keyed(apiKey, '/2010-04-01/Accounts.json', key, {})
  assert.is(textIn(second, 'sid'), textIn(first, 'sid'))
})

test('a key used for one account is another request for the next', async () => {
  const owner = await createSubaccount(app, app.root)
  const child = await createSubaccount(app, owner)
  const key = freshKey()
  await keyed(owner, keyCreate.path(owner), key, {})
  assertReused(await keyed(owner, keyCreate.path(child), key, {}), keyCreate.path(child))
})

test('however the path is spelled, and whatever is asked for, the request is the same', async () => {
  const owner = await createSubaccount(app, app.root)
  const [key, form] = [freshKey(), restcommCreate.form()]
  const first = await keyed(owner, '/2012-04-24/Accounts.json', key, form)
  for (const path of ['/restcomm/2012-04-24/Accounts.json/', '/2012-04-24/Accounts']) {
    const again = await keyed(owner, path, key, form)
    assert.equal([again.status, again.headers.get('idempotent-replayed')], [200, 'true'])
    assert.match(again.text, textIn(first, 'sid'))
  }
})

test('what is answered again is as it is now', async () => {
  const owner = await createSubaccount(app, app.root)
  const key = freshKey()
  const made = accountOf(await keyed(owner, '/2010-04-01/Accounts.json', key, {}))
  await send(app, owner, 'POST', pathOf(made), { FriendlyName: 'renamed' })
  const again = await keyed(owner, '/2010-04-01/Accounts.json', key, {})
  assert.equal(accountOf(again), { ...made, friendly_name: 'renamed' })
  await setStatus(made, 'closed')
  const closed = await keyed(owner, '/2010-04-01/Accounts.json', key, {})
  assert.is(accountOf(closed).status, 'closed')
})

test('who may no longer create is not answered again', async () => {
  const owner = await createSubaccount(app, app.root)
  for (const { path, form, status } of creates) {
    const [key, parameters] = [freshKey(), form()]
    assert.is((await keyed(owner, path(owner), key, parameters)).status, status)
    await setRole(owner, 'User')
    assert.is((await keyed(owner, path(owner), key, parameters)).status, 403)
    await setRole(owner, 'Administrator')
  }
})

test('a key that is created again comes without its secret, which still logs in', async () => {
  const owner = await createSubaccount(app, app.root)
  const [key, form] = [freshKey(), keyCreate.form()]
  const first = keyOf(await keyed(owner, keyCreate.path(owner), key, form))
  const again = await keyed(owner, keyCreate.path(owner), key, form)
  assert.equal(keyOf(again), { ...first, secret: null })
  const login = { sid: first.sid, token: first.secret ?? '' }
  assert.is((await send(app, login, 'GET', pathOf(owner))).status, 200)
  await send(app, owner, 'DELETE', `/Accounts/${owner.sid}/Keys/${first.sid}.json`)
  const gone = await keyed(owner, keyCreate.path(owner), key, form)
  assert.equal(refusal(gone), [404, 20404])
})

test('of two bodies under one key at once, one is made and the other refused', async () => {
  const owner = await createSubaccount(app, app.root)
  const key = freshKey()
  const replies = await Promise.all(
    ['a', 'b', 'a', 'b'].map((name) =>
      keyed(owner, '/2010-04-01/Accounts.json', key, { FriendlyName: name }),
    ),
  )
  const statuses = replies.map(({ status }) => status).sort()
  assert.equal(statuses, [201, 201, 422, 422])
  assert.is(await thingsOf(owner), 1)
})

test('what is remembered holds no secret in the clear', async () => {
  const owner = await createSubaccount(app, app.root)
  const password = 'a very secret phrase'
  const form = { EmailAddress: freshEmail(), Password: password }
  const made = await keyed(owner, '/2012-04-24/Accounts.json', freshKey(), form)
  const apiKey = await keyed(owner, keyCreate.path(owner), freshKey(), {})
  const files = ['strowger.db', 'strowger.db-wal'].map((file) =>
    readFileSync(join(app.folder, file), 'latin1'),
  )
  const texts = [...files, app.log()]
  assert.ok(texts.some((text) => text.includes(form.EmailAddress)))
  const encoded = new URLSearchParams({ password }).toString().slice('password='.length)
  for (const secret of [
    ...[password, encoded, owner.token],
    ...[textIn(made, 'auth_token'), textIn(apiKey, 'secret')],
  ]) {
    assert.equal(
      texts.filter((text) => text.includes(secret)),
      [],
    )
  }
})

function keyed(
  login: Pick<Login, 'sid' | 'token'>,
  path: string,
  key: string,
  form: Parameters,
  at: TestApp = app,
): Promise<Reply> {
  return ask(at, login, 'POST', path, form, { 'Idempotency-Key': key })
}

/** That a request is refused because its key was used for another, in the form of the dialect. */
function assertReused(reply: Reply, path: string): void {
  assert.is(reply.status, 422)
  assert.is(reply.headers.get('content-type'), 'application/json')
  if (path.startsWith('/2012-04-24')) {
    const message = 'The Idempotency-Key was used before for another request'
    assert.equal(reply.json(), { message })
  } else {
    assert.equal(refusal(reply), [422, 20422])
  }
}

/** How many children and keys an account has. */
async function thingsOf(owner: Subaccount): Promise<number> {
  const { accounts = [] } = pageOf(await send(app, owner, 'GET', '/Accounts.json'))
  const { keys = [] } = pageOf(await ask(app, owner, 'GET', keyCreate.path(owner)))
  return accounts.length - 1 + keys.length
}

async function setStatus({ sid }: Pick<Login, 'sid'>, status: string): Promise<void> {
  const reply = await send(app, app.root, 'POST', pathOf({ sid }), { Status: status })
  assert.is(reply.status, 200)
}

async function setRole({ sid }: Pick<Login, 'sid'>, role: string): Promise<void> {
  const reply = await sendRestcomm(app, app.root, 'PUT', `/Accounts/${sid}`, { Role: role })
  assert.is(reply.status, 200)
}

test.run()
