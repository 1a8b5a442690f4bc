import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Answer,
  ask,
  codes,
  type Document,
  type Member,
  member,
} from '../../support/crossbar.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'
import {
  type Callflow,
  callflowsOf,
  freshNumber,
  madeCallflow,
} from '../../support/stored-callflows.ts'

const gregorian = 62_167_219_200

/** What the callflows hold; by their place in this list the rows below name them. */
const documents: readonly Document[] = [
  { name: 'One', flags: ['x', 'y'], deep: { key: { x: 'v', 'a.b': 1 } }, number: 7, on: false },
  { name: 'Two', flags: [], empty: '', nothing: null, on: true, patterns: ['^2$', '^22$'] },
  { name: 'One', empty: 'full', object: {}, number: 70 },
  { featurecode: { name: 'park', number: '3' }, type: 'special' },
  { flow: { module: 'menu', data: { id: 'm' }, children: { _: { module: 'play', data: {} } } } },
  { name: 'é ☎' },
  { owner_id: 'someone' },
  {},
  {},
]

let now = Date.UTC(2026, 10, 21)
let app: TestApp
let owner: Member
const made: Callflow[] = []
test.before(async () => {
  app = await startApp({ now: () => now })
  owner = await member(app, app.root)
  await madeCallflow(app, app.root, { name: 'One' })
  for (const document of documents) {
    now += 60_000
    made.push(await madeCallflow(app, owner, document))
  }
})
test.after(() => app.stop())

function list(query: string): Promise<Answer> {
  return ask(app, owner, 'GET', `${callflowsOf(owner)}?${query}`)
}

/** The ids of all pages, one after the other. */
async function pages(query: string): Promise<unknown[]> {
  const ids: unknown[] = []
  let key = ''
  for (let turn = 0; turn < 50; turn += 1) {
    const answer = await list(`${query}&start_key=${encodeURIComponent(key)}`)
    assert.is(answer.body.start_key, key)
    assert.is(answer.body.page_size, answer.list.length)
    ids.push(...answer.list.map(({ id }) => id))
    if (answer.body.next_start_key === undefined) {
      return ids
    }
    key = String(answer.body.next_start_key)
  }
  throw new Error('the pages do not end')
}

function idsDown(): readonly string[] {
  return made
    .map(({ id }) => id)
    .sort()
    .reverse()
}

test('pages of every size hold each callflow once, by id, downwards until it is turned', async () => {
  const down = idsDown()
  for (const size of [1, 2, 4, 8, 9, 10, 1000]) {
    assert.equal(await pages(`page_size=${size}`), down)
    assert.equal(await pages(`page_size=${size}&descending=true`), down)
    assert.equal(await pages(`page_size=${size}&ascending=true`), down.toReversed())
    assert.equal(await pages(`page_size=${size}&descending=false`), down.toReversed())
  }
  const first = await list('')
  assert.equal(
    first.list.map(({ id }) => id),
    down,
  )
  assert.is(first.body.page_size, 9)
  assert.is(first.body.start_key, '')
})

test('the last page is told by the lack of another, even where it is full', async () => {
  assert.not.ok('next_start_key' in (await list('page_size=9')).body)
  assert.ok('next_start_key' in (await list('page_size=8')).body)
})

test('without pages there are all of them, and no keys of pages', async () => {
  const { body, list: all } = await list('paginate=false&page_size=2')
  assert.is(all.length, 9)
  for (const key of ['page_size', 'start_key', 'next_start_key']) {
    assert.not.ok(key in body, key)
  }
})

test('a page has 50 callflows when no size is asked for, and no more than 1,000', async () => {
  const other = await member(app, app.root)
  await Promise.all(Array.from({ length: 51 }, () => madeCallflow(app, other)))
  const answer = await ask(app, other, 'GET', callflowsOf(other))
  assert.is(answer.list.length, 50)
  assert.is(answer.body.page_size, 50)
  assert.type(answer.body.next_start_key, 'string')
})

test('a page size or a start key that is none is a fault of the field', async () => {
  for (const size of ['0', '-1', '1.5', 'ten', '', '1e3', '9'.repeat(40)]) {
    const answer = await list(`page_size=${size}`)
    assert.is(answer.status, 400, size)
    assert.equal(codes(answer), { page_size: ['minimum'] })
  }
  for (const key of ['x', made[0]?.id, '%00', 'W10', 'WzEsMl0', 'e30']) {
    assert.equal(codes(await list(`start_key=${key}`)), { start_key: ['invalid'] })
  }
})

test('callflows that come and go while pages are read move none of the others', async () => {
  const down = idsDown()
  const first = await list('page_size=4')
  const extra = await madeCallflow(app, owner)
  const gone = await madeCallflow(app, owner)
  await ask(app, owner, 'DELETE', callflowsOf(owner, gone.id))
  const key = encodeURIComponent(String(first.body.next_start_key))
  const second = await list(`page_size=100&start_key=${key}`)
  const ids = [...first.list, ...second.list].map(({ id }) => id)
  assert.equal(
    ids.filter((id) => id !== extra.id),
    down,
  )
  await ask(app, owner, 'DELETE', callflowsOf(owner, extra.id))
})

test('the key of a callflow that was deleted since leads to the next one', async () => {
  const other = await member(app, app.root)
  for (let index = 0; index < 4; index += 1) {
    await madeCallflow(app, other)
  }
  const path = callflowsOf(other)
  const whole = (await ask(app, other, 'GET', path)).list.map(({ id }) => String(id))
  const first = await ask(app, other, 'GET', `${path}?page_size=2`)
  await ask(app, other, 'DELETE', callflowsOf(other, whole[1]))
  const key = encodeURIComponent(String(first.body.next_start_key))
  const second = await ask(app, other, 'GET', `${path}?start_key=${key}`)
  assert.equal(
    second.list.map(({ id }) => id),
    whole.slice(2),
  )
})

test('filters keep what they say, on the stored document and by dotted paths', async () => {
  const created = (index: number) => String(gregorian + Date.UTC(2026, 10, 21) / 1000 + 60 * index)
  const rows: readonly (readonly [string, readonly number[]])[] = [
    ['filter_name=One', [0, 2]],
    ['filter_name=one', []],
    [`filter_name=${encodeURIComponent('é ☎')}`, [5]],
    ['filter_flags=y', [0]],
    ['filter_patterns=%5E22%24', [1]],
    ['filter_deep.key.x=v', [0]],
    ['filter_number=7', [0]],
    ['filter_on=true', [1]],
    ['filter_on=false', [0]],
    ['filter_featurecode.name=park', [3]],
    ['filter_flow.module=menu', [4]],
    ['filter_flow.children._.module=play', [4]],
    ['filter_flow.data.id=m', [4]],
    [`filter_numbers=${made[7]?.numbers}`, [7]],
    [`filter_id=${made[6]?.id}`, [6]],
    ['filter_owner_id=someone', [6]],
    ['filter_not_name=One', [1, 3, 4, 5, 6, 7, 8]],
    ['filter_not_flags=x&filter_not_name=Two', [2, 3, 4, 5, 6, 7, 8]],
    ['filter_name=One&filter_name=Two', []],
    ['filter_name=One&filter_number=70', [2]],
    ['has_key=flow.children', [4]],
    ['has_key=nothing', [1]],
    ['key_missing=name', [3, 4, 6, 7, 8]],
    ['key_missing=deep.key.y&has_key=deep.key', [0]],
    ['has_value=empty', [2]],
    ['has_value=flags', [0]],
    ['has_value=deep.key.x', [0]],
    ['value_missing=empty&has_key=name', [0, 1, 5]],
    ['missing_value=flags&has_key=name', [1, 2, 5]],
    ['value_missing=object&filter_number=70', [2]],
    [`created_from=${created(8)}`, [7, 8]],
    [`created_to=${created(2)}`, [0, 1]],
    [`created_from=${created(4)}&created_to=${created(6)}`, [3, 4, 5]],
    [`modified_from=${created(9)}`, [8]],
    [`modified_to=${created(1)}`, [0]],
    [`modified_from=${created(10)}`, []],
  ]
  for (const [query, expected] of rows) {
    const { list: kept, status } = await list(`${query}&paginate=false`)
    assert.is(status, 200, query)
    const wanted = expected.map((index) => made[index]?.id)
    assert.equal(kept.map(({ id }) => String(id)).sort(), wanted.sort(), query)
  }
})

test('modified is the time of the last change, and created stays', async () => {
  const other = await member(app, app.root)
  const [first, second] = [await madeCallflow(app, other), await madeCallflow(app, other)]
  now += 3_600_000
  const later = String(gregorian + now / 1000)
  await ask(app, other, 'PATCH', callflowsOf(other, first.id), { data: { name: 'x' } })
  for (const [query, ids] of [
    [`modified_from=${later}`, [first.id]],
    [`modified_to=${Number(later) - 1}`, [second.id]],
    [`created_from=${later}`, []],
  ] as const) {
    const { list: kept } = await ask(app, other, 'GET', `${callflowsOf(other)}?${query}`)
    assert.equal(
      kept.map(({ id }) => id),
      ids,
      query,
    )
  }
})

test('pages are cut after filtering', async () => {
  const ids = await pages('key_missing=name&page_size=2')
  assert.is(ids.length, 5)
  const first = await list('filter_name=One&page_size=1')
  assert.is(first.body.page_size, 1)
  assert.type(first.body.next_start_key, 'string')
  assert.is((await pages('filter_name=One&page_size=1')).length, 2)
})

test('a filter confirms no guess at what is private or of another account', async () => {
  const queries = ['account_sid', 'accountSid', 'revision', 'pvt_type', '__proto__', 'metadata']
  for (const key of [...queries, 'constructor', 'document.name', 'numbers.0', 'length']) {
    assert.equal((await list(`has_key=${key}`)).list, [], key)
    assert.equal((await list(`filter_${key}=One`)).list, [], key)
  }
  const data = { numbers: [freshNumber()], name: 'One' }
  assert.is((await ask(app, app.root, 'PUT', callflowsOf(app.root), { data })).status, 201)
  assert.is((await list('filter_name=One')).list.length, 2)
})

test('a time that is no number is a fault of the field, and other parameters are passed over', async () => {
  for (const name of ['created_from', 'created_to', 'modified_from', 'modified_to']) {
    assert.equal(codes(await list(`${name}=yesterday`)), { [name]: ['type'] })
  }
  assert.is((await list('_=1700000000000&unknown=x&filters=1&filter=x')).list.length, 9)
})

test.run()
