import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Answer,
  ask,
  codes,
  type Document,
  freshName,
  idOf,
  type Member,
  member,
  pathOf,
} from '../../support/crossbar.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

const day = 24 * 60 * 60 * 1000

let app: TestApp
let owner: Member
let now = Date.now()
test.before(async () => {
  app = await startApp({ now: () => now })
  owner = await member(app, app.root)
})
test.after(() => app.stop())

let keys = 0
function freshKey(): string {
  keys += 1
  return `order-${keys}`
}

function create(key: string, data: Document, who: Member = owner): Promise<Answer> {
  return ask(app, who, 'PUT', '/accounts', { data, headers: { 'Idempotency-Key': key } })
}

async function childrenOf(who: Member): Promise<number> {
  return (await ask(app, who, 'GET', pathOf(who, '/children'))).list.length
}

test('a create that is sent again gives what the first has made, and says so', async () => {
  const [key, data] = [freshKey(), { name: freshName(), free: { of: 'choice' } }]
  const first = await create(key, data)
  assert.equal([first.status, first.headers.get('idempotent-replayed')], [201, null])
  const before = await childrenOf(owner)
  const again = await create(key, data)
  assert.equal([again.status, again.headers.get('idempotent-replayed')], [201, 'true'])
  assert.equal(again.data, first.data)
  assert.is(again.headers.get('location'), first.headers.get('location'))
  assert.is(await childrenOf(owner), before)
})

test('sixteen at once make one, though its name may be given once', async () => {
  const [key, data, before] = [freshKey(), { name: freshName() }, await childrenOf(owner)]
  const answers = await Promise.all(Array.from({ length: 16 }, () => create(key, data)))
  assert.equal(new Set(answers.map(({ status }) => status)), new Set([201]))
  assert.is(new Set(answers.map(({ data: { id } }) => id)).size, 1)
  assert.is(answers.filter(({ headers }) => !headers.has('idempotent-replayed')).length, 1)
  assert.is(await childrenOf(owner), before + 1)
})

test('another document or another parent under the same key is refused', async () => {
  const [key, name] = [freshKey(), freshName()]
  const { data } = await create(key, { name })
  const other = await create(key, { name: freshName() })
  assert.equal([other.status, other.body.message], [422, 'idempotency_key_reused'])
  const headers = { 'Idempotency-Key': key }
  for (const parent of [owner, { sid: `AC${data.id}` }]) {
    const below = await ask(app, owner, 'PUT', pathOf(parent), { data: { name: 'x' }, headers })
    assert.is(below.status, parent === owner ? 201 : 422)
  }
})

test('a refused create is not remembered, nor is any for longer than a day', async () => {
  const key = freshKey()
  assert.is((await create(key, { name: '' })).status, 400)
  const made = await create(key, { name: freshName() })
  assert.is(made.status, 201)
  now += day + 1000
  const later = await create(key, { name: freshName() })
  assert.is(later.status, 201)
  assert.is.not(later.data.id, made.data.id)
})

test('a key that is none is refused by its name', async () => {
  for (const key of ['two words', 'x'.repeat(256)]) {
    const refused = await create(key, { name: freshName() })
    assert.is(refused.status, 400)
    assert.ok('Idempotency-Key' in codes(refused))
  }
})

test('what was made is told of no more when it is deleted, or moved out of the branch', async () => {
  const deleted = { key: freshKey(), data: { name: freshName() } }
  const gone = await create(deleted.key, deleted.data)
  await ask(app, owner, 'DELETE', `/accounts/${gone.data.id}`)
  assert.is((await create(deleted.key, deleted.data)).status, 404)

  const moved = { key: freshKey(), data: { name: freshName() } }
  const { data } = await create(moved.key, moved.data)
  const to = idOf((await member(app, app.root)).sid)
  const move = await ask(app, app.root, 'POST', `/accounts/${data.id}/move`, { data: { to } })
  assert.is(move.status, 200)
  const told = await create(moved.key, moved.data)
  assert.is(told.status, 403)
  assert.not.match(told.text, moved.data.name)
})

test.run()
