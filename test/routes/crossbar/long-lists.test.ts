import { join } from 'node:path'
import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, type Document, type Member, md5, member, pathOf } from '../../support/crossbar.ts'
import { basic } from '../../support/restcomm.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

const count = 5200

let app: TestApp
let owner: Member
test.before(async () => {
  app = await startApp()
  owner = await member(app, app.root)
  const database = new Database(join(app.folder, 'strowger.db'))
  const insert = database.prepare(`
    INSERT INTO callflows (id, account_sid, document, created_at, updated_at, revision)
    VALUES (printf('%032x', ?), ?, ?, 1, 1, 1)
  `)
  database.transaction(() => {
    for (let made = 0; made < count; made += 1) {
      const document = { name: `Naïve "${made}" ☎`, numbers: [String(made)], odd: made % 2 === 1 }
      insert.run(made, owner.sid, JSON.stringify(document))
    }
  })()
  database.close()
})
test.after(() => app.stop())

const list = (query: string, headers = {}) =>
  ask(app, owner, 'GET', pathOf(owner, `/callflows?${query}`), { headers })

async function inPages(query: string): Promise<readonly Document[]> {
  const items: Document[] = []
  let next: string | undefined = ''
  while (next !== undefined) {
    const page = await list(`page_size=1000&${query}&start_key=${next}`)
    items.push(...page.list)
    next = page.body.next_start_key === undefined ? undefined : String(page.body.next_start_key)
  }
  return items
}

test('a list too long to be held has all items once and in order, in a whole envelope', async () => {
  for (const [query, expected] of [
    ['ascending=true', count],
    ['', count],
    ['filter_odd=true', count / 2],
  ] as const) {
    const all = await list(`paginate=false&${query}`)
    assert.is(all.status, 200)
    assert.is(all.list.length, expected)
    assert.equal(all.list, await inPages(query))
    assert.is(all.body.revision, md5(JSON.stringify(all.list)))
    assert.is(all.headers.get('etag'), null)
    assert.is(all.headers.get('content-type'), 'application/json')
    const { data: _data, ...around } = all.body
    const short = await list('paginate=false&filter_name=none')
    const { data: _none, ...aroundShort } = short.body
    assert.equal(Object.keys(around), Object.keys(aroundShort))
  }
})

test('the same indented is the same', async () => {
  const plain = await list('paginate=false')
  const pretty = await list('paginate=false&pretty_print=true')
  assert.equal(pretty.list, plain.list)
  const { data, ...behind } = pretty.body
  assert.is(pretty.text, JSON.stringify({ data, ...behind }, null, 2))
})

test('a list that ends with what is held goes out whole, with its tag', async () => {
  const held = await list(`paginate=false&filter_odd=true&has_key=none`)
  assert.equal(held.list, [])
  assert.ok(held.headers.get('etag'))
  const again = await list(`paginate=false&has_key=none`, {
    'If-None-Match': held.headers.get('etag') ?? '',
  })
  assert.is(again.status, 304)
})

test('HEAD of a long list has no body, and a reader who leaves harms nobody', async () => {
  const head = await fetch(`${app.url}/v2${pathOf(owner, '/callflows?paginate=false')}`, {
    method: 'HEAD',
    headers: { Authorization: basic(owner.sid, owner.token) },
  })
  assert.equal([head.status, await head.text()], [200, ''])
  for (let leaving = 0; leaving < 5; leaving += 1) {
    const abort = new AbortController()
    const answer = await fetch(`${app.url}/v2${pathOf(owner, '/callflows?paginate=false')}`, {
      headers: { Authorization: basic(owner.sid, owner.token) },
      signal: abort.signal,
    })
    assert.is(answer.status, 200)
    abort.abort()
  }
  assert.is((await list('page_size=1')).status, 200)
  assert.not.match(app.log(), /"level":50/)
})

test.run()
