import * as assert from 'uvu/assert'
import type { AccountStatus, PagePosition, RandomPage, Store } from '../../../db/store.ts'
import { newSid } from '../../../lib/ids.ts'
import { accountNow, addBelow, addKey, plantRoot, setStatus } from '../../support/records.ts'
import type { Check } from './check.ts'

type ReadPage<Row> = (page: RandomPage) => Promise<readonly Row[]>

export function pagingFamilies(check: Check): void {
  check('an account and its children come in the order of creation, no others', async (store) => {
    const { parent, family } = await plantFamily(store)
    await assertPages((page) => store.familyPage(parent.sid, {}, page), family)
  })

  check('an account without children is a family, and no account is none', async (store) => {
    const root = await plantRoot(store)
    assert.equal(await store.familyPage(root.sid, {}, { limit: 5 }), [root])
    assert.equal(await store.familyPage(newSid('AC'), {}, { limit: 5 }), [])
  })
}

export function filteringFamilies(check: Check): void {
  check('a family is filtered by the whole name, letter by letter', async (store) => {
    const parent = await addBelow(store, await plantRoot(store), { friendlyName: 'Sales' })
    const names = ['Sales', 'sales', 'Sales ', 'Sale_', 'Sal%', 'Säles']
    for (const friendlyName of names) {
      await addBelow(store, parent, { friendlyName })
    }
    const named = async (friendlyName: string) =>
      (await store.familyPage(parent.sid, { friendlyName }, { limit: 10 })).map(
        (account) => account.friendlyName,
      )
    assert.equal(await named('Sales'), ['Sales', 'Sales'])
    for (const name of names.slice(1)) {
      assert.equal(await named(name), [name])
    }
    for (const name of ['', '%', 'Sale', 'SALES']) {
      assert.equal(await named(name), [])
    }
  })

  check('a family is filtered by the own status of each', async (store) => {
    const { parent, family } = await plantFamily(store)
    // What stands above does not count: the statuses are the own ones.
    await setStatus(store, parent, 'suspended')
    const now = await Promise.all(family.map(({ sid }) => accountNow(store, sid)))
    const wanted: AccountStatus[][] = [['active'], ['suspended'], ['closed', 'inactive'], []]
    for (const statuses of wanted) {
      const expected = now.filter(({ status }) => statuses.includes(status))
      await assertPages((page) => store.familyPage(parent.sid, { statuses }, page), expected)
    }
  })

  check('of two filters both must hold, on every page', async (store) => {
    const { parent, family } = await plantFamily(store)
    const statuses: AccountStatus[] = ['active', 'closed']
    const filter = { friendlyName: 'even', statuses }
    const expected = family.filter(
      ({ friendlyName, status }) => friendlyName === 'even' && statuses.includes(status),
    )
    assert.ok(expected.length > 1 && expected.length < family.length)
    await assertPages((page) => store.familyPage(parent.sid, filter, page), expected)
  })
}

export function pagingKeys(check: Check): void {
  check('the keys of an account come in the order of creation, no others', async (store) => {
    const root = await plantRoot(store)
    const child = await addBelow(store, root)
    const keys = []
    for (const createdAt of [30, 10, 20, 10, 10]) {
      keys.push(await addKey(store, child, { createdAt }))
      await addKey(store, root, { createdAt })
    }
    keys.sort(byCreation)
    await assertPages((page) => store.apiKeysPage(child.sid, page), keys)
    assert.equal(await store.apiKeysPage(newSid('AC'), { limit: 5 }), [])
  })
}

/** An account in the middle of its children by age, with relatives around that are no family of it. */
async function plantFamily(store: Store) {
  const root = await plantRoot(store)
  const { sid } = await addBelow(store, root, { createdAt: 20, friendlyName: 'even' })
  const parent = await accountNow(store, sid)
  await addBelow(store, root, { createdAt: 20, friendlyName: 'even' })
  const statuses = ['active', 'suspended', 'active', 'inactive', 'active', 'closed'] as const
  const children: string[] = []
  for (const [index, createdAt] of [30, 10, 20, 20, 40, -5].entries()) {
    const friendlyName = index % 2 === 0 ? 'odd' : 'even'
    const { [index]: status = 'active' } = statuses
    const child = await addBelow(store, parent, { createdAt, friendlyName, status })
    await addBelow(store, child, { createdAt: 20, friendlyName: 'even' })
    children.push(child.sid)
  }
  const sids = [sid, ...children]
  const family = await Promise.all(sids.map((each) => accountNow(store, each)))
  return { parent, family: family.toSorted(byCreation) }
}

/** That all pages of every size, read forwards, backwards and at a distance, are these rows. */
async function assertPages<Row extends PagePosition>(
  read: ReadPage<Row>,
  rows: readonly Row[],
): Promise<void> {
  for (const limit of [1, 2, 3, rows.length + 1]) {
    assert.equal(await readForwards(read, limit), rows)
    assert.equal(await readBackwards(read, limit), rows)
    for (let offset = 0; offset <= rows.length + 1; offset += 1) {
      assert.equal(await read({ limit, offset }), rows.slice(offset, offset + limit))
    }
  }
  assert.equal(await read({ limit: 0 }), [])
}

async function readForwards<Row extends PagePosition>(
  read: ReadPage<Row>,
  limit: number,
): Promise<readonly Row[]> {
  const all: Row[] = []
  let after: PagePosition | undefined
  do {
    const page = await read({ ...(after && { after }), limit })
    assert.ok(page.length <= limit)
    all.push(...page)
    after = page.at(-1)
  } while (after !== undefined)
  return all
}

/** From the end to the begin; each page itself is in the order of creation. */
async function readBackwards<Row extends PagePosition>(
  read: ReadPage<Row>,
  limit: number,
): Promise<readonly Row[]> {
  const all: Row[] = []
  let before: PagePosition | undefined = { createdAt: Number.MAX_SAFE_INTEGER, sid: '' }
  while (before !== undefined) {
    const page: readonly Row[] = await read({ before, limit })
    assert.ok(page.length <= limit)
    all.unshift(...page)
    before = page[0]
  }
  return all
}

function byCreation(one: PagePosition, other: PagePosition): number {
  return one.createdAt - other.createdAt || (one.sid < other.sid ? -1 : 1)
}
