import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Answer,
  ask,
  codes,
  type Document,
  idOf,
  type Member,
  member,
  pathOf,
} from '../../support/crossbar.ts'
import { accountNow, auditOn, newCallflow } from '../../support/records.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'
import {
  type Callflow,
  callflowsOf,
  freshNumber,
  madeCallflow,
} from '../../support/stored-callflows.ts'

let app: TestApp
let owner: Member
test.before(async () => {
  app = await startApp()
  owner = await member(app, app.root)
})
test.after(() => app.stop())

function made(document: Document = {}): Promise<Callflow> {
  return madeCallflow(app, owner, document)
}

function to(id: string, method: string, data?: Document, headers = {}): Promise<Answer> {
  return ask(app, owner, method, callflowsOf(owner, id), { data, headers })
}

function assertUnknown(answer: Answer, cause: unknown): void {
  assert.is(answer.status, 404, answer.text)
  assert.is(answer.body.message, 'bad_identifier')
  assert.is(answer.data.cause, cause)
}

/** So many that other requests pass between what a change reads and what it writes. */
function manyPatterns(): readonly string[] {
  const first = freshNumber()
  return Array.from({ length: 25 }, (_, index) => `^${first}${index}$`)
}

const every = ['GET', 'POST', 'PATCH', 'DELETE'] as const

test('a replacement leaves nothing of the old document', async () => {
  const { id } = await made({
    name: 'Old',
    patterns: ['^old$'],
    flow: { module: 'old', data: {}, children: { _: { module: 'old', data: {} } } },
    metaflow: { listen_on: 'self' },
    any: { old: true },
  })
  const data = { numbers: [freshNumber()], any: { new: 1 } }
  const answer = await to(id, 'POST', data)
  assert.is(answer.status, 200)
  assert.equal(answer.data, { id, ...data, patterns: [], metadata: {} })
  assert.equal((await to(id, 'GET')).data, answer.data)
})

test('a patch merges objects key by key, and replaces everything else', async () => {
  const before = await made({
    name: 'Old',
    flags: ['a', 'b'],
    flow: {
      module: 'menu',
      data: { a: 1, b: { c: 2 } },
      children: { '1': { module: 'x', data: {} } },
    },
  })
  const patch = {
    flags: ['c'],
    name: 'New',
    flow: { data: { b: { d: 3 } }, children: { '2': { module: 'y', data: { z: [] } } } },
  }
  const answer = await to(before.id, 'PATCH', patch)
  assert.equal(answer.data, {
    ...before,
    name: 'New',
    flags: ['c'],
    flow: {
      module: 'menu',
      data: { a: 1, b: { c: 2, d: 3 } },
      children: { '1': { module: 'x', data: {} }, '2': { module: 'y', data: { z: [] } } },
    },
  })
  assert.equal((await to(before.id, 'GET')).data, answer.data)
})

test('null in a patch takes a key away at any depth, and the result is checked as a whole', async () => {
  const children = { '1': { module: 'x', data: {} }, '2': { module: 'y', data: { a: 1, b: 2 } } }
  const flow = { module: 'menu', data: {}, children }
  const before = await made({ name: 'N', any: 1, flow })
  const gone = { any: null, never: null, flow: { children: { '1': null } } }
  const answer = await to(before.id, 'PATCH', gone)
  const { any: _any, ...rest } = before
  const left = { ...flow, children: { '2': children['2'] } }
  assert.equal(answer.data, { ...rest, flow: left })
  const broken = { name: 'X', flow: { children: { '2': { data: null } } } }
  const refused = await to(before.id, 'PATCH', broken)
  assert.equal(codes(refused), { 'flow.children.2.data': ['required'] })
  assert.equal((await to(before.id, 'GET')).data, answer.data)
})

test('a patch without a body changes nothing', async () => {
  const before = await made({ name: 'N' })
  const answer = await to(before.id, 'PATCH')
  assert.is(answer.status, 200)
  assert.equal(answer.data, before)
})

test('a patch cannot touch what is the server’s', async () => {
  const before = await made({ name: 'N' })
  const patch = { id: 'x', metadata: { a: 1 }, _rev: 'x', pvt_deleted: true, pvt_account_id: 'x' }
  assert.equal((await to(before.id, 'PATCH', patch)).data, before)
})

test('what is deleted is answered as it was, and gone', async () => {
  const before = await made({ name: 'N', flow: { module: 'x', data: {} } })
  const { id } = before
  const answer = await to(id, 'DELETE', {})
  assert.is(answer.status, 200)
  assert.equal(answer.data, before)
  for (const method of every) {
    assertUnknown(await to(id, method, method === 'GET' ? undefined : before), id)
  }
  const { list } = await ask(app, owner, 'GET', `${callflowsOf(owner)}?paginate=false`)
  assert.not.ok(list.some((item) => item.id === id))
  const again = await made({ numbers: before.numbers })
  assert.is.not(again.id, id)
})

test('an id that no callflow of the account has is unknown, whatever else has it', async () => {
  const child = await member(app, owner)
  const foreign = await madeCallflow(app, child)
  const ids = ['0'.repeat(32), 'x', foreign.id, owner.id, child.id, idOf(app.root.sid)]
  for (const id of [...ids, '__proto__', 'A'.repeat(32)]) {
    for (const method of every) {
      const data = method === 'GET' ? undefined : { numbers: [freshNumber()] }
      assertUnknown(await to(id, method, data), id)
    }
  }
  const path = callflowsOf(child, foreign.id)
  assert.equal((await ask(app, owner, 'GET', path)).data, foreign)
})

test('a callflow with the id of an account harms neither', async () => {
  const { lineage } = await accountNow(app.store, owner.sid)
  const numbers = [freshNumber()]
  const document = { name: 'Namesake', numbers, patterns: [] }
  const draft = newCallflow(owner, { id: owner.id, document, numbers })
  const planted = await app.store.insertCallflow(draft, lineage, auditOn(draft.id))
  assert.is(planted.outcome, 'stored')
  const account = (await ask(app, owner, 'GET', pathOf(owner))).data
  assert.is(account.realm, owner.document.realm)
  assert.is((await to(owner.id, 'GET')).data.name, 'Namesake')
  const named = await made({ flow: { module: 'callflow', data: { id: owner.id } } })
  assert.equal(Object.keys(Object(named.metadata)), [owner.id])
  assert.is((await to(owner.id, 'PATCH', { name: 'Other' })).data.name, 'Other')
  assert.is((await to(owner.id, 'DELETE')).status, 200)
  assert.equal((await ask(app, owner, 'GET', pathOf(owner))).data, account)
  assertUnknown(await to(owner.id, 'GET'), owner.id)
})

test('with If-Match, only what the client has seen is written over', async () => {
  for (const method of ['POST', 'PATCH', 'DELETE'] as const) {
    const { id, numbers } = await made()
    const old = (await to(id, 'GET')).headers.get('etag') ?? ''
    const changed = await to(id, 'PATCH', { name: 'changed' })
    for (const tag of [old, '"1-x"', 'x']) {
      const answer = await to(id, method, { numbers }, { 'If-Match': tag })
      assert.is(answer.status, 412, `${method} ${tag}`)
      assert.is(answer.body.message, 'precondition_failed')
    }
    assert.equal((await to(id, 'GET')).data, changed.data)
    const current = changed.headers.get('etag') ?? ''
    const match = { 'If-Match': `"1-x", ${current}` }
    assert.is((await to(id, method, { numbers }, match)).status, 200, method)
  }
  const { id } = await made()
  assert.is((await to(id, 'PATCH', {}, { 'If-Match': '*' })).status, 200)
})

test('of changes of what all have seen, one is written and the others are told', async () => {
  for (const method of ['POST', 'PATCH', 'DELETE'] as const) {
    const patterns = manyPatterns()
    const { id, numbers } = await made({ patterns })
    const seen = { 'If-Match': (await to(id, 'GET')).headers.get('etag') ?? '' }
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        to(id, method, { numbers, patterns, [`k${index}`]: 1 }, seen),
      ),
    )
    const statuses = answers.map(({ status }) => status).sort()
    const late = method === 'DELETE' ? 404 : 412
    assert.equal(statuses, [200, ...Array(11).fill(late)], method)
  }
})

test('what the client has already is not sent again', async () => {
  const { id } = await made()
  for (const path of [callflowsOf(owner), callflowsOf(owner, id)]) {
    const first = await ask(app, owner, 'GET', path)
    assert.is(first.headers.get('etag'), `"${first.body.revision}"`)
    const known = { headers: { 'If-None-Match': first.headers.get('etag') ?? '' } }
    const again = await ask(app, owner, 'GET', path, known)
    assert.is(again.status, 304)
    assert.is(again.text, '')
    await to(id, 'PATCH', { name: `${path} changed` })
    assert.is((await ask(app, owner, 'GET', path, known)).status, 200)
  }
})

test('every write has another revision, and a read has the last one', async () => {
  const { id, numbers } = await made()
  const revisions = [(await to(id, 'GET')).body.revision]
  for (const data of [{ name: 'a' }, { name: 'b' }, { name: 'a' }, {}]) {
    const answer = await to(id, 'PATCH', data)
    revisions.push(answer.body.revision)
    assert.is((await to(id, 'GET')).body.revision, answer.body.revision)
  }
  revisions.push((await to(id, 'POST', { numbers })).body.revision)
  assert.is(new Set(revisions).size, 6)
})

test('of patches of different keys at once, none is lost', async () => {
  const { id } = await made({ patterns: manyPatterns() })
  const keys = Array.from({ length: 5 }, (_, index) => `key${index}`)
  for (let turn = 0; turn < 8; turn += 1) {
    const answers = await Promise.all(keys.map((key) => to(id, 'PATCH', { [key]: turn })))
    assert.equal(
      answers.map(({ status }) => status),
      keys.map(() => 200),
    )
    const { data } = await to(id, 'GET')
    assert.equal(
      keys.map((key) => data[key]),
      keys.map(() => turn),
    )
  }
})

test('of 32 patches at once, each is written or refused as a conflict', async () => {
  const { id } = await made({ patterns: manyPatterns() })
  const answers = await Promise.all(
    Array.from({ length: 32 }, (_, index) => to(id, 'PATCH', { [`key${index}`]: index })),
  )
  const { data } = await to(id, 'GET')
  for (const [index, { status, body }] of answers.entries()) {
    assert.is(data[`key${index}`], status === 200 ? index : undefined)
    assert.ok(status === 200 || body.message === 'datastore_conflict', JSON.stringify(body))
  }
})

test.run()
