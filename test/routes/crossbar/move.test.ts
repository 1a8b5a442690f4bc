import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { AccountRecord } from '../../../db/store.ts'
import {
  type Asker,
  ask,
  codes,
  idOf,
  type Member,
  member,
  pathOf,
} from '../../support/crossbar.ts'
import { recordedOf } from '../../support/recorded.ts'
import { createAccount, send } from '../../support/restcomm.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

const byTree = {
  allowMove: 'tree',
  allowSiblingListing: true,
  ensureUniqueName: true,
  realmSuffix: 'sip.2600hz.com',
} as const

let app: TestApp
let free: TestApp
test.before(async () => {
  app = await startApp()
  free = await startApp({ config: { crossbar: byTree, maxDepth: 5 } })
})
test.after(async () => {
  await app.stop()
  await free.stop()
})

function move(on: TestApp, who: Asker, what: { readonly sid: string }, to: string) {
  return ask(on, who, 'POST', pathOf(what, '/move'), { data: { to } })
}

async function treeOf(on: TestApp, account: Member): Promise<unknown[]> {
  const { list } = await ask(on, on.root, 'GET', pathOf(account, '/tree'))
  return list.map(({ id }) => id)
}

async function recordOf(on: TestApp, sid: string): Promise<AccountRecord | undefined> {
  const [record] = await on.store.findAccounts([{ sid }])
  return record
}

test('a branch goes below another account as it is', async () => {
  const from = await member(app, app.root)
  const branch = await member(app, from, { note: 'kept' })
  const leaf = await member(app, branch)
  const to = await member(app, app.root)
  const answer = await move(app, app.root, branch, to.id)
  assert.is(answer.status, 200)
  const { data } = await ask(app, app.root, 'GET', pathOf(branch))
  assert.equal(answer.data, data)
  assert.is(data.note, 'kept')
  assert.equal(await treeOf(app, branch), [idOf(app.root.sid), to.id])
  assert.equal(await treeOf(app, leaf), [idOf(app.root.sid), to.id, branch.id])
  for (const [account, count] of [
    [from, 0],
    [to, 2],
    [branch, 1],
  ] as const) {
    assert.is((await recordOf(app, account.sid))?.descendantsCount, count)
  }
  assert.is((await ask(app, from, 'GET', pathOf(branch))).status, 403)
  assert.is((await ask(app, to, 'GET', pathOf(leaf))).status, 200)
})

test('a move names where it goes', async () => {
  const branch = await member(app, app.root)
  const path = pathOf(branch, '/move')
  assert.equal(codes(await ask(app, app.root, 'POST', path)), { to: ['required'] })
  assert.equal(codes(await ask(app, app.root, 'POST', path, { data: {} })), { to: ['required'] })
  assert.equal(codes(await ask(app, app.root, 'POST', path, { data: { to: 7 } })), { to: ['type'] })
  const unknown = await move(app, app.root, branch, '0'.repeat(32))
  assert.is(unknown.status, 404)
  assert.is(unknown.body.message, 'bad_identifier')
  assert.is(unknown.data.cause, '0'.repeat(32))
  assert.is((await ask(app, app.root, 'GET', path)).status, 405)
})

test('nothing is moved below itself, and the root not at all', async () => {
  const branch = await member(app, app.root)
  const child = await member(app, branch)
  for (const [what, to] of [
    [branch, branch.id],
    [branch, child.id],
    [app.root, branch.id],
  ] as const) {
    const refused = await move(app, app.root, what, to)
    assert.is(refused.status, 403)
    assert.is(refused.body.message, 'forbidden')
  }
  assert.equal(await treeOf(app, child), [idOf(app.root.sid), branch.id])
})

test('by the standard the root alone moves', async () => {
  const top = await member(app, app.root)
  const one = await member(app, top)
  const other = await member(app, top)
  assert.is((await move(app, top, one, other.id)).status, 403)
  assert.is((await move(app, one, one, other.id)).status, 403)
  assert.is((await move(app, app.root, one, other.id)).status, 200)
})

test('where the setting lets it, an account moves what is below it to what is below it', async () => {
  const top = await member(free, free.root)
  const one = await member(free, top)
  const other = await member(free, top)
  const stranger = await member(free, free.root)
  for (const [who, what, to] of [
    [one, one, other.id],
    [top, top, stranger.id],
    [top, one, stranger.id],
    [top, stranger, one.id],
    [top, one, top.id],
    [top, one, idOf(free.root.sid)],
    [top, one, '0'.repeat(32)],
  ] as const) {
    assert.is((await move(free, who, what, to)).status, 403)
  }
  assert.is((await move(free, top, one, other.id)).status, 200)
  assert.equal(await treeOf(free, one), [idOf(free.root.sid), top.id, other.id])
})

test('a move that would make the tree too deep is refused', async () => {
  const tall = await member(free, free.root)
  const middle = await member(free, tall)
  await member(free, middle)
  const a = await member(free, free.root)
  const b = await member(free, a)
  const refused = await move(free, free.root, tall, b.id)
  assert.is(refused.status, 400)
  assert.equal(codes(refused), { tree: ['maximum'] })
  assert.is((await move(free, free.root, tall, a.id)).status, 200)
})

test('a create that would make the tree too deep is refused alike', async () => {
  let last: Member | undefined
  for (let level = 2; level <= 5; level += 1) {
    last = await member(free, last ?? free.root)
  }
  const path = pathOf(last ?? free.root)
  const answer = await ask(free, free.root, 'PUT', path, { data: { name: 'Sixth level' } })
  assert.is(answer.status, 400)
  assert.equal(codes(answer), { tree: ['maximum'] })
})

test('the reseller is that of the new place, for everything that was moved', async () => {
  const reseller = await member(app, app.root)
  await ask(app, app.root, 'PUT', pathOf(reseller, '/reseller'))
  const branch = await member(app, app.root)
  const leaf = await member(app, branch)
  const resellerOf = async (account: Member) =>
    (await ask(app, app.root, 'GET', pathOf(account))).data.reseller_id
  assert.is((await move(app, app.root, branch, reseller.id)).data.reseller_id, reseller.id)
  assert.is(await resellerOf(leaf), reseller.id)
  await move(app, app.root, branch, idOf(app.root.sid))
  assert.is(await resellerOf(branch), idOf(app.root.sid))
  assert.is(await resellerOf(leaf), idOf(app.root.sid))
})

test('a branch goes into the organization of its new place', async () => {
  await send(app, app.root, 'PUT', '/Organizations.json/north.example.com')
  const north = await createAccount(app, app.root)
  const migrated = await send(app, app.root, 'POST', `/Accounts.json/migrate/${north.sid}`, {
    Organization: 'north.example.com',
  })
  assert.is(migrated.status, 200)
  const branch = await member(app, app.root)
  const leaf = await member(app, branch)
  await move(app, app.root, branch, idOf(north.sid))
  const wanted = (await recordOf(app, north.sid))?.organizationSid
  assert.type(wanted, 'string')
  for (const { sid } of [branch, leaf]) {
    assert.is((await recordOf(app, sid))?.organizationSid, wanted)
  }
})

test('two moves that would make a ring leave a tree', async () => {
  for (let turn = 0; turn < 10; turn += 1) {
    const one = await member(app, app.root)
    const other = await member(app, app.root)
    const answers = await Promise.all([
      move(app, app.root, one, other.id),
      move(app, app.root, other, one.id),
    ])
    assert.equal(answers.map(({ status }) => status).sort(), [200, 403])
    const first = answers[0]?.status === 200
    const [upper, lower] = first ? [other, one] : [one, other]
    assert.equal(await treeOf(app, lower), [idOf(app.root.sid), upper.id])
    assert.is((await recordOf(app, upper.sid))?.descendantsCount, 1)
  }
})

test('moves and creates at the same time lose no account from the counts', async () => {
  const from = await member(app, app.root)
  const to = await member(app, app.root)
  const branches = await Promise.all(Array.from({ length: 6 }, () => member(app, from)))
  await Promise.all(
    branches.flatMap((branch) => [move(app, app.root, branch, to.id), member(app, branch)]),
  )
  assert.is((await recordOf(app, from.sid))?.descendantsCount, 0)
  assert.is((await recordOf(app, to.sid))?.descendantsCount, 12)
})

test('nothing is moved below an account that is gone', async () => {
  const branch = await member(app, app.root)
  const gone = await member(app, app.root)
  await ask(app, app.root, 'DELETE', pathOf(gone))
  const refused = await move(app, app.root, branch, gone.id)
  assert.is(refused.status, 404)
  assert.is(refused.data.cause, gone.id)
  assert.is((await move(app, app.root, gone, branch.id)).status, 404)
})

test('of a branch that is moved and deleted at once the counts stay right', async () => {
  for (let turn = 0; turn < 10; turn += 1) {
    const from = await member(app, app.root)
    const to = await member(app, app.root)
    const branch = await member(app, from)
    const [moved, removed] = await Promise.all([
      move(app, app.root, branch, to.id),
      ask(app, app.root, 'DELETE', pathOf(branch)),
    ])
    assert.ok(moved.status === 200 || moved.status === 404, moved.text)
    assert.ok(removed.status === 200 || removed.status === 409, removed.text)
    const isKept = removed.status === 409
    assert.is((await recordOf(app, from.sid))?.descendantsCount, 0)
    assert.is((await recordOf(app, to.sid))?.descendantsCount, isKept ? 1 : 0)
  }
})

test('a move is written down with both ends', async () => {
  const branch = await member(app, app.root)
  const to = await member(app, app.root)
  await move(app, app.root, branch, to.id)
  const entry = (await recordedOf(app.store, branch.sid)).at(-1)
  assert.is(entry?.action, 'account.move')
  assert.is(entry?.dialect, 'crossbar')
  assert.equal(entry?.changes, { parentSid: { from: app.root.sid, to: to.sid } })
})

test.run()
