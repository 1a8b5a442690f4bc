import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Answer, ask, type Member, member, pathOf } from '../../support/crossbar.ts'
import { recordedOf } from '../../support/recorded.ts'
import { send } from '../../support/restcomm.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'
import { callflowsOf, freshNumber, madeCallflow } from '../../support/stored-callflows.ts'
import { createKey } from '../../support/twilio.ts'

let now = Date.UTC(2026, 10, 21)
let app: TestApp
test.before(async () => {
  app = await startApp({ now: () => now })
})
test.after(() => app.stop())

function requests(owner: Member, id: string): readonly (readonly [string, string])[] {
  const [all, one] = [callflowsOf(owner), callflowsOf(owner, id)]
  return [
    ['GET', all],
    ['PUT', all],
    ['GET', one],
    ['POST', one],
    ['PATCH', one],
    ['DELETE', one],
  ]
}

/** The answers to all that can be asked of an account's callflows. */
async function answers(owner: Member, id: string, asker = app.root): Promise<readonly Answer[]> {
  const all: Answer[] = []
  for (const [method, path] of requests(owner, id)) {
    const data = method === 'GET' ? undefined : { numbers: [freshNumber()] }
    all.push(await ask(app, asker, method, path, { data }))
  }
  return all
}

test('the callflows of an account that is not there are unknown to the root', async () => {
  const nobody = { id: '0'.repeat(32), sid: `AC${'0'.repeat(32)}`, token: '', document: {} }
  for (const answer of await answers(nobody, '1'.repeat(32))) {
    assert.is(answer.status, 404)
    assert.is(answer.data.cause, nobody.id)
  }
})

test('the callflows of a closed account are gone with it', async () => {
  const owner = await member(app, app.root)
  const { id } = await madeCallflow(app, owner)
  assert.is((await ask(app, app.root, 'DELETE', pathOf(owner))).status, 200)
  for (const answer of await answers(owner, id)) {
    assert.is(answer.status, 404)
    assert.is(answer.body.message, 'bad_identifier')
    assert.is(answer.data.cause, owner.id)
  }
  assert.is((await ask(app, owner, 'GET', callflowsOf(owner))).status, 401)
})

test('so are those of every account below one that was closed', async () => {
  const top = await member(app, app.root)
  const middle = await member(app, top)
  const bottom = await member(app, middle)
  const { id } = await madeCallflow(app, bottom)
  const closing = await send(app, app.root, 'POST', `/Accounts/${top.sid}`, { Status: 'closed' })
  assert.is(closing.status, 200)
  for (const answer of await answers(bottom, id)) {
    assert.is(answer.status, 404)
    assert.is(answer.data.cause, bottom.id)
  }
})

test('the callflows of a suspended account are there for those above it', async () => {
  const owner = await member(app, app.root)
  const { id } = await madeCallflow(app, owner)
  await ask(app, app.root, 'PATCH', pathOf(owner), { data: { enabled: false } })
  const statuses = (await answers(owner, id)).map(({ status }) => status)
  assert.equal(statuses, [200, 201, 200, 200, 200, 200])
  assert.is((await ask(app, owner, 'GET', callflowsOf(owner))).status, 401)
})

test('callflows go with their account to another place, and stay its own', async () => {
  const [from, to] = [await member(app, app.root), await member(app, app.root)]
  const owner = await member(app, from)
  const before = await madeCallflow(app, owner)
  const moved = await ask(app, app.root, 'POST', pathOf(owner, '/move'), { data: { to: to.id } })
  assert.is(moved.status, 200)
  const path = callflowsOf(owner, before.id)
  assert.equal((await ask(app, to, 'GET', path)).data, before)
  assert.is((await ask(app, from, 'GET', path)).status, 403)
})

test('callflows are there after a new start', async () => {
  const own = await startApp()
  const before = await madeCallflow(own, own.root, { name: 'Kept', patterns: ['^kept$'] })
  const again = await own.restart()
  const read = await ask(again, again.root, 'GET', callflowsOf(again.root, before.id))
  assert.equal(read.data, before)
  const data = { numbers: before.numbers }
  assert.is((await ask(again, again.root, 'PUT', callflowsOf(again.root), { data })).status, 400)
  await again.stop()
})

test('every change is written down with what it changed, who did it and by which key', async () => {
  const owner = await member(app, app.root)
  const key = await createKey(app, owner, { Scope: 'write', Reach: 'self' })
  const numbers = [freshNumber()]
  now += 1000
  const made = await madeCallflow(app, owner, { numbers, name: 'A' })
  const path = callflowsOf(owner, made.id)
  const patch = { data: { name: 'B' }, headers: { 'X-Request-ID': 'patching' } }
  assert.is((await ask(app, app.root, 'PATCH', path, patch)).status, 200)
  assert.is((await ask(app, key, 'POST', path, { data: { numbers } })).status, 200)
  assert.is((await ask(app, owner, 'DELETE', path)).status, 200)
  const document = (more: object) => JSON.stringify({ numbers, ...more, patterns: [] })
  const [create, change, replace, remove, ...more] = await recordedOf(app.store, `CF${made.id}`)
  assert.equal(more, [])
  assert.is(create?.action, 'callflow.create')
  assert.is(create?.actorSid, owner.sid)
  assert.is(create?.at, now)
  assert.equal(create?.changes, { document: { to: document({ name: 'A' }) } })
  assert.is(change?.action, 'callflow.change')
  assert.is(change?.actorSid, app.root.sid)
  assert.is(change?.requestId, 'patching')
  assert.is(change?.dialect, 'crossbar')
  assert.equal(change?.changes, {
    document: { from: document({ name: 'A' }), to: document({ name: 'B' }) },
  })
  assert.is(replace?.actorSid, owner.sid)
  assert.is(replace?.actorKeySid, key.sid)
  assert.equal(replace?.changes, {
    document: { from: document({ name: 'B' }), to: document({}) },
  })
  assert.is(remove?.action, 'callflow.remove')
  assert.equal(remove?.changes, {})
})

test('nothing is written down of what was refused', async () => {
  const owner = await member(app, app.root)
  const stranger = await member(app, app.root)
  const { id, numbers } = await madeCallflow(app, owner)
  const other = await madeCallflow(app, owner)
  const [path, past] = [callflowsOf(owner, id), { 'If-Match': '"1-x"' }]
  for (const [who, method, data, headers, status] of [
    [owner, 'PATCH', { numbers: [] }, {}, 400],
    [owner, 'PATCH', { numbers: other.numbers }, {}, 400],
    [owner, 'POST', { numbers }, past, 412],
    [owner, 'DELETE', {}, past, 412],
    [stranger, 'DELETE', {}, {}, 403],
    [stranger, 'PATCH', { name: 'x' }, {}, 403],
  ] as const) {
    assert.is((await ask(app, who, method, path, { data, headers })).status, status)
  }
  assert.is((await recordedOf(app.store, `CF${id}`)).length, 1)
})

test('what a callflow holds is in no log', async () => {
  const owner = await member(app, app.root)
  const secret = 'a PIN that nobody else may know'
  const flow = { module: 'disa', data: { pin: secret } }
  const { id } = await madeCallflow(app, owner, { flow })
  const path = callflowsOf(owner, id)
  await ask(app, owner, 'PATCH', path, {
    data: { name: secret, flow: { module: secret.repeat(9) } },
  })
  await ask(app, owner, 'POST', path, { data: { numbers: [secret.repeat(9)] } })
  assert.not.ok(app.log().includes(secret))
})

test.run()
