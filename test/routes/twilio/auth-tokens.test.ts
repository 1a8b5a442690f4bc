import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openConnection } from '../../support/connection.ts'
import { recordedOf } from '../../support/recorded.ts'
import { anyPassword, freshEmail, send as sendRestcomm } from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'
import {
  accountOf,
  ask,
  base,
  createKey,
  createSubaccount,
  pathOf,
  refusal,
  type Subaccount,
  send,
  textIn,
} from '../../support/twilio.ts'

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

const secondaryPath = '/v1/AuthTokens/Secondary'
const promotePath = '/v1/AuthTokens/Promote'

for (const prefix of ['', '/restcomm']) {
  test(`a secondary token logs in beside the first until it is promoted, below ${prefix || 'no prefix'}`, async () => {
    const owner = await createSubaccount(app, app.root, { EmailAddress: freshEmail() })
    const made = await ask(app, owner, 'POST', `${prefix}${secondaryPath}`)
    assert.is(made.status, 201)
    const second = { ...owner, token: textIn(made, 'secondary_auth_token') }
    assert.match(second.token, /^[0-9a-f]{32}$/)
    assert.is.not(second.token, owner.token)
    await assertLogins(owner, { [owner.token]: true, [second.token]: true })
    assert.is(await shownToken(owner), owner.token)

    const promoted = await ask(app, owner, 'POST', `${prefix}${promotePath}`)
    assert.is(promoted.status, 200)
    assert.is(textIn(promoted, 'auth_token'), second.token)
    await assertLogins(owner, { [owner.token]: false, [second.token]: true })
    assert.is(await shownToken(owner), second.token)
  })
}

test('the promotion holds for the next request of a connection that is open', async () => {
  const owner = await createSubaccount(app, app.root)
  const second = await addSecondary(owner)
  const connection = openConnection(app)
  const path = `${base}${pathOf(owner)}`
  assert.is((await connection.ask(owner, 'GET', path)).status, 200)
  assert.is((await connection.ask(second, 'GET', path)).status, 200)
  assert.is((await connection.ask(second, 'POST', promotePath)).status, 200)
  assert.is((await connection.ask(owner, 'GET', path)).status, 401)
  assert.is((await connection.ask(second, 'GET', path)).status, 200)
  connection.close()
})

test('another secondary token takes the place of the one before', async () => {
  const owner = await createSubaccount(app, app.root)
  const before = await addSecondary(owner)
  const after = await addSecondary(before)
  await assertLogins(owner, { [owner.token]: true, [before.token]: false, [after.token]: true })
  const promoted = await ask(app, owner, 'POST', promotePath)
  assert.is(textIn(promoted, 'auth_token'), after.token)
})

test('a secondary token that was taken away logs in no more, and the first stays', async () => {
  const owner = await createSubaccount(app, app.root)
  const second = await addSecondary(owner)
  const connection = openConnection(app)
  assert.is((await connection.ask(second, 'GET', `${base}${pathOf(owner)}`)).status, 200)
  const removed = await connection.ask(owner, 'DELETE', secondaryPath)
  assert.equal([removed.status, removed.text], [204, ''])
  assert.is((await connection.ask(second, 'GET', `${base}${pathOf(owner)}`)).status, 401)
  connection.close()
  await assertLogins(owner, { [owner.token]: true, [second.token]: false })
})

test('without a secondary token there is nothing to promote or take away', async () => {
  const owner = await createSubaccount(app, app.root)
  const assertNone = async (login: Login) => {
    for (const [method, path] of [
      ['POST', promotePath],
      ['DELETE', secondaryPath],
      ['POST', `/restcomm${promotePath}`],
    ] as const) {
      assert.equal(refusal(await ask(app, login, method, path)), [404, 20404])
    }
  }
  await assertNone(owner)
  const second = await addSecondary(owner)
  await ask(app, owner, 'POST', promotePath)
  await assertNone(second)
  await addSecondary(second)
  await ask(app, second, 'DELETE', secondaryPath)
  await assertNone(second)
})

test('a new password ends both tokens', async () => {
  const owner = await createSubaccount(app, app.root)
  const second = await addSecondary(owner)
  const form = { Password: anyPassword }
  const changed = await sendRestcomm(app, owner, 'PUT', `/Accounts.json/${owner.sid}`, form)
  const token = textIn(changed, 'auth_token')
  await assertLogins(owner, { [owner.token]: false, [second.token]: false, [token]: true })
  const promote = await ask(app, { ...owner, token }, 'POST', promotePath)
  assert.equal(refusal(promote), [404, 20404])
})

test('parameters are not looked at, and a link is a path', async () => {
  const owner = await createSubaccount(app, app.root)
  const form = { AccountSid: app.root.sid, AuthToken: '0'.repeat(32) }
  const made = await ask(app, owner, 'POST', `${secondaryPath}?x=1`, form)
  assert.is(textIn(made, 'account_sid'), owner.sid)
  assert.is(textIn(made, 'url'), secondaryPath)
})

test('the tokens are those of the own account alone, whoever asks', async () => {
  const owner = await createSubaccount(app, app.root)
  const child = await createSubaccount(app, owner)
  const ofChild = await addSecondary(child)
  const ofOwner = await addSecondary(owner)
  await ask(app, owner, 'POST', promotePath)
  await assertLogins(child, { [child.token]: true, [ofChild.token]: true, [ofOwner.token]: false })
})

test('a Developer rotates its own token, a User or Guest none', async () => {
  for (const [role, status] of [
    ['Administrator', 201],
    ['Developer', 201],
    ['User', 403],
    ['Guest', 403],
  ] as const) {
    const { sid, token } = await createSubaccount(app, app.root, { Role: role })
    assert.is((await ask(app, { sid, token }, 'POST', secondaryPath)).status, status, role)
    if (status === 403) {
      for (const [method, path] of [
        ['POST', promotePath],
        ['DELETE', secondaryPath],
      ] as const) {
        assert.equal(refusal(await ask(app, { sid, token }, method, path)), [403, 20403])
      }
    }
  }
})

test('a key with the scope for secrets rotates the token of its account', async () => {
  const owner = await createSubaccount(app, app.root)
  const key = await createKey(app, owner)
  const made = await ask(app, key, 'POST', secondaryPath)
  const token = textIn(made, 'secondary_auth_token')
  await assertLogins(owner, { [owner.token]: true, [token]: true })
  assert.is((await ask(app, key, 'POST', promotePath)).status, 200)
  await assertLogins(owner, { [owner.token]: false, [token]: true })
})

test('a suspended account can do nothing with its tokens, and has both when it is active again', async () => {
  const owner = await createSubaccount(app, app.root)
  const second = await addSecondary(owner)
  await send(app, app.root, 'POST', pathOf(owner), { Status: 'suspended' })
  for (const login of [owner, second]) {
    assert.equal(refusal(await ask(app, login, 'POST', promotePath)), [403, 20005])
    assert.equal(refusal(await ask(app, login, 'POST', secondaryPath)), [403, 20005])
  }
  await send(app, app.root, 'POST', pathOf(owner), { Status: 'active' })
  await assertLogins(owner, { [owner.token]: true, [second.token]: true })
})

test('both tokens are there after a restart, and so is what became of them', async () => {
  const first = await startApp()
  const owner = await createSubaccount(first, first.root)
  const second = await addSecondary(owner, first)
  const again = await first.restart()
  await assertLogins(owner, { [owner.token]: true, [second.token]: true }, again)
  await ask(again, second, 'POST', promotePath)
  const last = await again.restart()
  await assertLogins(owner, { [owner.token]: false, [second.token]: true }, last)
  await last.stop()
})

test('of several made at once one logs in, and the first token still does', async () => {
  const owner = await createSubaccount(app, app.root)
  const made = await Promise.all(
    Array.from({ length: 8 }, () => ask(app, owner, 'POST', secondaryPath)),
  )
  const tokens = made
    .filter(({ status }) => status === 201)
    .map((reply) => textIn(reply, 'secondary_auth_token'))
  // Whoever was always overtaken may be told to come again.
  assert.ok(made.every(({ status }) => status === 201 || status === 409))
  assert.ok(tokens.length > 0)
  const lets = await Promise.all(tokens.map((token) => letsIn({ ...owner, token })))
  assert.is(lets.filter(Boolean).length, 1)
  assert.ok(await letsIn(owner))
})

test('what was done is in the audit, and no token is in the audit, the log or the database', async () => {
  const owner = await createSubaccount(app, app.root)
  const removed = await addSecondary(owner)
  await ask(app, owner, 'DELETE', secondaryPath)
  const second = await addSecondary(owner)
  await ask(app, owner, 'POST', promotePath)
  const audit = (await recordedOf(app.store, owner.sid)).slice(1)
  assert.equal(
    audit.map(({ action }) => action),
    [
      'account.addSecondaryToken',
      'account.removeSecondaryToken',
      'account.addSecondaryToken',
      'account.promoteSecondaryToken',
    ],
  )
  for (const { changes, actorSid } of audit) {
    assert.equal(changes, { authToken: { to: 'changed' } })
    assert.is(actorSid, owner.sid)
  }
  const files = ['strowger.db', 'strowger.db-wal'].map((file) =>
    readFileSync(join(app.folder, file)),
  )
  for (const { token } of [owner, second, removed]) {
    assert.not(`${JSON.stringify(audit)}${app.log()}`.includes(token))
    assert.not(
      files.some((file) => file.includes(token) || file.includes(Buffer.from(token, 'hex'))),
    )
  }
})

/** Gives the account another token, and a login by it. */
async function addSecondary(owner: Login, at: TestApp = app): Promise<Login> {
  const made = await ask(at, owner, 'POST', secondaryPath)
  assert.is(made.status, 201)
  return { ...owner, token: textIn(made, 'secondary_auth_token') }
}

/** Whether each token logs in, through every dialect and by every name of the account. */
async function assertLogins(
  owner: Login,
  expected: Readonly<Record<string, boolean>>,
  at: TestApp = app,
): Promise<void> {
  const names = [owner.sid, ...(owner.email === '' ? [] : [owner.email])]
  const paths = [
    `${base}${pathOf(owner)}`,
    `/restcomm${base}${pathOf(owner)}`,
    `/2012-04-24/Accounts/${owner.sid}`,
    `/restcomm/2012-04-24/Accounts.json/${owner.sid}`,
    // There is no such method, which only who is let in is told.
    secondaryPath,
  ]
  for (const [token, isExpected] of Object.entries(expected)) {
    for (const name of names) {
      for (const path of paths) {
        const { status } = await ask(at, { sid: name, token }, 'GET', path)
        assert.is(status !== 401, isExpected, `${path} ${status}`)
      }
    }
  }
}

async function letsIn({ sid, token }: Login): Promise<boolean> {
  return (await send(app, { sid, token }, 'GET', pathOf({ sid }))).status === 200
}

async function shownToken({ sid }: Subaccount): Promise<string | null> {
  return accountOf(await send(app, app.root, 'GET', pathOf({ sid }))).auth_token
}

test.run()
