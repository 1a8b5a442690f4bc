import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { PlacedAccount } from '../../../db/store.ts'
import {
  type AccountJson,
  anyPassword,
  createAccount,
  type Parameters,
  type Reply,
  send,
} from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

const notActive = [403, 'Provided Account is not active']
const closed = [400, 'Account is closed']

test('closing answers with the account, which stays readable and listed as closed', async () => {
  const { account, sid, email } = await createAccount(app, app.root)
  const reply = await put(sid, { Status: 'closed' })
  assert.is(reply.status, 200)
  const expected = { ...account, status: 'closed', date_updated: accountOf(reply).date_updated }
  assert.equal(accountOf(reply), expected)
  assert.equal(accountOf(await read(sid)), expected)
  assert.equal(accountOf(await read(email)), expected)
  assert.equal((await list()).get(sid), expected)
})

test('closing takes the documented form, in XML and in JSON', async () => {
  for (const path of ['/Accounts', '/Accounts.json']) {
    const { sid } = await createAccount(app, app.root)
    const reply = await send(app, app.root, 'PUT', `${path}/${sid}`, { Status: 'closed' })
    assert.match(
      reply.text,
      path === '/Accounts' ? '<Status>closed</Status>' : '"status": "closed"',
    )
  }
})

test('the whole branch is closed at once, and no credentials in it are accepted any more', async () => {
  const parent = await createAccount(app, app.root)
  const child = await createAccount(app, parent)
  const grandchild = await createAccount(app, child, { Role: 'Developer' })
  const beside = await createAccount(app, app.root)
  await put(parent.sid, { Status: 'closed' })
  for (const { sid, email, token } of [parent, child, grandchild]) {
    assert.is(accountOf(await read(sid)).status, 'closed')
    for (const secret of [token, anyPassword]) {
      for (const name of [sid, email]) {
        const reply = await read(sid, { sid: name, email, token: secret })
        assert.equal(refusal(reply), notActive)
      }
    }
  }
  assert.is((await read(beside.sid, beside)).status, 200)
})

test('a closed account refuses every change, as does all that was below it', async () => {
  const parent = await createAccount(app, app.root)
  const child = await createAccount(app, parent)
  await put(parent.sid, { Status: 'closed' })
  const changes: readonly Parameters[] = [
    {},
    { FriendlyName: 'new' },
    { Password: 'another horse' },
    { Role: 'Developer' },
    ...['active', 'suspended', 'inactive', 'uninitialized', 'closed'].map((Status) => ({ Status })),
    { Status: 'asleep' },
    { Whatever: 'x' },
  ]
  for (const { sid, email } of [parent, child]) {
    const before = (await read(sid)).text
    for (const change of changes) {
      for (const id of [sid, email]) {
        assert.equal(refusal(await put(id, change)), closed, JSON.stringify(change))
      }
    }
    assert.is((await read(sid)).text, before)
  }
})

test('a closed account is not migrated', async () => {
  const { sid, account } = await createAccount(app, app.root)
  await send(app, app.root, 'PUT', '/Organizations.json/closing.example.com')
  await put(sid, { Status: 'closed' })
  const form = { Organization: 'closing.example.com' }
  const reply = await send(app, app.root, 'POST', `/Accounts.json/migrate/${sid}`, form)
  assert.equal(refusal(reply), closed)
  assert.is(accountOf(await read(sid)).organization, account.organization)
})

test('nothing that happens above a closed account opens it again', async () => {
  const grandparent = await createAccount(app, app.root)
  const parent = await createAccount(app, grandparent)
  const child = await createAccount(app, parent)
  await put(child.sid, { Status: 'closed' })
  for (const { sid } of [grandparent, parent]) {
    for (const status of ['suspended', 'active', 'uninitialized', 'active']) {
      await put(sid, { Status: status })
      assert.is(accountOf(await read(child.sid)).status, 'closed')
      assert.equal(refusal(await read(child.sid, child)), notActive)
    }
  }
})

test('an account may close itself and its branch, and only the accounts above see it then', async () => {
  const caller = await createAccount(app, app.root)
  const child = await createAccount(app, caller)
  const reply = await put(caller.sid, { Status: 'closed' }, caller)
  assert.is(accountOf(reply).status, 'closed')
  assert.equal(refusal(await read(caller.sid, caller)), notActive)
  assert.is(accountOf(await read(child.sid)).status, 'closed')
})

test('the root cannot be closed, by no name and in no letter case', async () => {
  for (const id of [app.root.sid, app.root.email]) {
    for (const status of ['closed', 'CLOSED']) {
      assert.is((await put(id, { Status: status })).status, 403)
    }
  }
  assert.is((await put(app.root.sid, { FriendlyName: 'still here' })).status, 200)
})

test('who may not close an account is refused as for any other change', async () => {
  const other = await createAccount(app, app.root)
  const developer = await createAccount(app, app.root, { Role: 'Developer' })
  const user = await createAccount(app, app.root, { Role: 'User' })
  for (const [caller, target] of [
    [developer, other],
    [user, user],
    [user, other],
  ] as const) {
    assert.is((await put(target.sid, { Status: 'closed' }, caller)).status, 403)
  }
  assert.is(accountOf(await read(other.sid)).status, 'active')
  await put(other.sid, { Status: 'closed' })
  assert.is((await put(other.sid, { Status: 'closed' }, developer)).status, 403)
})

test('the e-mails of a closed branch stay taken', async () => {
  const parent = await createAccount(app, app.root)
  const child = await createAccount(app, parent)
  await put(parent.sid, { Status: 'closed' })
  await sweptClosed(child)
  for (const email of [parent.email, child.email]) {
    const form = { EmailAddress: email, Password: anyPassword }
    assert.is((await send(app, app.root, 'POST', '/Accounts.json', form)).status, 409)
  }
})

test('an account that is made closed is closed from the start', async () => {
  const { sid } = await createAccount(app, app.root, { Status: 'closed' })
  assert.equal(refusal(await put(sid, { FriendlyName: 'new' })), closed)
})

test('a sweep marks all that lies below, and leaves own statuses and what was closed before', async () => {
  const parent = await createAccount(app, app.root)
  const child = await createAccount(app, parent, { Status: 'suspended' })
  const grandchild = await createAccount(app, parent)
  const before = await createAccount(app, parent)
  await put(before.sid, { Status: 'closed' })
  const [counted] = await app.store.findAccounts([app.root])
  await put(parent.sid, { Status: 'closed' })
  const [now] = await app.store.findAccounts([app.root])
  assert.is(now?.descendantsCount, Number(counted?.descendantsCount) - 3)
  for (const login of [child, grandchild]) {
    assert.is((await sweptClosed(login)).closedBy, parent.sid)
  }
  assert.is((await recordOf(child)).status, 'suspended')
  assert.is((await recordOf(grandchild)).status, 'active')
  assert.is((await recordOf(before)).closedBy, before.sid)
})

test('no list shows half of a branch that is being closed', async () => {
  const { organization } = await makeBranch(30)
  const [parent] = [...(await list(`?OrganizationSid=${organization}`)).values()]
  assert.ok(parent)
  const lists = Array.from({ length: 20 }, () => list(`?OrganizationSid=${organization}`))
  const closing = put(parent.sid, { Status: 'closed' })
  const more = Array.from({ length: 20 }, () => list(`?OrganizationSid=${organization}`))
  assert.is((await closing).status, 200)
  const seen = await Promise.all([...lists, ...more])
  for (const accounts of seen) {
    assert.is(accounts.size, 31)
    const statuses = new Set([...accounts.values()].map(({ status }) => status))
    assert.is(statuses.size, 1, [...statuses].join())
  }
})

/** An account with children in an organization of their own. */
async function makeBranch(children: number): Promise<AccountJson> {
  const made = await send(app, app.root, 'PUT', `/Organizations.json/branch-of-${children}.example`)
  const organization: { sid: string } = JSON.parse(made.text)
  const parent = await createAccount(app, app.root, { OrganizationSid: organization.sid })
  await Promise.all(Array.from({ length: children }, () => createAccount(app, parent)))
  return parent.account
}

async function sweptClosed(login: Login): Promise<PlacedAccount> {
  for (let tries = 0; tries < 200; tries += 1) {
    const record = await recordOf(login)
    if (record.closedBy !== undefined) {
      return record
    }
    await delay(5)
  }
  throw new Error('the sweep did not come by')
}

async function recordOf({ sid }: Login): Promise<PlacedAccount> {
  const [record] = await app.store.findAccounts([{ sid }])
  assert.ok(record)
  return record
}

async function list(query = ''): Promise<ReadonlyMap<string, AccountJson>> {
  const reply = await send(app, app.root, 'GET', `/Accounts.json${query}`)
  const accounts: AccountJson[] = JSON.parse(reply.text)
  return new Map(accounts.map((account) => [account.sid, account]))
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
