import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, freshName, idOf, type Member, member, pathOf } from '../../support/crossbar.ts'
import { createAccount } from '../../support/restcomm.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

type Someone = { readonly sid: string; readonly token: string }

/** Everything that can be asked of one account; the two that undo what was done come last. */
const actions: readonly (readonly [method: string, rest: string])[] = [
  ['GET', ''],
  ['GET', '/parents'],
  ['GET', '/tree'],
  ['GET', '/children'],
  ['GET', '/descendants'],
  ['GET', '/siblings'],
  ['GET', '/api_key'],
  ['PATCH', ''],
  ['POST', ''],
  ['PUT', ''],
  ['PUT', '/reseller'],
  ['DELETE', '/reseller'],
  ['POST', '/move'],
]

async function statuses(who: Someone, target: Someone, to: string): Promise<readonly number[]> {
  const answers: number[] = []
  for (const [method, rest] of actions) {
    const data = method === 'GET' ? undefined : { name: freshName(), to }
    const { status } = await ask(app, who, method, pathOf(target, rest), { data })
    answers.push(status)
  }
  return answers
}

/** Top above parent above target, and a place to move to. */
async function family() {
  const top = await member(app, app.root)
  const parent = await member(app, top)
  const target = await member(app, parent)
  const sibling = await member(app, parent)
  const stranger = await member(app, app.root)
  const below = await member(app, target)
  return { top, parent, target, sibling, stranger, below }
}

const reads = Array(7).fill(200)
const writes = [200, 200, 201]
/** Those beside an account are nobody's own. */
const ownReads = reads.with(5, 403)

test('an account reads and changes itself, and makes accounts below', async () => {
  const { target, sibling } = await family()
  const expected = [...reads, ...writes, 403, 403, 403]
  assert.equal(await statuses(target, target, sibling.id), expected)
})

test('an account above, at any distance, does the same', async () => {
  const { top, parent, target, sibling } = await family()
  for (const who of [parent, top]) {
    assert.equal(await statuses(who, target, sibling.id), [...reads, ...writes, 403, 403, 403])
  }
})

test('the root does everything', async () => {
  const { target, sibling } = await family()
  const expected = [...reads, ...writes, 201, 200, 200]
  assert.equal(await statuses(app.root, target, sibling.id), expected)
})

test('anybody else is refused everything, and is not told whether the account exists', async () => {
  const { top, parent, target, sibling, stranger, below } = await family()
  const refused = Array(actions.length).fill(403)
  const nobody = { sid: `AC${'0'.repeat(32)}` }
  for (const [who, what] of [
    [sibling, target],
    [stranger, target],
    [below, target],
    [target, parent],
    [target, top],
    [target, app.root],
    [target, { ...nobody, token: '' }],
  ] as const) {
    assert.equal(await statuses(who, what, stranger.id), refused)
  }
  const real = await ask(app, stranger, 'GET', pathOf(target))
  const unreal = await ask(app, stranger, 'GET', pathOf(nobody))
  assert.equal({ ...real.body, request_id: '' }, { ...unreal.body, request_id: '' })
})

test('nobody else deletes an account, and nobody the root', async () => {
  const { parent, sibling, stranger, below, target } = await family()
  for (const who of [sibling, stranger, below]) {
    assert.is((await ask(app, who, 'DELETE', pathOf(target))).status, 403)
  }
  assert.is((await ask(app, target, 'DELETE', pathOf(app.root))).status, 403)
  assert.is((await ask(app, app.root, 'DELETE', pathOf(app.root))).status, 405)
  assert.is((await ask(app, parent, 'DELETE', pathOf(target))).status, 409)
  assert.is((await ask(app, below, 'DELETE', pathOf(below))).status, 200)
  assert.is((await ask(app, parent, 'DELETE', pathOf(target))).status, 200)
})

test('an account that is gone is 404 to those above it, and 403 to anyone else', async () => {
  const { top, parent, sibling, stranger, below } = await family()
  await ask(app, app.root, 'DELETE', pathOf(below))
  for (const [who, status] of [
    [app.root, 404],
    [top, 404],
    [parent, 404],
    [sibling, 403],
    [stranger, 403],
  ] as const) {
    assert.is((await ask(app, who, 'GET', pathOf(below))).status, status)
  }
  assert.is((await ask(app, app.root, 'GET', `/accounts/${'0'.repeat(32)}`)).status, 404)
  assert.is((await ask(app, top, 'GET', `/accounts/${'0'.repeat(32)}`)).status, 403)
})

test('any other role than Administrator acts on its own account only', async () => {
  const expected: Readonly<Record<string, readonly number[]>> = {
    Developer: [...ownReads, ...writes, 403, 403, 403],
    User: [...ownReads.slice(0, 6), ...Array(7).fill(403)],
    Guest: Array(13).fill(403),
  }
  for (const [role, own] of Object.entries(expected)) {
    const account = await createAccount(app, app.root, { Role: role, Status: 'active' })
    const { data } = await ask(app, app.root, 'GET', pathOf(account, '/api_key'))
    const who = { sid: account.sid, token: String(data.api_key) }
    const child = await below(account.sid)
    assert.equal(await statuses(who, who, child.id), own, role)
    assert.equal(await statuses(who, child, idOf(account.sid)), Array(13).fill(403), role)
  }
})

/** An account below another, made by the root. */
async function below(sid: string): Promise<Member> {
  const data = { name: freshName() }
  const made = await ask(app, app.root, 'PUT', pathOf({ sid }), { data })
  const id = String(made.data.id)
  return { id, sid: `AC${id}`, token: '', document: made.data }
}

test('a route of nobody’s own asks who comes all the same', async () => {
  for (const [method, path] of [
    ['PUT', '/accounts'],
    ['GET', '/token_auth'],
    ['GET', `/accounts/${idOf(app.root.sid)}`],
  ] as const) {
    assert.is((await ask(app, undefined, method, path)).status, 401)
  }
  assert.is((await ask(app, undefined, 'GET', '/schemas/accounts')).status, 200)
})

test.run()
