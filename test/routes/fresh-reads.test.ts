import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createAccount, send } from '../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../support/start-app.ts'

const readers = 8
const changes = 60

// Rows that were read are kept until something is written. Whoever asks on a connection that has been
// open all along must see what was answered to another one before.

test('a read that begins behind the answer to a change sees it, while changes race with reads', async () => {
  const app = await startApp()
  const parent = await createAccount(app, app.root, { Role: 'Administrator' })
  const child = await createAccount(app, parent)
  let answered = 0
  await raced(
    async () => {
      for (let change = 1; change <= changes; change += 1) {
        const form = { FriendlyName: `Name ${change}` }
        assert.is((await send(app, parent, 'POST', `/Accounts/${child.sid}`, form)).status, 200)
        answered = change
      }
    },
    async () => {
      const atLeast = answered
      const [byParent, bySelf] = await Promise.all([
        nameOf(app, parent, child.sid),
        nameOf(app, child, child.email),
      ])
      assert.ok(byParent >= atLeast && bySelf >= atLeast, `${byParent}, ${bySelf} of ${atLeast}`)
    },
  )
  assert.is(await nameOf(app, parent, child.sid), changes)
  await app.stop()
})

test('so does one whose branch was suspended, given back or closed far above it', async () => {
  const app = await startApp()
  const top = await createAccount(app, app.root, { Role: 'Administrator' })
  const middle = await createAccount(app, top, { Role: 'Administrator' })
  const leaf = await createAccount(app, middle)
  let standing: { readonly isActive: boolean; readonly since: number } | undefined
  let count = 0
  const become = async (status: string) => {
    standing = undefined
    assert.is(
      (await send(app, app.root, 'POST', `/Accounts/${top.sid}`, { Status: status })).status,
      200,
    )
    count += 1
    standing = { isActive: status === 'active', since: count }
  }
  await raced(
    async () => {
      for (let change = 0; change < changes; change += 1) {
        await become(change % 2 === 0 ? 'suspended' : 'active')
      }
      await become('closed')
    },
    async () => {
      const before = standing
      const { status } = await send(app, leaf, 'GET', `/Accounts/${leaf.sid}`)
      // Where nothing was begun meanwhile there is one right answer.
      if (before !== undefined && before === standing) {
        assert.is(status, before.isActive ? 200 : 403, `behind change ${before.since}`)
      }
    },
  )
  assert.is((await send(app, leaf, 'GET', `/Accounts/${leaf.sid}`)).status, 403)
  await app.stop()
})

test('a change that another program makes in the file is seen after a millisecond', async () => {
  const app = await startApp()
  const child = await createAccount(app, app.root)
  assert.is((await send(app, app.root, 'GET', `/Accounts/${child.sid}`)).status, 200)
  const database = new Database(join(app.folder, 'strowger.db'))
  for (const change of [1, 2, 3]) {
    database
      .prepare('UPDATE accounts SET friendly_name = ? WHERE sid = ?')
      .run(`Name ${change}`, child.sid)
    await pause(2)
    assert.is(await nameOf(app, app.root, child.sid), change)
  }
  database.close()
  await app.stop()
})

/** Some readers go round and round until the writer is done. */
async function raced(write: () => Promise<void>, read: () => Promise<void>): Promise<void> {
  let isOver = false
  const reading = Array.from({ length: readers }, async () => {
    while (!isOver) {
      await read()
    }
  })
  const writing = write().finally(() => {
    isOver = true
  })
  await Promise.all([writing, ...reading])
}

/** The number in the name of an account, which begins without one. */
async function nameOf(app: TestApp, login: Login, id: string): Promise<number> {
  const reply = await send(app, login, 'GET', `/Accounts.json/${id}`)
  assert.is(reply.status, 200)
  return Number(/"friendly_name": "Name (\d+)"/.exec(reply.text)?.[1] ?? 0)
}

test.run()
