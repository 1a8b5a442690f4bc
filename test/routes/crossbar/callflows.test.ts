import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, type Document, type Member, member } from '../../support/crossbar.ts'
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

/** Everything that a document may hold, with keys that no schema knows at every level. */
const full: Document = {
  name: 'Main line ☎',
  type: 'mainUserCallflow',
  patterns: ['^8(\\d+)$', '^8(\\d+)$'],
  featurecode: { name: 'park', number: '3', more: [1] },
  flags: ['a', 'a'],
  ringback: { early: 'x', transfer: 'y', other: {} },
  owner_id: 'someone',
  group_id: null,
  flow: {
    module: 'menu',
    data: { id: 'none', skip_module: false, deep: { key: [null, 1.5, { x: '' }] } },
    children: { '': { module: 'play', data: {}, kept: true }, _: { module: 'user', data: {} } },
    beside: 'kept',
  },
  metaflow: { binding_digit: '#', numbers: { '1': { module: 'hangup', children: {} } } },
  ui: { 'dotted.key': { a: [] }, '': 1 },
  text: 'line\nbreak "quoted" \\ \u2028 <&> 𝒜',
  // A list of inherited names would stumble over these.
  valueOf: null,
}

function made(document: Document = {}): Promise<Callflow> {
  return madeCallflow(app, owner, document)
}

async function summaryOf(id: unknown): Promise<Document | undefined> {
  const path = `${callflowsOf(owner)}?paginate=false`
  return (await ask(app, owner, 'GET', path)).list.find((item) => item.id === id)
}

async function metadataOf(document: Document): Promise<unknown> {
  const { id } = await made(document)
  return (await ask(app, owner, 'GET', callflowsOf(owner, id))).data.metadata
}

test('a callflow is made, with a place, an id of the server and the standard lists', async () => {
  const number = freshNumber()
  const data = { numbers: [number], id: 'f'.repeat(32) }
  const answer = await ask(app, owner, 'PUT', callflowsOf(owner), { data })
  assert.is(answer.status, 201)
  const { id } = answer.data
  assert.match(String(id), /^[0-9a-f]{32}$/)
  assert.is.not(id, 'f'.repeat(32))
  assert.is(answer.headers.get('location'), `/v2${callflowsOf(owner, String(id))}`)
  assert.is(answer.headers.get('etag'), `"${answer.body.revision}"`)
  assert.equal(answer.data, { id, numbers: [number], patterns: [], metadata: {} })
  const read = await ask(app, owner, 'GET', String(answer.headers.get('location')).slice(3))
  assert.is(read.status, 200)
  assert.equal(read.data, answer.data)
  assert.is(read.body.revision, answer.body.revision)
})

test('whatever a document holds comes back as it was sent, however often it is written', async () => {
  const sent = { ...full, numbers: [freshNumber()] }
  const { id, metadata, ...kept } = await made(sent)
  assert.equal(metadata, {})
  assert.is(JSON.stringify(kept.flow), JSON.stringify(full.flow))
  assert.equal(Object.entries(kept).sort(), Object.entries(sent).sort())
  const path = callflowsOf(owner, id)
  for (let turn = 0; turn < 3; turn += 1) {
    const read = (await ask(app, owner, 'GET', path)).data
    const replaced = await ask(app, owner, 'POST', path, { data: read })
    const patched = await ask(app, owner, 'PATCH', path, { data: {} })
    assert.is(JSON.stringify(replaced.data), JSON.stringify(read))
    assert.is(JSON.stringify(patched.data), JSON.stringify(read))
  }
})

test('keys of the server are neither taken from a client nor shown', async () => {
  const data = {
    numbers: [freshNumber()],
    _id: 'x',
    _rev: '1-x',
    _read_only: {},
    pvt_type: 'account',
    pvt_deleted: true,
    pvt_account_id: app.root.sid,
    metadata: { [owner.id]: { name: 'invented' } },
  }
  const answer = await ask(app, owner, 'PUT', callflowsOf(owner), { data })
  const path = callflowsOf(owner, String(answer.data.id))
  const keys = ['id', 'metadata', 'numbers', 'patterns']
  for (const method of ['GET', 'POST', 'PATCH']) {
    const { data: shown } = await ask(app, owner, method, path, {
      data: method === 'GET' ? undefined : data,
    })
    assert.equal(Object.keys(shown).sort(), keys, method)
    assert.equal(shown.metadata, {})
    assert.equal(shown.id, answer.data.id)
  }
  const record = await app.store.findCallflow(owner.sid, String(answer.data.id))
  assert.equal(Object.keys(record?.document ?? {}).sort(), ['numbers', 'patterns'])
})

test('a summary has what a list shows, and no more', async () => {
  const document = { ...full, numbers: [freshNumber()], patterns: ['^1$'], group_id: 'g' }
  const { id } = await made(document)
  assert.equal(await summaryOf(id), {
    id,
    name: 'Main line ☎',
    type: 'mainUserCallflow',
    numbers: document.numbers,
    patterns: ['^1$'],
    featurecode: full.featurecode,
    owner_id: 'someone',
    group_id: 'g',
    modules: ['menu', 'play', 'user'],
    flags: ['a', 'a'],
  })
})

test('a summary leaves out what the callflow does not have', async () => {
  const { id, numbers } = await made()
  const rest = { patterns: [], featurecode: false, modules: [], flags: [] }
  assert.equal(await summaryOf(id), { id, numbers, ...rest })
})

test('the modules of a summary are those that run, once each, depth first', async () => {
  const step = (module: string, children: Document = {}, data: Document = {}): Document => ({
    module,
    data,
    children,
  })
  const skipped = { skip_module: true }
  const flow = step('a', {
    '1': step('b', { _: step('a'), x: step('c', { _: step('d') }) }),
    '2': step('hidden', { _: step('below the hidden') }, skipped),
    '3': step('e', {}, { skip_module: 'true' }),
    '4': step('b', {}, skipped),
    '': step('f'),
  })
  const { id } = await made({ flow })
  const expected = ['a', 'b', 'c', 'd', 'below the hidden', 'e', 'f']
  assert.equal((await summaryOf(id))?.modules, expected)
  await ask(app, owner, 'PATCH', callflowsOf(owner, id), { data: { flow: { data: skipped } } })
  const later = ['b', 'a', 'c', 'd', 'below the hidden', 'e', 'f']
  assert.equal((await summaryOf(id))?.modules, later)
})

test('metadata tells of the callflows that the flow names in its data and its branches', async () => {
  const [one, two, three, four] = [
    await made({ name: 'One' }),
    await made({ numbers: [], patterns: ['^2$'] }),
    await made({ name: 'Three' }),
    await made({ name: 'Four' }),
  ]
  const flow = {
    module: 'callflow',
    data: { id: one.id, other_id: two.id, id_of_three: three.id, identity: four.id },
    children: {
      [three.id]: { module: 'x', data: { nested: { id: four.id }, my_id_x: one.id } },
    },
  }
  assert.equal(await metadataOf({ flow }), {
    [one.id]: { name: 'One', numbers: one.numbers, pvt_type: 'callflow' },
    [two.id]: { numbers: [], pvt_type: 'callflow' },
    [three.id]: { name: 'Three', numbers: three.numbers, pvt_type: 'callflow' },
  })
})

test('metadata is empty for ids of nothing, of other accounts and of what was deleted', async () => {
  const foreign = await madeCallflow(app, app.root)
  const gone = await made()
  await ask(app, owner, 'DELETE', callflowsOf(owner, gone.id))
  const data = { id: '0'.repeat(32), a_id: foreign.id, b_id: gone.id, c_id: owner.id, d_id: 5 }
  const children = { ab: { module: 'x', data: {} }, '1': { module: 'x', data: {} } }
  assert.equal(await metadataOf({ flow: { module: 'x', data, children } }), {})
})

test('metadata follows the callflow that it tells of, and is stored nowhere', async () => {
  const named = await made({ name: 'Before' })
  const naming = await made({ flow: { module: 'callflow', data: { id: named.id } } })
  const path = callflowsOf(owner, naming.id)
  await ask(app, owner, 'POST', path, { data: (await ask(app, owner, 'GET', path)).data })
  await ask(app, owner, 'PATCH', callflowsOf(owner, named.id), { data: { name: 'After' } })
  const after = { name: 'After', numbers: named.numbers, pvt_type: 'callflow' }
  const read = await ask(app, owner, 'GET', path)
  assert.equal(read.data.metadata, { [named.id]: after })
  const record = await app.store.findCallflow(owner.sid, naming.id)
  assert.not.ok('metadata' in (record?.document ?? {}))
  await ask(app, owner, 'DELETE', callflowsOf(owner, named.id))
  assert.equal((await ask(app, owner, 'GET', path)).data.metadata, {})
})

test('a callflow may name itself', async () => {
  const { id, numbers } = await made({ name: 'Ring' })
  const flow = { module: 'callflow', data: { id } }
  const answer = await ask(app, owner, 'PATCH', callflowsOf(owner, id), { data: { flow } })
  const own = { name: 'Ring', numbers, pvt_type: 'callflow' }
  assert.equal(answer.data.metadata, { [String(id)]: own })
})

test('other verbs are not offered, and HEAD answers as GET without a body', async () => {
  const { id } = await made()
  for (const [path, methods, allow] of [
    [callflowsOf(owner), ['POST', 'PATCH', 'DELETE'], 'GET, HEAD, OPTIONS, PUT'],
    [callflowsOf(owner, id), ['PUT'], 'DELETE, GET, HEAD, OPTIONS, PATCH, POST'],
  ] as const) {
    for (const method of methods) {
      const answer = await ask(app, owner, method, path, { data: {} })
      assert.is(answer.status, 405, `${method} ${path}`)
      assert.is(answer.body.message, 'invalid_method')
      const allowed = answer.headers.get('allow')?.split(', ').sort().join(', ')
      assert.is(allowed, allow)
    }
    const [read, head] = [await ask(app, owner, 'GET', path), await ask(app, owner, 'HEAD', path)]
    assert.is(head.status, 200)
    assert.is(head.text, '')
    assert.is(head.headers.get('etag'), read.headers.get('etag'))
  }
})

test.run()
