import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { idOf } from '../support/crossbar.ts'
import { openPipeline } from '../support/pipeline.ts'
import { changesOfRace, type Race, type Read, race } from '../support/race.ts'
import type { RawReply } from '../support/raw-reply.ts'
import { createAccount, send } from '../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../support/start-app.ts'

// Rows that were read, and tokens that were right, are kept until something is written. Whoever asks
// behind the answer to a change must see it, be it in the same turn of the server.

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

const manager = { Role: 'Administrator' }
const firstName = { FriendlyName: 'Name 0' }

/** What an answer of each dialect tells. */
type Told = readonly [restcomm: string, twilio: string, crossbar: string]

const found: Told = ['Name 0', 'Name 0', 'Name 0']
const unknown: Told = ['401', '401', '401']
const inactive: Told = ['403', '403', '401']
const forbidden: Told = ['403', '403', '403']
const foreign: Told = ['403', '404', '403']

/** An account in each of the dialects, by SIDs and by e-mails. */
function readsOf(of: Login, by: Login, after: (changes: number) => Told): readonly Read[] {
  const byEmail = { ...by, sid: by.email }
  return [
    { by, path: `/2012-04-24/Accounts.json/${of.sid}`, after: (changes) => after(changes)[0] },
    {
      by: byEmail,
      path: `/2012-04-24/Accounts.json/${of.email}`,
      after: (changes) => after(changes)[0],
    },
    { by, path: `/2010-04-01/Accounts/${of.sid}.json`, after: (changes) => after(changes)[1] },
    { by, path: `/v2/accounts/${idOf(of.sid)}`, after: (changes) => after(changes)[2] },
  ]
}

/** The name, or why there is none. */
function nameIn({ status, text }: RawReply): string {
  return status === 200 ? (/"Name \d+"/.exec(text)?.[0].slice(1, -1) ?? text) : String(status)
}

/** A change by the root, in the dialect of Restcomm. */
function changeOf({ sid }: Login, form: Readonly<Record<string, string>>) {
  return { by: app.root, method: 'POST', path: `/2012-04-24/Accounts/${sid}`, form }
}

async function renamed(): Promise<Race> {
  const parent = await createAccount(app, app.root, manager)
  const child = await createAccount(app, parent, firstName)
  const after = (changes: number): Told => {
    const name = `Name ${changes}`
    return [name, name, name]
  }
  return {
    change: (number) => changeOf(child, { FriendlyName: `Name ${number}` }),
    reads: () => [...readsOf(child, parent, after), ...readsOf(child, child, after)],
    tells: nameIn,
  }
}

async function suspendedAbove(): Promise<Race> {
  const top = await createAccount(app, app.root, manager)
  const leaf = await createAccount(app, await createAccount(app, top, manager), firstName)
  const standing = (changes: number) => {
    const below = changes === changesOfRace ? 'closed' : 'suspended'
    return changes % 2 === 0 ? 'active' : below
  }
  return {
    change: (number) => changeOf(top, { Status: standing(number) }),
    reads: () =>
      readsOf(leaf, leaf, (changes) => (standing(changes) === 'active' ? found : inactive)),
    tells: nameIn,
  }
}

async function renewedToken(): Promise<Race> {
  const child = await createAccount(app, app.root, firstName)
  const tokens = [child.token]
  const by = (token: number) =>
    readsOf(child, { ...child, token: tokens[token] ?? '' }, (changes) =>
      token === changes ? found : unknown,
    )
  return {
    change: () => ({
      by: app.root,
      method: 'PUT',
      path: `/v2/accounts/${idOf(child.sid)}/api_key`,
    }),
    heard: ({ text }) => tokens.push(JSON.parse(text).data.api_key),
    // Another one's read comes first, so that the account is kept as it is now.
    reads: () => [
      ...readsOf(child, app.root, () => found),
      ...by(Math.max(tokens.length - 2, 0)),
      ...by(tokens.length - 1),
    ],
    tells: nameIn,
  }
}

async function loweredRole(): Promise<Race> {
  const child = await createAccount(app, app.root, { ...manager, ...firstName })
  const role = (changes: number) => (changes % 2 === 0 ? 'Administrator' : 'Guest')
  return {
    change: (number) => changeOf(child, { Role: role(number) }),
    reads: () =>
      readsOf(child, child, (changes) => (role(changes) === 'Guest' ? forbidden : found)),
    tells: nameIn,
  }
}

async function moved(): Promise<Race> {
  const homes = [
    await createAccount(app, app.root, manager),
    await createAccount(app, app.root, manager),
  ] as const
  const child = await createAccount(app, homes[0], firstName)
  const home = (changes: number) => homes[changes % 2 === 0 ? 0 : 1]
  return {
    change: (number) => ({
      by: app.root,
      method: 'POST',
      path: `/v2/accounts/${idOf(child.sid)}/move`,
      data: { to: idOf(home(number).sid) },
    }),
    reads: () =>
      homes.flatMap((by) =>
        readsOf(child, by, (changes) => (home(changes) === by ? found : foreign)),
      ),
    tells: nameIn,
  }
}

async function multiplied(): Promise<Race> {
  const parent = await createAccount(app, app.root, manager)
  const child = await createAccount(app, parent, manager)
  const path = `/v2/accounts/${idOf(parent.sid)}/children`
  return {
    change: (number) => ({
      by: child,
      method: 'PUT',
      path: `/v2/accounts/${idOf(child.sid)}`,
      data: { name: `Child ${number}` },
    }),
    reads: () => [parent, app.root].map((by) => ({ by, path, after: String })),
    tells: ({ text }) => /"descendants_count": ?(\d+)/.exec(text)?.[1] ?? text,
  }
}

const races: readonly (readonly [what: string, prepare: () => Promise<Race>])[] = [
  ['a name', renamed],
  ['a status far above', suspendedAbove],
  ['a token', renewedToken],
  ['a role', loweredRole],
  ['a place in the tree', moved],
  ['how many are below', multiplied],
]

for (const [what, prepare] of races) {
  test(`a read that begins behind the answer to a change sees ${what} as it is now`, async () => {
    await race(app, await prepare())
  })
}

test('changes that go out in one write are all made, and none undoes another', async () => {
  const child = await createAccount(app, app.root, firstName)
  const line = openPipeline(app)
  const read = { by: app.root, path: `/v2/accounts/${idOf(child.sid)}` }
  for (let number = 1; number <= changesOfRace; number += 1) {
    const replies = await Promise.all([
      line.ask({ ...read, method: 'PATCH', data: { note: number } }),
      line.ask(changeOf(child, { FriendlyName: `Name ${number}` })),
      line.ask(read),
    ])
    assert.equal(
      replies.map(({ status }) => status),
      [200, 200, 200],
    )
    const { name, note } = JSON.parse((await line.ask(read)).text).data
    assert.equal([name, note], [`Name ${number}`, number])
  }
  line.close()
})

test('a change that another program makes in the file is seen after ten milliseconds', async () => {
  const child = await createAccount(app, app.root)
  const path = `/Accounts.json/${child.sid}`
  assert.is((await send(app, app.root, 'GET', path)).status, 200)
  const database = new Database(join(app.folder, 'strowger.db'))
  for (const change of [1, 2, 3]) {
    database
      .prepare('UPDATE accounts SET friendly_name = ? WHERE sid = ?')
      .run(`Name ${change}`, child.sid)
    await pause(11)
    assert.match((await send(app, app.root, 'GET', path)).text, `"Name ${change}"`)
  }
  database.close()
})

test.run()
