import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Answer, ask, codes, type Member, member, pathOf } from '../../support/crossbar.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

const crossbar = {
  allowMove: 'superduper_admin',
  allowSiblingListing: true,
  ensureUniqueName: false,
  realmSuffix: 'sip.2600hz.com',
} as const
const gregorian = 62_167_219_200

let now = Date.UTC(2026, 10, 21)
let app: TestApp
let top: Member
const made: Member[] = []
/** Twelve children, of which nine have one name. */
test.before(async () => {
  app = await startApp({ config: { crossbar }, now: () => now })
  top = await member(app, app.root)
  for (let index = 0; index < 12; index += 1) {
    now += 60_000
    const name = index < 9 ? 'Equal' : `Name ${index}`
    made.push(await member(app, top, { name, ...filtered[index] }))
  }
})
test.after(() => app.stop())

const filtered = [
  { org: 'One', list: ['x', 'y', 3], deep: { key: { x: 'v' } }, number: 7, enabled: false },
  { org: 'Two', list: [], empty: '', nothing: null, flag: true },
  { org: 'One', empty: 'full', object: {}, number: 70 },
]

function list(query: string, route = '/children'): Promise<Answer> {
  return ask(app, top, 'GET', `${pathOf(top, route)}?${query}`)
}

/** The ids of all pages, one after the other. */
async function pages(query: string, route?: string): Promise<unknown[]> {
  const ids: unknown[] = []
  let key = ''
  for (let turn = 0; turn < 50; turn += 1) {
    const start = key === '' ? '' : `&start_key=${encodeURIComponent(key)}`
    const answer = await list(`${query}${start}`, route)
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

test('pages of every size hold each account once, in the order of the whole list', async () => {
  for (const route of ['/children', '/descendants']) {
    const whole = (await list('paginate=false', route)).list.map(({ id }) => id)
    assert.is(new Set(whole).size, 12)
    for (const size of [1, 2, 5, 11, 12, 13, 100]) {
      assert.equal(await pages(`page_size=${size}`, route), whole)
      const up = await pages(`page_size=${size}&ascending=true`, route)
      assert.equal(up, whole.toReversed())
    }
  }
})

test('lists go down by name until they are turned', async () => {
  const first = async (query: string) => (await list(query)).list[0]?.name
  assert.is(await first(''), 'Name 9')
  assert.is(await first('ascending=false'), 'Name 9')
  assert.is(await first('descending=true'), 'Name 9')
  assert.is(await first('ascending=true'), 'Equal')
  assert.is(await first('descending=false'), 'Equal')
})

test('a page has 50 accounts when nothing else is asked for', async () => {
  const parent = await member(app, app.root)
  await Promise.all(Array.from({ length: 51 }, () => member(app, parent)))
  const { body } = await ask(app, parent, 'GET', pathOf(parent, '/children'))
  assert.is(body.page_size, 50)
  assert.type(body.next_start_key, 'string')
  const key = encodeURIComponent(String(body.next_start_key))
  const last = await ask(app, parent, 'GET', pathOf(parent, `/children?start_key=${key}`))
  assert.is(last.body.page_size, 1)
  assert.not.ok('next_start_key' in last.body)
})

test('siblings are paged as children are', async () => {
  const [first] = made
  assert.ok(first)
  const whole = await ask(app, top, 'GET', pathOf(first, '/siblings?paginate=false'))
  const page = await ask(app, top, 'GET', pathOf(first, '/siblings?page_size=7'))
  const key = encodeURIComponent(String(page.body.next_start_key))
  const rest = await ask(app, top, 'GET', pathOf(first, `/siblings?page_size=7&start_key=${key}`))
  assert.is(page.list.length, 7)
  assert.equal([...page.list, ...rest.list], whole.list)
  const filtered = await ask(app, top, 'GET', pathOf(first, '/siblings?filter_org=Two'))
  assert.is(filtered.list.length, 1)
})

test('without pages there are no keys of pages', async () => {
  const { body } = await list('paginate=false&page_size=2')
  for (const key of ['page_size', 'start_key', 'next_start_key']) {
    assert.not.ok(key in body, key)
  }
  assert.ok(Array.isArray(body.data) && body.data.length === 12)
})

test('a page size that is no positive number is a fault of the field', async () => {
  for (const size of ['0', '-1', '1.5', 'ten', '', '1e3', '9'.repeat(40)]) {
    const answer = await list(`page_size=${size}`)
    assert.is(answer.status, 400, size)
    assert.equal(Object.keys(codes(answer)), ['page_size'])
  }
})

test('a start key of the client’s own is refused', async () => {
  for (const key of ['x', 'Equal', '%00', 'W10', 'WzEsMl0', 'e30']) {
    const answer = await list(`start_key=${key}`)
    assert.is(answer.status, 400, key)
    assert.equal(codes(answer), { start_key: ['invalid'] })
  }
})

test('accounts made while pages are read move none of the others', async () => {
  const before = (await list('paginate=false')).list.map(({ id }) => id)
  const first = await list('page_size=6')
  const extra = await member(app, top, { name: 'Zzz' })
  const key = encodeURIComponent(String(first.body.next_start_key))
  const second = await list(`page_size=100&start_key=${key}`)
  const ids = [...first.list, ...second.list].map(({ id }) => id)
  assert.equal(ids, before)
  await ask(app, top, 'DELETE', pathOf(extra))
})

test('who has seen the last page is told of one that has come behind it', async () => {
  const owner = await member(app, app.root)
  await member(app, owner, { name: 'Mmm' })
  const path = pathOf(owner, '/children?page_size=1')
  const last = await ask(app, owner, 'GET', path)
  const headers = { 'If-None-Match': last.headers.get('etag') ?? '' }
  assert.is((await ask(app, owner, 'GET', path, { headers })).status, 304)
  const behind = await member(app, owner, { name: 'Aaa' })
  const again = await ask(app, owner, 'GET', path, { headers })
  assert.is(again.status, 200)
  assert.equal(again.list, last.list)
  assert.type(again.body.next_start_key, 'string')
  await ask(app, owner, 'DELETE', pathOf(behind))
  assert.is((await ask(app, owner, 'GET', path, { headers })).status, 304)
})

test('filters keep what they say', async () => {
  const seconds = (index: number) => String(made[index]?.document.created)
  const rows: readonly (readonly [string, readonly number[]])[] = [
    ['filter_org=One', [0, 2]],
    ['filter_org=one', []],
    ['filter_name=Name%2010', [10]],
    ['filter_deep.key.x=v', [0]],
    ['filter_number=7', [0]],
    ['filter_flag=true', [1]],
    ['filter_enabled=false', [0]],
    ['filter_list=y', [0]],
    ['filter_list=3', [0]],
    ['filter_not_org=One', [1, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
    ['filter_not_list=x&filter_not_org=Two', [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
    ['filter_org=One&filter_number=70', [2]],
    ['has_key=org', [0, 1, 2]],
    ['has_key=nothing', [1]],
    ['key_missing=org&filter_name=Equal', [3, 4, 5, 6, 7, 8]],
    ['has_value=empty', [2]],
    ['has_value=list', [0]],
    ['value_missing=empty&has_key=org', [0, 1]],
    ['missing_value=list&has_key=org', [1, 2]],
    [`created_from=${seconds(10)}`, [10, 11]],
    [`created_to=${seconds(1)}`, [0, 1]],
    [`created_from=${seconds(3)}&created_to=${seconds(5)}`, [3, 4, 5]],
    [`modified_from=${seconds(11)}`, [11]],
    [`modified_to=${seconds(0)}`, [0]],
    [`created_from=${Number.MAX_SAFE_INTEGER}`, []],
  ]
  for (const [query, expected] of rows) {
    const ids = (await list(`${query}&paginate=false`)).list.map(({ id }) => id)
    const wanted = expected.map((index) => made[index]?.id)
    assert.equal(ids.map(String).sort(), wanted.map(String).sort(), query)
  }
})

test('pages are cut after filtering', async () => {
  assert.is((await pages('filter_name=Equal&page_size=4')).length, 9)
  const first = await list('filter_org=One&page_size=1')
  assert.is(first.list.length, 1)
  assert.is(first.body.page_size, 1)
  assert.type(first.body.next_start_key, 'string')
})

test('filters see what everyone may see, and nothing else', async () => {
  const [child] = made
  for (const [key, value] of [
    ['pvt_api_key', child?.token],
    ['pvt_tree', top.id],
    ['api_key', child?.token],
    ['token', child?.token],
    ['email', 'null'],
    ['role', 'Administrator'],
    ['__proto__', '{}'],
    ['constructor', 'Object'],
    ['document.org', 'One'],
  ]) {
    assert.equal((await list(`filter_${key}=${value}`)).list, [], key)
    assert.equal((await list(`has_key=${key}`)).list, [], key)
  }
})

test('a parameter that is no UTF-8 is a fault of its own, and of nobody who may not ask', async () => {
  const rows = [
    ['filter_name=%ff', 'filter_name', '%ff'],
    ['page_size=2&filter_not_name=a=%C0%80', 'filter_not_name', 'a=%C0%80'],
    ['has_key=%ED%A0%80', 'has_key', '%ED%A0%80'],
    ['filter_org=100%', 'filter_org', '100%'],
    ['filter_%zz=1', 'filter_%zz', '1'],
  ] as const
  for (const [query, name, cause] of rows) {
    const answer = await list(query)
    assert.is(answer.status, 400, query)
    const message = 'The parameter is not percent-encoded UTF-8'
    assert.equal(answer.data, { [name]: { invalid: { message, cause } } })
  }
  const stranger = await member(app, app.root)
  for (const path of ['/children', '/audit', '/callflows', '/callflows/match']) {
    const asked = `${pathOf(top, path)}?number=%ff`
    assert.is((await ask(app, stranger, 'GET', asked)).status, 403, path)
    assert.is((await ask(app, top, 'GET', asked)).status, 400, path)
    assert.is((await ask(app, stranger, 'GET', pathOf(top, `${path}?page_size=0`))).status, 403)
  }
})

test('a time that is no number is a fault of the field', async () => {
  for (const name of ['created_from', 'created_to', 'modified_from', 'modified_to']) {
    assert.equal(codes(await list(`${name}=yesterday`)), { [name]: ['type'] })
  }
  assert.is((await list(`created_from=${gregorian}`)).list.length, 12)
})

test('a parameter that is known in another letter case is refused by its name', async () => {
  for (const name of [
    ...['Page_Size', 'Start_key', 'PAGINATE', 'Ascending', 'descendinG'],
    ...['Has_key', 'KEY_MISSING', 'Created_from', 'Modified_To', 'Filter_name', 'FILTER_NOT_name'],
  ]) {
    for (const path of ['/children', '/callflows', '/audit']) {
      const answer = await ask(app, top, 'GET', pathOf(top, `${path}?${name}=1`))
      assert.is(answer.status, 400, name)
      assert.equal(codes(answer), { [name]: ['invalid'] }, path)
    }
  }
  assert.is((await list('filter_Name=x')).list.length, 0)
})

test('parameters that are no filter are passed over', async () => {
  assert.is((await list('_=1700000000000&unknown=x&filters=1')).list.length, 12)
})

test.run()
