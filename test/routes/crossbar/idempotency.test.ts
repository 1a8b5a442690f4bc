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
import { type Receiver, startSilentReceiver, toReceivers } from '../../support/webhook-receiver.ts'

const day = 24 * 60 * 60 * 1000

let app: TestApp
let owner: Member
let receiver: Receiver
let now = Date.now()
test.before(async () => {
  app = await startApp({ now: () => now, config: toReceivers })
  receiver = await startSilentReceiver()
  owner = await member(app, app.root)
})
test.after(async () => {
  await app.stop()
  await receiver.stop()
})

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

/** What else is made below an account under a key. */
const creates = [
  { what: 'callflow', path: '/callflows', document: callflow, change: { name: 'Night' } },
  { what: 'webhook', path: '/webhooks', document: webhook, change: { name: 'Night' } },
] as const

let numbers = 100
function callflow(): Document {
  numbers += 1
  // While so many patterns are compiled, other requests are answered.
  const patterns = Array.from({ length: 64 }, (_, index) => `^${numbers}${index}$`)
  return { numbers: [`${numbers}`], patterns, flow: { module: 'play', data: { id: 'x' } } }
}

function webhook(): Document {
  return { uri: receiver.url }
}

for (const { what, path, document, change } of creates) {
  const put = (key: string, data: Document, to = owner) =>
    ask(app, owner, 'PUT', pathOf(to, path), { data, headers: { 'Idempotency-Key': key } })
  const listed = async () => (await ask(app, owner, 'GET', pathOf(owner, path))).list

  test(`a ${what} that is made again is given as it is now, and no secret with it`, async () => {
    const [key, data] = [freshKey(), document()]
    const first = await put(key, data)
    assert.equal([first.status, first.headers.get('idempotent-replayed')], [201, null])
    assert.is('secret' in first.data, what === 'webhook')
    const one = pathOf(owner, `${path}/${first.data.id}`)
    await ask(app, owner, 'PATCH', one, { data: change })
    const [now, before] = [await ask(app, owner, 'GET', one), await listed()]
    const again = await put(key, data)
    assert.equal([again.status, again.headers.get('idempotent-replayed')], [201, 'true'])
    assert.equal([again.data, again.data.name], [now.data, change.name])
    for (const header of ['location', 'etag']) {
      assert.is(again.headers.get(header), (header === 'etag' ? now : first).headers.get(header))
    }
    assert.equal(await listed(), before)
  })

  test(`of sixteen equal creates of a ${what} at once one makes it`, async () => {
    const [key, data, before] = [freshKey(), document(), (await listed()).length]
    const answers = await Promise.all(Array.from({ length: 16 }, () => put(key, data)))
    assert.equal(new Set(answers.map(({ status }) => status)), new Set([201]))
    assert.is(new Set(answers.map(({ data: { id } }) => id)).size, 1)
    assert.is(answers.filter(({ headers }) => !headers.has('idempotent-replayed')).length, 1)
    assert.is(answers.filter(({ data: { secret } }) => secret).length, what === 'webhook' ? 1 : 0)
    assert.is((await listed()).length, before + 1)
  })

  test(`another ${what}, or one of another account, under the same key is refused`, async () => {
    const [key, data, low] = [freshKey(), document(), await member(app, owner)]
    assert.is((await put(key, data)).status, 201)
    const before = await listed()
    for (const [other, to] of [
      [{ ...data, name: 'Other' }, owner],
      [data, low],
    ] as const) {
      const refused = await put(key, other, to)
      assert.equal([refused.status, refused.body.message], [422, 'idempotency_key_reused'])
    }
    assert.equal(await listed(), before)
    assert.equal((await ask(app, owner, 'GET', pathOf(low, path))).list, [])
  })

  test(`a ${what} that was refused is not remembered, nor told of once it is deleted`, async () => {
    const [key, data] = [freshKey(), document()]
    assert.is((await put(key, {})).status, 400)
    const made = await put(key, data)
    assert.equal([made.status, made.headers.get('idempotent-replayed')], [201, null])
    await ask(app, owner, 'DELETE', pathOf(owner, `${path}/${made.data.id}`))
    const before = await listed()
    assert.is((await put(key, data)).status, 404)
    assert.equal(await listed(), before)
    now += day + 1000
    const later = await put(key, data)
    assert.equal([later.status, later.headers.get('idempotent-replayed')], [201, null])
  })
}

test.run()
