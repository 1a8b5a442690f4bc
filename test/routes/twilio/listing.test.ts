import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { startApp, type TestApp } from '../../support/start-app.ts'
import {
  type AccountJson,
  ask,
  base,
  createSubaccount,
  type PageJson,
  pageOf,
  pathOf,
  refusal,
  type Subaccount,
  send,
} from '../../support/twilio.ts'

let app: TestApp
let now = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
test.before(async () => {
  // Each account is made in a millisecond of its own, so that the order is known.
  app = await startApp({ now: () => ++now })
})
test.after(() => app.stop())

const list = `${base}/Accounts.json`

test('the list is the own account and its children in every status, in the order of creation', async () => {
  const family = await plant(3)
  const [parent, first, second, third] = family
  assert.ok(parent && first && second && third)
  await createSubaccount(app, first)
  await change(second, { Status: 'suspended' })
  await change(third, { Status: 'closed' })
  const page = await read(parent, list)
  assert.equal(sidsOf(page), sidsOf(family))
  assert.equal(
    accountsOf(page).map(({ status }) => status),
    ['active', 'active', 'suspended', 'closed'],
  )
  assert.is(accountsOf(page)[0]?.owner_account_sid, app.root.sid)
  assert.is(accountsOf(page)[1]?.owner_account_sid, parent.sid)
})

test('an account without children lists itself', async () => {
  const [alone] = await plant(0)
  assert.ok(alone)
  assert.equal(sidsOf(await read(alone, list)), [alone.sid])
})

test('a page has 50 accounts unless told otherwise', async () => {
  const family = await plant(54)
  const [parent] = family
  assert.ok(parent)
  const first = await read(parent, list)
  assert.equal(sidsOf(first), sidsOf(family.slice(0, 50)))
  assert.equal(arithmeticOf(first), { page: 0, page_size: 50, start: 0, end: 49 })
  assert.is(first.uri, `${list}?PageSize=50&Page=0`)
  assert.is(first.first_page_uri, first.uri)
  assert.is(first.previous_page_uri, null)
  const second = await read(parent, first.next_page_uri ?? '')
  assert.equal(sidsOf(second), sidsOf(family.slice(50)))
  assert.equal(arithmeticOf(second), { page: 1, page_size: 50, start: 50, end: 54 })
  assert.is(second.uri, first.next_page_uri)
  assert.is(second.next_page_uri, null)
})

test('a PageSize over 1000 is cut to 1000 and no error', async () => {
  for (const size of ['1000', '1001', '5000', '9223372036854775807', '9'.repeat(400)]) {
    const page = await read(app.root, `${list}?PageSize=${size}`)
    assert.is(page.page_size, 1000, size)
    assert.match(page.uri, /\?PageSize=1000&Page=0$/)
  }
})

test('a PageSize or Page that is no such number is 20001', async () => {
  for (const size of ['0', '-1', 'x', '1.5', '1e3', '0x10', '%201', '٣', 'NaN', 'Infinity']) {
    assert.equal(await refused(`PageSize=${size}`), [400, 20001], size)
  }
  for (const page of ['-1', 'x', '1.5', '00x', '99999999999999999999']) {
    assert.equal(await refused(`Page=${page}`), [400, 20001], page)
  }
})

test('a PageToken that no link gave is 21481', async () => {
  const sid = app.root.sid
  const tokens = ['x', 'PA', `PA${sid}`, `PX0123456789${sid}`, `pa0123456789${sid}`, '../..', '%00']
  for (const token of tokens) {
    assert.equal(await refused(`Page=1&PageToken=${token}`), [400, 21481], token)
  }
})

test('parameters that are empty count as absent', async () => {
  const [parent] = await plant(1)
  assert.ok(parent)
  const empty = `${list}?PageSize=&Page=&PageToken=&Status=&FriendlyName=`
  assert.equal(await read(parent, empty), await read(parent, list))
})

test('a parameter given twice or with brackets is 20001', async () => {
  for (const query of [
    'Page=0&Page=1',
    'Status=active&Status=closed',
    'PageSize[]=1',
    'Page[x]=0',
  ]) {
    assert.equal(await refused(query), [400, 20001], query)
  }
})

test('Page without a token is a distance from the begin', async () => {
  const family = await plant(9)
  const [parent] = family
  assert.ok(parent)
  for (const [page, from, end] of [
    [0, 0, 2],
    [1, 3, 5],
    [3, 9, 9],
  ] as const) {
    const shown = await read(parent, `${list}?PageSize=3&Page=${page}`)
    assert.equal(sidsOf(shown), sidsOf(family.slice(from, from + 3)))
    assert.equal(arithmeticOf(shown), { page, page_size: 3, start: from, end })
  }
  const beyond = await read(parent, `${list}?PageSize=3&Page=4`)
  assert.equal(accountsOf(beyond), [])
  assert.equal(arithmeticOf(beyond), { page: 4, page_size: 3, start: 12, end: 0 })
  assert.is(beyond.next_page_uri, null)
})

test('an empty list begins and ends at 0 and leads nowhere', async () => {
  const page = await read(app.root, `${list}?FriendlyName=nobody+is+called+so`)
  assert.equal(accountsOf(page), [])
  assert.equal(arithmeticOf(page), { page: 0, page_size: 50, start: 0, end: 0 })
  assert.is(page.next_page_uri, null)
  assert.is(page.previous_page_uri, null)
})

test('the links lead through the list and back again, to the same pages', async () => {
  const family = await plant(10)
  const [parent] = family
  assert.ok(parent)
  const forward = await walk(parent, `${list}?PageSize=4`, 'next_page_uri')
  assert.equal(forward.flatMap(sidsOf), sidsOf(family))
  const last = forward.at(-1)
  assert.ok(last)
  const back = await walk(parent, last.uri, 'previous_page_uri')
  assert.equal(
    back.map((page) => [sidsOf(page), arithmeticOf(page)]),
    forward.map((page) => [sidsOf(page), arithmeticOf(page)]).reverse(),
  )
  for (const page of [...forward, ...back]) {
    assert.equal(await read(parent, page.uri), page)
  }
})

test('a last page that is full says so, and the token of its end gives nothing', async () => {
  const family = await plant(3)
  const [parent] = family
  assert.ok(parent)
  const pages = await walk(parent, `${list}?PageSize=2`, 'next_page_uri')
  assert.equal(
    pages.map(({ end, next_page_uri }) => [end, next_page_uri === null]),
    [
      [1, false],
      [3, true],
    ],
  )
})

test('tokens hold letters and digits alone', async () => {
  const [parent] = await plant(2)
  assert.ok(parent)
  const second = await read(parent, (await read(parent, `${list}?PageSize=1`)).next_page_uri ?? '')
  for (const link of [second.uri, second.previous_page_uri, second.next_page_uri]) {
    assert.match(link ?? '', /&Page=\d&PageToken=P[AB][0-9A-Za-z]+$/)
  }
})

test('filters must all hold, and the name must be the whole name in its letter case', async () => {
  const [parent, first, second, third] = await plant(3)
  assert.ok(parent && first && second && third)
  await change(first, { FriendlyName: 'Branch 12' })
  await change(second, { FriendlyName: 'Branch 12', Status: 'suspended' })
  await change(third, { FriendlyName: 'branch 12', Status: 'closed' })
  const cases: [string, Subaccount[]][] = [
    ['FriendlyName=Branch+12', [first, second]],
    ['FriendlyName=branch%2012', [third]],
    ['FriendlyName=Branch+1', []],
    ['FriendlyName=Branch%25', []],
    ['FriendlyName=Branch+12&Status=suspended', [second]],
    ['FriendlyName=Branch+12&Status=closed', []],
    ['Status=closed', [third]],
    ['Status=active', [parent, first]],
  ]
  for (const [query, expected] of cases) {
    assert.equal(sidsOf(await read(parent, `${list}?${query}`)), sidsOf(expected), query)
  }
})

test('a filter by another status word is 21475', async () => {
  for (const word of ['Active', 'inactive', 'uninitialized', '1', 'closed%20']) {
    assert.equal(await refused(`Status=${word}`), [400, 21475], word)
  }
})

test('every link repeats filters and page size, so that nothing but the link is needed', async () => {
  const [parent, ...children] = await plant(4)
  assert.ok(parent)
  const name = `a&b=c "ü" 100% +`
  for (const child of children) {
    await change(child, { FriendlyName: name })
  }
  const query = new URLSearchParams({ FriendlyName: name, Status: 'active', PageSize: '2' })
  const pages = await walk(parent, `${list}?${query}&Whatever=x`, 'next_page_uri')
  assert.equal(pages.flatMap(sidsOf), sidsOf(children))
  for (const { first_page_uri, uri, next_page_uri, previous_page_uri } of pages) {
    for (const link of [first_page_uri, uri, next_page_uri, previous_page_uri]) {
      const given = new URL(link ?? uri, app.url).searchParams
      assert.is(given.get('FriendlyName'), name)
      assert.is(given.get('Status'), 'active')
      assert.is(given.get('PageSize'), '2')
      assert.is(given.get('Whatever'), null)
    }
  }
})

test('links are paths below /2010-04-01, under the prefix of Restcomm and a foreign host too', async () => {
  const [parent] = await plant(3)
  assert.ok(parent)
  const headers = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' }
  const path = `/restcomm${list}?PageSize=2&Page=1`
  const page = pageOf(await ask(app, parent, 'GET', path, undefined, headers))
  for (const link of [page.first_page_uri, page.uri, page.previous_page_uri]) {
    assert.match(link ?? '', /^\/2010-04-01\/Accounts\.json\?PageSize=2&Page=\d/)
  }
  const start = pageOf(await ask(app, parent, 'GET', `/restcomm${list}?PageSize=2`))
  const next = pageOf(await ask(app, parent, 'GET', `/restcomm${start.next_page_uri}`))
  assert.equal(sidsOf(next), sidsOf(page))
})

test('accounts that come and go meanwhile neither repeat nor drop a row', async () => {
  const family = await plant(7)
  const [parent, first, second] = family
  assert.ok(parent && first && second)
  const start = await read(parent, `${list}?PageSize=3&Status=active`)
  assert.equal(sidsOf(start), sidsOf([parent, first, second]))
  // The row at which the page ended goes, and so does the one before; two others come.
  await change(first, { Status: 'closed' })
  await change(second, { Status: 'closed' })
  const added = [await createSubaccount(app, parent), await createSubaccount(app, parent)]
  const rest = await walk(parent, start.next_page_uri ?? '', 'next_page_uri')
  assert.equal(rest.flatMap(sidsOf), sidsOf([...family.slice(3), ...added]))
})

test('rows that come to fit the filter on the way back drop no other', async () => {
  const [parent, ...children] = await plant(5)
  const [first, second, third, fourth, fifth] = children
  assert.ok(parent && first && second && third && fourth && fifth)
  for (const child of [second, fourth, fifth]) {
    await change(child, { Status: 'closed' })
  }
  const start = await read(parent, `${list}?PageSize=1&Status=closed`)
  const end = await read(parent, start.next_page_uri ?? '')
  assert.equal(sidsOf(end), [fourth.sid])
  await change(first, { Status: 'closed' })
  await change(third, { Status: 'closed' })
  const back = await walk(parent, end.previous_page_uri ?? '', 'previous_page_uri')
  assert.equal(back.flatMap(sidsOf), sidsOf([third, second, first]))
  assert.ok(back.every(({ page, start: from }) => page === 0 && from === 0))
})

test("a token of one account's list shows nothing of it in another's", async () => {
  const [parent] = await plant(3)
  const [stranger] = await plant(0)
  assert.ok(parent && stranger)
  const { next_page_uri } = await read(parent, `${list}?PageSize=1`)
  assert.equal(sidsOf(await read(stranger, next_page_uri ?? '')), [stranger.sid])
})

/** An account below the root, and children below it. */
async function plant(children: number): Promise<Subaccount[]> {
  const parent = await createSubaccount(app, app.root)
  const family = [parent]
  while (family.length <= children) {
    family.push(await createSubaccount(app, parent))
  }
  return family
}

function change({ sid }: Subaccount, form: Record<string, string>) {
  return send(app, app.root, 'POST', pathOf({ sid }), form)
}

async function read(login: Pick<Subaccount, 'sid' | 'token'>, path: string): Promise<PageJson> {
  return pageOf(await ask(app, login, 'GET', path))
}

async function refused(query: string) {
  return refusal(await ask(app, app.root, 'GET', `${list}?${query}`))
}

/** The page at `path` and those behind it, as its links lead there. */
async function walk(
  login: Pick<Subaccount, 'sid' | 'token'>,
  path: string,
  link: 'next_page_uri' | 'previous_page_uri',
): Promise<PageJson[]> {
  const pages: PageJson[] = []
  for (let at: string | null = path; at !== null; at = pages.at(-1)?.[link] ?? null) {
    pages.push(await read(login, at))
    assert.ok(pages.length < 100, 'the links lead in a circle')
  }
  return pages
}

function accountsOf({ accounts }: PageJson): readonly AccountJson[] {
  assert.ok(accounts)
  return accounts
}

function sidsOf(of: PageJson | readonly { readonly sid: string }[]): string[] {
  return ('page' in of ? accountsOf(of) : of).map(({ sid }) => sid)
}

function arithmeticOf({ page, page_size, start, end }: PageJson) {
  return { page, page_size, start, end }
}

test.run()
