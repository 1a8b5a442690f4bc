import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, idOf, pathOf, session } from '../../support/crossbar.ts'
import { recordedOf } from '../../support/recorded.ts'
import {
  type AccountJson,
  anyPassword,
  createAccount,
  type Parameters,
  type Reply,
  send,
} from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'
import { storedRows } from '../../support/stored-rows.ts'
import { storedAudit } from '../../support/stored-tree.ts'
import { sweepsFinished } from '../../support/sweeps.ts'
import { createKey, ask as sendTwilio } from '../../support/twilio.ts'

let app: TestApp
let clock = Date.now()

// Things that happen one after the other are dated so.
test.before(async () => {
  app = await startApp({
    now: () => {
      clock += 1
      return clock
    },
  })
})
test.after(() => app.stop())

const tables = ['accounts', 'api_keys', 'callflows', 'callflow_numbers', 'closed_branches']
const renewed = ['sealed_token', 'token_digest', 'updated_at', 'revision']

for (const [moment, wait] of [
  ['before anything is swept', async () => {}],
  ['when all is swept', () => sweepsFinished(app.folder)],
] as const) {
  test(`a branch that is reopened ${moment} is as it was, but for its tokens`, async () => {
    const { parent, child, key } = await plantBranch()
    const before = storedRows(app.folder, tables, renewed)
    await put(parent.sid, { Status: 'closed' })
    await wait()
    const reply = await reopen(parent.sid)
    assert.is(reply.status, 200)
    assert.equal(storedRows(app.folder, tables, renewed), before)

    const { status, auth_token: token = '', ...shown } = accountOf(reply)
    assert.is(status, 'active')
    assert.equal(shown, withoutToken(parent.account, accountOf(reply)))
    assert.is.not(token, parent.token)
    assert.is((await read(child.sid, { ...parent, token })).status, 200)
    assert.is((await read(child.sid, key)).status, 200)
  })
}

test('after it no token, secondary token or session of the branch is what it was; passwords are', async () => {
  const { parent, child } = await plantBranch()
  const secondary = (await sendTwilio(app, parent, 'POST', '/v1/AuthTokens/Secondary')).json()
  assert.ok(typeof secondary === 'object' && secondary !== null)
  const { secondary_auth_token: second } = secondary as { secondary_auth_token: string }
  const known = await Promise.all([session(app, parent.token), session(app, child.token)])
  await put(parent.sid, { Status: 'closed' })
  await reopen(parent.sid)
  for (const login of [parent, child, { ...parent, token: second }]) {
    assert.is((await read(login.sid, login)).status, 401)
  }
  for (const [at, login] of [parent, child].entries()) {
    assert.is((await ask(app, known[at], 'GET', pathOf(login))).status, 401)
    assert.is((await read(login.sid, { ...login, token: anyPassword })).status, 200)
    const shown = accountOf(await read(login.sid)).auth_token ?? ''
    assert.is((await read(login.sid, { ...login, token: shown })).status, 200)
    await session(app, shown)
  }
})

test('what was closed by itself below stays closed, and is then reopened by itself', async () => {
  const { parent, closed, below } = await plantBranch()
  await put(parent.sid, { Status: 'closed' })
  await reopen(parent.sid)
  assert.equal(await statuses([closed, below]), ['closed', 'closed'])
  assert.is((await reopen(closed.sid)).status, 200)
  assert.equal(await statuses([closed, below]), ['suspended', 'suspended'])
  assert.is((await recordOf(below)).status, 'active')
})

test('own statuses come back, and an account that was made closed becomes active', async () => {
  for (const status of ['active', 'suspended', 'inactive', 'uninitialized']) {
    const { sid } = await createAccount(app, app.root, { Status: status })
    await put(sid, { Status: 'closed' })
    assert.is(accountOf(await reopen(sid)).status, status)
  }
  const { sid } = await createAccount(app, app.root, { Status: 'closed' })
  assert.is(accountOf(await reopen(sid)).status, 'active')
})

test('the living below are counted all the way up, as before the close', async () => {
  const { parent, child } = await plantBranch()
  const counts = () => Promise.all([app.root, parent, child].map(countOf))
  const before = await counts()
  for (const { sid } of [parent, child, parent]) {
    await put(sid, { Status: 'closed' })
    await reopen(sid)
    assert.equal(await counts(), before)
  }
})

test('it answers in XML and in JSON, and takes an e-mail', async () => {
  const { sid, email } = await createAccount(app, app.root)
  for (const [path, told] of [
    [`/Accounts/${sid}/Reopen`, `<RestcommResponse>\n  <Account>\n    <Sid>${sid}</Sid>`],
    [`/Accounts.json/${sid}/Reopen`, `"sid": "${sid}"`],
    [`/Accounts/${email}/Reopen.json`, `"sid": "${sid}"`],
  ] as const) {
    await put(sid, { Status: 'closed' })
    const reply = await send(app, app.root, 'POST', path)
    assert.is(reply.status, 200)
    assert.ok(reply.text.includes(told), reply.text)
  }
})

test('the audit has one row of it, and no secret', async () => {
  const { parent } = await plantBranch()
  await put(parent.sid, { Status: 'suspended' })
  await put(parent.sid, { Status: 'closed' })
  const before = storedAudit(app.folder).length
  const { auth_token: token = 'none' } = accountOf(await reopen(parent.sid))
  assert.equal(storedAudit(app.folder).slice(before), [
    { action: 'account.reopen', targetSid: parent.sid, actorSid: app.root.sid },
  ])
  const entry = (await recordedOf(app.store, parent.sid)).at(-1)
  assert.equal(entry?.changes, {
    status: { from: 'closed', to: 'suspended' },
    authToken: { to: 'changed' },
  })
  assert.not.ok(JSON.stringify(storedRows(app.folder, ['audit'])).includes(token))
})

test('only what is closed is reopened, and first what is closed above it', async () => {
  const { parent, child, closed, below } = await plantBranch()
  assert.equal(refusal(await reopen(child.sid)), [400, 'Account is not closed'])
  const above = (sid: string) =>
    `Account is closed with ${sid} above it, which is to be reopened first`
  assert.equal(refusal(await reopen(below.sid)), [400, above(closed.sid)])
  await put(parent.sid, { Status: 'closed' })
  for (const { sid } of [child, closed, below]) {
    assert.equal(refusal(await reopen(sid)), [400, above(parent.sid)])
  }
  assert.is(await countOf(parent), 2)
})

test('an Administrator above reopens, and nobody else', async () => {
  const { parent, child, closed, key } = await plantBranch()
  const developer = await createAccount(app, parent, { Role: 'Developer' })
  const stranger = await createAccount(app, app.root)
  const key2 = (parameters: Parameters) => createKey(app, parent, parameters)
  const keys = await Promise.all([key2({ Scope: 'read' }), key2({ Reach: 'self' })])
  for (const caller of [child, developer, stranger, ...keys]) {
    assert.is((await reopen(closed.sid, caller)).status, 403)
  }
  assert.is((await reopen(parent.sid, parent)).status, 403)
  assert.is((await reopen(app.root.sid)).status, 403)
  const none = closed.sid.replace(/.{6}$/, 'nobody')
  assert.equal([(await reopen(none)).status, (await reopen(none, parent)).status], [404, 403])
  assert.is((await reopen(closed.sid, key)).status, 200)
  await put(closed.sid, { Status: 'closed' })
  assert.is((await reopen(closed.sid, await key2({ Scope: 'write' }))).status, 200)

  await put(parent.sid, { Status: 'closed' })
  assert.equal(refusal(await reopen(parent.sid, parent)), [403, 'Provided Account is not active'])
})

test('a realm that is taken meanwhile is named with its account, and nothing is changed', async () => {
  const { parent, child } = await plantBranch()
  const { realm } = await recordOf(child)
  await put(parent.sid, { Status: 'closed' })
  await sweepsFinished(app.folder)
  const made = await createAccount(app, app.root)
  const patched = await ask(app, app.root, 'PATCH', pathOf(made), { data: { realm } })
  assert.is(patched.status, 200, patched.text)
  const before = storedRows(app.folder, [...tables, 'audit', 'sessions'])
  const text = `The realm of account ${child.sid} has been taken meanwhile`
  assert.equal(refusal(await reopen(parent.sid)), [409, text])
  await sweepsFinished(app.folder)
  assert.equal(storedRows(app.folder, [...tables, 'audit', 'sessions']), before)

  await put(made.sid, { Status: 'closed' })
  await sweepsFinished(app.folder)
  assert.is((await reopen(parent.sid)).status, 200)
  const other = `The realm of account ${made.sid} has been taken meanwhile`
  assert.equal(refusal(await reopen(made.sid)), [409, other])
})

test('a name that is given meanwhile stands in the way while names are to be unique', async () => {
  const name = 'Alpha & Omega'
  const before = await createAccount(app, app.root, { FriendlyName: name })
  const branch = await createAccount(app, app.root)
  const child = await createAccount(app, branch, { FriendlyName: name })
  await put(branch.sid, { Status: 'closed' })
  assert.is((await reopen(branch.sid)).status, 200, 'both had the name before')
  await put(branch.sid, { Status: 'closed' })
  await put(before.sid, { FriendlyName: 'Alpha' })
  await put(before.sid, { FriendlyName: 'alpha-omega' })
  const text = `The name of account ${child.sid} has been taken meanwhile`
  assert.equal(refusal(await reopen(branch.sid)), [409, text])
  await put(before.sid, { Status: 'closed' })
  assert.is((await reopen(branch.sid)).status, 200, 'the closed have no names')
})

test('names may be taken where they need not be unique', async () => {
  const other = await startApp({ config: { crossbar: { ensureUniqueName: false } } })
  const { sid } = await createAccount(other, other.root, { FriendlyName: 'Shop' })
  await send(other, other.root, 'PUT', `/Accounts/${sid}`, { Status: 'closed' })
  await delay(5)
  await createAccount(other, other.root, { FriendlyName: 'Shop' })
  assert.is((await send(other, other.root, 'POST', `/Accounts/${sid}/Reopen`)).status, 200)
  await other.stop()
})

test('no list shows half of a branch that is being reopened, however often it is asked', async () => {
  const parent = await createAccount(app, app.root)
  await Promise.all(Array.from({ length: 25 }, () => createAccount(app, parent)))
  const made = await send(app, app.root, 'PUT', '/Organizations.json/reopened.example')
  const { sid: organization }: { sid: string } = JSON.parse(made.text)
  const form = { Organization: organization }
  await send(app, app.root, 'POST', `/Accounts/migrate/${parent.sid}`, form)
  const seen: (readonly string[])[] = []
  const belowShown = async () => {
    const path = pathOf(app.root, '/descendants?paginate=false')
    const { list } = await ask(app, app.root, 'GET', path)
    return list.filter(({ tree }) => JSON.stringify(tree).includes(idOf(parent.sid))).length
  }
  assert.is(await belowShown(), 25)
  await put(parent.sid, { Status: 'closed' })
  let isDone = false
  const look = async () => {
    while (!isDone) {
      const path = `/Accounts.json?OrganizationSid=${organization}`
      const accounts: AccountJson[] = JSON.parse((await send(app, app.root, 'GET', path)).text)
      seen.push([...new Set(accounts.map(({ status }) => status))])
      const below = await belowShown()
      assert.ok([0, 25].includes(below), `${below} of 25`)
    }
  }
  const looking = [look(), look()]
  for (const _ of [1, 2, 3]) {
    await reopen(parent.sid)
    await put(parent.sid, { Status: 'closed' })
  }
  isDone = true
  await Promise.all(looking)
  assert.ok(seen.length > 3)
  assert.ok(seen.every((kinds) => kinds.length === 1))
})

test('of several who reopen at once one does, and the others are told', async () => {
  const { parent } = await plantBranch()
  const count = await countOf(app.root)
  await put(parent.sid, { Status: 'closed' })
  const replies = await Promise.all([1, 2, 3, 4].map(() => reopen(parent.sid)))
  assert.equal(replies.map(({ status }) => status).sort(), [200, 400, 400, 400])
  assert.is(await countOf(app.root), count)
})

/** A suspended child with its own child, a closed one with its own child, a key and a callflow. */
async function plantBranch() {
  const parent = await createAccount(app, app.root)
  const child = await createAccount(app, parent)
  await createAccount(app, child, { Status: 'suspended' })
  const closed = await createAccount(app, parent)
  const below = await createAccount(app, closed)
  await put(closed.sid, { Status: 'suspended' })
  await put(closed.sid, { Status: 'closed' })
  const key = await createKey(app, parent)
  const data = { numbers: ['+441234567890'], flow: { module: 'response', data: {} } }
  const made = await ask(app, child, 'PUT', pathOf(child, '/callflows'), { data })
  assert.is(made.status, 201, made.text)
  await sweepsFinished(app.folder)
  return { parent, child, closed, below, key }
}

/** The account without its status and its token, dated as it is now. */
function withoutToken(account: AccountJson, { date_updated }: AccountJson) {
  const { auth_token: _token, status: _status, ...shown } = { ...account, date_updated }
  return shown
}

async function statuses(logins: readonly Login[]): Promise<readonly string[]> {
  const replies = await Promise.all(logins.map(({ sid }) => read(sid)))
  return replies.map((reply) => accountOf(reply).status)
}

async function countOf(login: Login): Promise<number> {
  return (await recordOf(login)).descendantsCount
}

async function recordOf({ sid }: Login) {
  const [record] = await app.store.findAccounts([{ sid }])
  assert.ok(record)
  return record
}

function reopen(id: string, login: Pick<Login, 'sid' | 'token'> = app.root): Promise<Reply> {
  return send(app, { email: '', ...login }, 'POST', `/Accounts.json/${id}/Reopen`)
}

function put(id: string, form: Parameters, login: Login = app.root): Promise<Reply> {
  return send(app, login, 'PUT', `/Accounts.json/${id}`, form)
}

function read(id: string, login: Login = app.root): Promise<Reply> {
  return send(app, login, 'GET', `/Accounts.json/${id}`)
}

function accountOf({ text }: Reply): AccountJson {
  return JSON.parse(text)
}

function refusal(reply: Reply): [number, string] {
  return [reply.status, JSON.parse(reply.text).message]
}

test.run()
