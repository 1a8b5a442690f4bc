import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, type Document, idOf, type Member, member, pathOf } from '../../support/crossbar.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

let app: TestApp
let a: Member
let b: Member
let c: Member
let d: Member
/** The root above `a` and `other`; `b` and `b2` below `a`, `c` below `b`, `d` below `c`. */
test.before(async () => {
  app = await startApp()
  a = await member(app, app.root, { name: 'A', flags: ['one'] })
  await member(app, app.root, { name: 'Other' })
  b = await member(app, a, { name: 'B' })
  await member(app, a, { name: 'B2' })
  c = await member(app, b, { name: 'C' })
  d = await member(app, c, { name: 'D' })
})
test.after(() => app.stop())

function names(list: readonly Document[]): unknown[] {
  return list.map(({ name }) => name)
}

function summary({ document }: Member) {
  return { id: document.id, name: document.name, realm: document.realm }
}

test('the way down to an account begins at the caller and ends with its parent', async () => {
  for (const route of ['/parents', '/tree']) {
    const seen = await ask(app, a, 'GET', pathOf(d, route))
    assert.equal(
      seen.list,
      [a, b, c].map(({ id, document }) => ({ id, name: document.name ?? '' })),
    )
    const fromRoot = await ask(app, app.root, 'GET', pathOf(d, route))
    assert.is(fromRoot.list[0]?.id, idOf(app.root.sid))
    assert.is(fromRoot.list.length, 4)
    assert.equal((await ask(app, d, 'GET', pathOf(d, route))).list, [])
    assert.equal((await ask(app, app.root, 'GET', pathOf(app.root, route))).list, [])
  }
})

test('the way down tells how many accounts are on it', async () => {
  for (const route of ['/parents', '/tree']) {
    const { body } = await ask(app, a, 'GET', pathOf(c, route))
    assert.is(body.page_size, 2)
    assert.is(body.start_key, '')
    assert.is((await ask(app, a, 'GET', pathOf(a, route))).body.page_size, 0)
  }
})

test('children are the accounts directly below, with the count of all below them', async () => {
  const { list, body } = await ask(app, app.root, 'GET', `${pathOf(a, '/children')}?ascending=true`)
  assert.equal(list[0], { ...summary(b), tree: [idOf(app.root.sid), a.id], descendants_count: 2 })
  assert.equal(names(list), ['B', 'B2'])
  assert.is(body.page_size, 2)
  assert.is(body.start_key, '')
  assert.not.ok('next_start_key' in body)
  const top = await ask(app, app.root, 'GET', pathOf(app.root, '/children'))
  assert.equal(
    top.list.map(({ name, descendants_count: count }) => [name, count]),
    [
      ['Other', 0],
      ['A', 4],
    ],
  )
  assert.equal(top.list[1]?.flags, ['one'])
})

test('descendants are those of all levels, each with its tree from the caller on', async () => {
  const path = `${pathOf(a, '/descendants')}?ascending=true`
  const { list } = await ask(app, a, 'GET', path)
  assert.equal(names(list), ['B', 'B2', 'C', 'D'])
  assert.equal(list[3], { ...summary(d), tree: [a.id, b.id, c.id] })
  const fromRoot = await ask(app, app.root, 'GET', path)
  assert.equal(fromRoot.list[3]?.tree, [idOf(app.root.sid), a.id, b.id, c.id])
})

test('siblings are all below the same parent, the account itself too', async () => {
  const { list } = await ask(app, a, 'GET', `${pathOf(b, '/siblings')}?ascending=true`)
  assert.equal(names(list), ['B', 'B2'])
  assert.is(list[0]?.descendants_count, 2)
  assert.equal((await ask(app, b, 'GET', pathOf(b, '/siblings'))).list.length, 2)
  assert.equal((await ask(app, app.root, 'GET', pathOf(app.root, '/siblings'))).list, [])
})

test('the setting keeps an account from its own siblings, and nobody from those below', async () => {
  const crossbar = {
    allowMove: 'superduper_admin',
    allowSiblingListing: false,
    ensureUniqueName: true,
    realmSuffix: 'sip.2600hz.com',
  } as const
  const closed = await startApp({ config: { crossbar } })
  const parent = await member(closed, closed.root)
  const child = await member(closed, parent)
  const own = await ask(closed, child, 'GET', pathOf(child, '/siblings'))
  assert.is(own.status, 403)
  assert.is(own.body.message, 'forbidden')
  assert.is((await ask(closed, parent, 'GET', pathOf(child, '/siblings'))).list.length, 1)
  assert.is((await ask(closed, closed.root, 'GET', pathOf(child, '/siblings'))).status, 200)
  const root = await ask(closed, closed.root, 'GET', pathOf(closed.root, '/siblings'))
  assert.equal(root.list, [])
  await closed.stop()
})

test('the count of descendants is exact after every create and delete', async () => {
  const top = await member(app, app.root)
  const count = async () => {
    const { list } = await ask(app, app.root, 'GET', pathOf(app.root, '/children?paginate=false'))
    return list.find(({ id }) => id === top.id)?.descendants_count
  }
  const below = await member(app, top)
  const made = await Promise.all(Array.from({ length: 9 }, () => member(app, below)))
  assert.is(await count(), 10)
  await Promise.all(made.map((each) => ask(app, app.root, 'DELETE', pathOf(each))))
  assert.is(await count(), 1)
  await ask(app, app.root, 'DELETE', pathOf(below))
  assert.is(await count(), 0)
  await ask(app, app.root, 'DELETE', pathOf(top))
})

test.run()
