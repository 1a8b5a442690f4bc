import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { recordedOf } from '../../support/recorded.ts'
import {
  type AccountJson,
  anyPassword,
  createAccount,
  freshEmail,
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

for (const compat of [undefined, 'restcomm'] as const) {
  test(`of 32 creates of one e-mail at once exactly one is made, compat ${compat ?? 'none'}`, async () => {
    const own = await startApp({ config: { compat } })
    const email = freshEmail()
    const replies = await atOnce(32, (index) =>
      create(own, own.root, index % 2 === 0 ? email : email.toUpperCase()),
    )
    assert.equal(statuses(replies), [200, ...Array(31).fill(409)])
    for (const { text } of replies.filter(({ status }) => status === 409)) {
      assert.match(JSON.parse(text).message, 'already in use')
    }
    const listed: AccountJson[] = JSON.parse(
      (await send(own, own.root, 'GET', '/Accounts.json')).text,
    )
    assert.equal(
      listed.map(({ email_address }) => email_address),
      [email],
    )
    await own.stop()
  })
}

test('of 16 creates of one organization at once exactly one is made', async () => {
  const replies = await atOnce(16, (index) => {
    const name = index % 2 === 0 ? 'race.example.com' : 'RACE.example.com'
    return send(app, app.root, 'PUT', `/Organizations.json/${name}`)
  })
  assert.equal(statuses(replies), [200, ...Array(15).fill(409)])
})

test('creates of many e-mails at once below one parent are all made', async () => {
  const parent = await createAccount(app, app.root)
  const replies = await atOnce(30, () => create(app, parent, freshEmail()))
  assert.equal(statuses(replies), Array(30).fill(200))
  const listed: AccountJson[] = JSON.parse((await send(app, parent, 'GET', '/Accounts.json')).text)
  assert.is(listed.length, 30)
})

test('of updates at once each is acknowledged and done, or refused as a conflict', async () => {
  const { sid } = await createAccount(app, app.root)
  const names = Array.from({ length: 24 }, (_, index) => `name ${index}`)
  const replies = await atOnce(names.length, (index) =>
    put(app.root, sid, { FriendlyName: String(names[index]) }),
  )
  const done = names.filter((_, index) => replies[index]?.status === 200)
  assert.ok(done.length > 0)
  for (const [index, { status, text }] of replies.entries()) {
    assert.ok(status === 200 || status === 409, `${status} ${text}`)
    const { friendly_name, message } = JSON.parse(text)
    assert.is(friendly_name, status === 200 ? names[index] : undefined)
    assert.is(message === undefined, status === 200)
  }
  const recorded = (await recordedOf(app.store, sid))
    .slice(1)
    .map(({ changes }) => changes.friendlyName?.to)
  assert.equal([...recorded].sort(), [...done].sort())
  assert.is(accountOf(await read(sid)).friendly_name, recorded.at(-1))
})

test('updates of different fields at once do not undo each other', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { sid } = await createAccount(app, app.root)
    const changes = [{ FriendlyName: 'new' }, { Status: 'suspended' }, { Role: 'Developer' }]
    const replies = await Promise.all(changes.map((change) => put(app.root, sid, change)))
    assert.equal(statuses(replies), [200, 200, 200])
    const { friendly_name, status, role } = accountOf(await read(sid))
    assert.equal([friendly_name, status, role], ['new', 'suspended', 'Developer'])
  }
})

test('of changes of password at once the last one recorded is the one that counts', async () => {
  const account = await createAccount(app, app.root)
  const passwords = ['pony number 1', 'pony number 2', 'pony number 3', 'pony number 4']
  const replies = await Promise.all(
    passwords.map((Password) => put(app.root, account.sid, { Password })),
  )
  const present = accountOf(await read(account.sid)).auth_token
  const working: string[] = []
  for (const [index, reply] of replies.entries()) {
    assert.ok(reply.status === 200 || reply.status === 409)
    for (const token of [String(passwords[index]), String(JSON.parse(reply.text).auth_token)]) {
      const { status } = await send(app, { ...account, token }, 'GET', '/Accounts')
      working.push(...(status === 200 ? [`${index} ${token === present}`] : []))
    }
  }
  const winner = replies.findIndex(({ text }) => JSON.parse(text).auth_token === present)
  assert.equal(working, [`${winner} false`, `${winner} true`])
  assert.is((await send(app, account, 'GET', '/Accounts')).status, 401)
})

test('what changes while a password is being hashed is kept, and so is the password', async () => {
  const account = await createAccount(app, app.root)
  const passwords = Array.from({ length: 8 }, (_, index) => `pony number ${index}`)
  const hashing = passwords.map((Password) => put(app.root, account.sid, { Password }))
  const renaming = put(app.root, account.sid, { FriendlyName: 'meanwhile' })
  const changing = put(app.root, app.root.sid, { FriendlyName: 'above' })
  const replies = await Promise.all([...hashing, renaming, changing])
  assert.equal(statuses(replies), Array(10).fill(200))
  const { friendly_name, auth_token } = accountOf(await read(account.sid))
  assert.is(friendly_name, 'meanwhile')
  assert.ok(replies.some(({ text }) => text.includes(String(auth_token))))
})

test('a close wins over every other change that is made at once', async () => {
  for (let round = 0; round < 10; round += 1) {
    const account = await createAccount(app, app.root)
    const { sid } = account
    // The hashes take their time, so these are still at it when the close comes.
    const hashing = ['one pony', 'two ponies', 'more ponies'].map((Password) =>
      put(app.root, sid, { Password }),
    )
    const closing = put(app.root, sid, { Status: 'closed' })
    const others = [
      put(app.root, sid, { FriendlyName: 'x' }),
      put(account, sid, { FriendlyName: 'y' }),
      put(app.root, sid, { Status: 'suspended' }),
      put(app.root, sid, { Status: 'active' }),
    ]
    assert.is((await closing).status, 200)
    for (const { status, text } of await Promise.all([...hashing, ...others])) {
      assert.ok([200, 400, 401, 403].includes(status), `${status} ${text}`)
    }
    assert.is(accountOf(await read(sid)).status, 'closed')
    assert.is((await recordedOf(app.store, sid)).at(-1)?.action, 'account.close')
  }
})

test('of two closes at once one is done and the other refused', async () => {
  const { sid } = await createAccount(app, app.root)
  const replies = await atOnce(4, () => put(app.root, sid, { Status: 'closed' }))
  assert.equal(statuses(replies), [200, 400, 400, 400])
})

test('a create that races with the close of its parent leaves no living child', async () => {
  for (const upper of ['parent', 'grandparent']) {
    for (let round = 0; round < 6; round += 1) {
      const grandparent = await createAccount(app, app.root)
      const parent = await createAccount(app, grandparent)
      const closing = upper === 'parent' ? parent : grandparent
      const creates = atOnce(12, () => create(app, parent, freshEmail()))
      await delay(round)
      const close = put(app.root, closing.sid, { Status: 'closed' })
      const replies = await creates
      assert.is((await close).status, 200)
      for (const { status, text } of replies) {
        assert.ok(status === 200 || status === 403, `${status} ${text}`)
        if (status === 200) {
          const child = accountOf({ text })
          assert.is(accountOf(await read(child.sid)).status, 'closed')
          await closedBy(child.sid, closing.sid)
        }
      }
      const late = await create(app, parent, freshEmail())
      assert.is(late.status, 403)
      const [record] = await app.store.findAccounts([app.root])
      assert.is(record?.descendantsCount, await livingBelowRoot())
    }
  }
})

function atOnce(count: number, ask: (index: number) => Promise<Reply>): Promise<Reply[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => ask(index)))
}

function create(where: TestApp, parent: Login, email: string): Promise<Reply> {
  const form = { EmailAddress: email, Password: anyPassword }
  return send(where, parent, 'POST', '/Accounts.json', form)
}

function put(login: Login, sid: string, form: Parameters): Promise<Reply> {
  return send(app, login, 'PUT', `/Accounts.json/${sid}`, form)
}

function read(sid: string): Promise<Reply> {
  return send(app, app.root, 'GET', `/Accounts.json/${sid}`)
}

/** Resolves when the sweep has marked the account; throws when it is marked otherwise, or never. */
async function closedBy(sid: string, closer: string): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    const [record] = await app.store.findAccounts([{ sid }])
    if (record?.closedBy !== undefined) {
      assert.is(record.closedBy, closer)
      return
    }
    await delay(5)
  }
  throw new Error(`${sid} was not swept`)
}

async function livingBelowRoot(): Promise<number> {
  const reply = await send(app, app.root, 'GET', '/Accounts.json?DomainName=default.restcomm.com')
  const accounts: AccountJson[] = JSON.parse(reply.text)
  return accounts.filter(({ sid, status }) => sid !== app.root.sid && status !== 'closed').length
}

function accountOf({ text }: Pick<Reply, 'text'>): AccountJson {
  return JSON.parse(text)
}

function statuses(replies: readonly Reply[]): number[] {
  return replies.map(({ status }) => status).sort()
}

test.run()
