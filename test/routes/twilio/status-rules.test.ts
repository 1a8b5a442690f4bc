import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createAccount, send as sendRestcomm } from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'
import {
  accountOf,
  createKey,
  createSubaccount,
  errorOf,
  type Parameters,
  pageOf,
  pathOf,
  refusal,
  send,
} from '../../support/twilio.ts'

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

const statuses = ['active', 'suspended', 'closed'] as const
const noWords = ['', 'Active', 'ACTIVE', ' active', 'inactive', 'uninitialized', '2', 'activ']

test('an account goes between active and suspended as often as is asked for, and then closes', async () => {
  const { sid } = await createSubaccount(app, app.root)
  for (const status of ['suspended', 'suspended', 'active', 'active', 'suspended', 'closed']) {
    const reply = await update(sid, { Status: status })
    assert.is(reply.status, 200)
    assert.is(accountOf(reply).status, status)
    assert.is(await statusOf(sid), status)
  }
})

test('a word that is no status is 21475, whoever the account is and however it stands', async () => {
  const parent = await createSubaccount(app, app.root)
  const closed = await createSubaccount(app, parent)
  await update(closed.sid, { Status: 'closed' })
  for (const Status of noWords) {
    for (const { sid } of [parent, closed]) {
      assert.equal(refusal(await update(sid, { Status }, parent)), [400, 21475], Status)
    }
    assert.equal(refusal(await update(app.root.sid, { Status })), [400, 21475], Status)
  }
})

test('who may not change an account is told so before its Status is looked at', async () => {
  const user = await createSubaccount(app, app.root, { Role: 'User' })
  const stranger = await createSubaccount(app, app.root)
  for (const Status of ['asleep', ...statuses]) {
    assert.equal(refusal(await update(user.sid, { Status }, user)), [403, 20403])
    assert.equal(refusal(await update(user.sid, { Status }, stranger)), [404, 20404])
  }
})

test('nobody sets the own Status, not even to what it is', async () => {
  const caller = await createSubaccount(app, app.root)
  const key = await createKey(app, caller)
  for (const login of [caller, key, app.root]) {
    const own = login === key ? caller : login
    for (const Status of statuses) {
      assert.equal(refusal(await update(own.sid, { Status }, login)), [400, 21477])
    }
    assert.is(await statusOf(own.sid), 'active')
  }
})

test('a closed account refuses every change, being closed again too', async () => {
  const parent = await createSubaccount(app, app.root)
  const child = await createSubaccount(app, parent)
  const before = accountOf(await update(parent.sid, { Status: 'closed' }))
  const changes: Parameters[] = [
    { FriendlyName: 'new' },
    ...statuses.map((Status) => ({ Status })),
    { FriendlyName: 'new', Status: 'active' },
  ]
  for (const { sid } of [parent, child]) {
    for (const form of changes) {
      assert.equal(refusal(await update(sid, form)), [400, 21479], JSON.stringify(form))
    }
  }
  assert.equal(accountOf(await send(app, app.root, 'GET', pathOf(parent))), before)
})

test('being closed is told before a suspended account above is', async () => {
  const parent = await createSubaccount(app, app.root)
  const child = await createSubaccount(app, parent)
  await update(child.sid, { Status: 'closed' })
  await update(parent.sid, { Status: 'suspended' })
  assert.equal(refusal(await update(child.sid, { Status: 'active' })), [400, 21479])
})

test('nothing is made active below an account that is not', async () => {
  const upper = await createSubaccount(app, app.root)
  const middle = await createSubaccount(app, upper)
  const lower = await createSubaccount(app, middle, { FriendlyName: 'lower' })
  await update(lower.sid, { Status: 'suspended' })
  for (const { sid } of [upper, middle]) {
    for (const status of ['suspended', 'inactive']) {
      await restcommStatus(sid, status)
      const form = { Status: 'active', FriendlyName: 'new' }
      const reply = await update(lower.sid, form)
      assert.equal(refusal(reply), [400, 21476], status)
      assert.match(errorOf(reply).message, 'suspended')
      await update(sid, { Status: 'active' })
    }
  }
  const after = accountOf(await send(app, app.root, 'GET', pathOf(lower)))
  assert.equal([after.friendly_name, after.status], ['lower', 'suspended'])
  assert.is((await update(lower.sid, { Status: 'active' })).status, 200)
})

test('below a suspended account one may still suspend, rename and close', async () => {
  const parent = await createSubaccount(app, app.root)
  const child = await createSubaccount(app, parent)
  await update(parent.sid, { Status: 'suspended' })
  assert.is(accountOf(await update(child.sid, { FriendlyName: 'new' })).friendly_name, 'new')
  assert.is((await update(child.sid, { Status: 'suspended' })).status, 200)
  await update(parent.sid, { Status: 'active' })
  assert.is(await statusOf(child.sid), 'suspended')
  assert.is(accountOf(await update(child.sid, { Status: 'closed' })).status, 'closed')
})

test('suspending reaches the whole branch at the next request and gives every state back', async () => {
  const parent = await createSubaccount(app, app.root)
  const active = await createSubaccount(app, parent)
  const suspended = await createSubaccount(app, parent)
  const closed = await createSubaccount(app, parent)
  const below = await createSubaccount(app, active)
  await update(suspended.sid, { Status: 'suspended' })
  await update(closed.sid, { Status: 'closed' })
  await update(parent.sid, { Status: 'suspended' })
  const branch = [parent, active, suspended, below]
  for (const login of branch) {
    assert.is(await statusOf(login.sid), 'suspended')
    assert.equal(refusal(await send(app, login, 'GET', pathOf(login))), [403, 20005])
  }
  assert.is(await statusOf(closed.sid), 'closed')
  await update(parent.sid, { Status: 'active' })
  assert.equal(await Promise.all([...branch, closed].map(({ sid }) => statusOf(sid))), [
    ...['active', 'active', 'suspended', 'active'],
    'closed',
  ])
  const { accounts = [] } = pageOf(await send(app, parent, 'GET', '/Accounts.json'))
  assert.equal(
    accounts.map(({ sid, status }) => [sid, status]).sort(),
    [
      [parent.sid, 'active'],
      [active.sid, 'active'],
      [suspended.sid, 'suspended'],
      [closed.sid, 'closed'],
    ].sort(),
  )
})

test('closing reaches the whole branch and is final, though readable from above', async () => {
  const parent = await createSubaccount(app, app.root)
  const child = await createSubaccount(app, parent)
  const beside = await createSubaccount(app, app.root)
  await update(parent.sid, { Status: 'closed' })
  for (const login of [parent, child]) {
    assert.is(await statusOf(login.sid), 'closed')
    assert.equal(refusal(await send(app, login, 'GET', pathOf(login))), [403, 20005])
    assert.equal(refusal(await send(app, login, 'POST', '/Accounts.json', {})), [403, 20005])
  }
  assert.is((await send(app, beside, 'GET', pathOf(beside))).status, 200)
})

test('wrong credentials of an account that is not active are 401 all the same', async () => {
  const { sid } = await createSubaccount(app, app.root)
  for (const status of ['suspended', 'closed']) {
    await update(sid, { Status: status })
    const wrong = { sid, token: '0'.repeat(32) }
    assert.equal(refusal(await send(app, wrong, 'GET', pathOf({ sid }))), [401, 20003])
  }
})

test('an uninitialized account is let in nowhere here until it is made active', async () => {
  const login = await createAccount(app, app.root, { Status: 'uninitialized' })
  for (const [method, path] of [
    ['GET', pathOf(login)],
    ['POST', pathOf(login)],
    ['GET', '/Accounts.json'],
    ['GET', '/Nowhere.json'],
  ] as const) {
    assert.equal(refusal(await send(app, login, method, path)), [403, 20005])
  }
  assert.is((await update(login.sid, { Status: 'active' })).status, 200)
  assert.is((await send(app, login, 'GET', pathOf(login))).status, 200)
})

function update(sid: string, form: Parameters, login: Pick<Login, 'sid' | 'token'> = app.root) {
  return send(app, login, 'POST', pathOf({ sid }), form)
}

async function statusOf(sid: string): Promise<string> {
  return accountOf(await send(app, app.root, 'GET', pathOf({ sid }))).status
}

/** Sets one of the statuses that this dialect has no word for. */
async function restcommStatus(sid: string, status: string): Promise<void> {
  const reply = await sendRestcomm(app, app.root, 'PUT', `/Accounts/${sid}`, { Status: status })
  assert.is(reply.status, 200)
}

test.run()
