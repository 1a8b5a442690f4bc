import * as assert from 'uvu/assert'
import type { PlacedAccount, Store } from '../../../db/store.ts'
import { accountNow, addBelow, auditOn, plantRoot, setStatus } from '../../support/records.ts'
import { type Check, sweepToTheEnd } from './check.ts'

export function closing(check: Check): void {
  check('closing an account takes its branch out of the counts above at once', async (store) => {
    const root = await plantRoot(store)
    const top = await addBelow(store, root)
    const child = await addBelow(store, top)
    await addBelow(store, child)
    await addBelow(store, root)
    await setStatus(store, child, 'closed')
    assert.is((await accountNow(store, top.sid)).descendantsCount, 0)
    assert.is((await accountNow(store, root.sid)).descendantsCount, 2)
    const closed = await setStatus(store, top, 'closed')
    assert.is(closed.closedBy, top.sid)
    assert.is((await accountNow(store, root.sid)).descendantsCount, 1)
  })

  check('closing writes one row: those below keep theirs', async (store) => {
    const root = await plantRoot(store)
    const top = await addBelow(store, root)
    const child = await addBelow(store, top, { status: 'suspended' })
    await setStatus(store, top, 'closed')
    const { lineage, ...row } = await accountNow(store, child.sid)
    assert.equal({ ...row, lineage: child.lineage }, child)
    assert.equal(
      lineage.map(({ status }) => status),
      ['active', 'closed', 'suspended'],
    )
  })
}

export function hidingClosedBranches(check: Check): void {
  check('what lies in a closed branch is in no list, before it is swept', async (store) => {
    const root = await plantRoot(store)
    const top = await addBelow(store, root, { friendlyName: 'B' })
    const child = await addBelow(store, top, { friendlyName: 'C' })
    await addBelow(store, child, { friendlyName: 'D' })
    const beside = await addBelow(store, root, { friendlyName: 'A' })
    const below = await addBelow(store, beside, { friendlyName: 'E' })
    await setStatus(store, top, 'closed')
    for (const ascending of [true, false]) {
      const { accounts: listed } = await store.namedPage(
        { below: root.path },
        { ascending, limit: 10 },
      )
      const expected = ascending ? [beside.sid, below.sid] : [below.sid, beside.sid]
      assert.equal(
        listed.map(({ sid }) => sid),
        expected,
      )
    }
    for (let done = await store.sweepClosedBranches(1); done === 'more'; ) {
      const { accounts: listed } = await store.namedPage(
        { below: root.path },
        { ascending: true, limit: 10 },
      )
      assert.is(listed.length, 2, 'nor while it is swept')
      done = await store.sweepClosedBranches(1)
    }
  })

  check('a reseller in a closed branch is in nobody’s way, before it is swept', async (store) => {
    const upper = await addBelow(store, await plantRoot(store))
    const top = await addBelow(store, upper)
    const reseller = await addBelow(store, top)
    const set = async ({ sid }: PlacedAccount, isReseller: boolean) => {
      const { lineage } = await accountNow(store, sid)
      const terms = { noResellerBelow: true }
      return (await store.changeAccount(lineage, { isReseller }, auditOn(sid), terms)).outcome
    }
    assert.is(await set(reseller, true), 'changed')
    assert.is(await set(upper, true), 'hasDescendants')
    await setStatus(store, top, 'closed')
    assert.is(await set(upper, true), 'changed')
  })
}

export function sweeping(check: Check): void {
  check('without a closed branch there is nothing to sweep', async (store) => {
    assert.is(await store.sweepClosedBranches(10), 'done')
    const child = await addBelow(store, await plantRoot(store))
    await setStatus(store, child, 'suspended')
    assert.is(await store.sweepClosedBranches(10), 'done')
    assert.is((await accountNow(store, child.sid)).closedBy, undefined)
  })

  check('a sweep marks all below a closed account and changes nothing else', async (store) => {
    const root = await plantRoot(store)
    const top = await addBelow(store, root)
    const child = await addBelow(store, top, { status: 'inactive' })
    const grandchild = await addBelow(store, child)
    const beside = await addBelow(store, root)
    const belowBeside = await addBelow(store, beside)
    await setStatus(store, top, 'closed')
    const before = await store.findAccounts([top, child, grandchild, beside, belowBeside, root])
    await sweepToTheEnd(store)
    const after = await store.findAccounts([top, child, grandchild, beside, belowBeside, root])
    const marks = [top.sid, top.sid, top.sid, undefined, undefined, undefined]
    assert.equal(
      after,
      before.map((account, at) => account && { ...account, closedBy: marks[at] }),
    )
    assert.is(await store.sweepClosedBranches(10), 'done')
  })
}

export function sweepingNested(check: Check): void {
  check('an account that was closed before its ancestor stays closed by itself', async (store) => {
    const top = await addBelow(store, await plantRoot(store))
    const child = await addBelow(store, top)
    const grandchild = await addBelow(store, child)
    await setStatus(store, child, 'closed')
    await sweepToTheEnd(store)
    await setStatus(store, top, 'closed')
    await sweepToTheEnd(store)
    assert.equal(await marksOf(store, [top, child, grandchild]), [top.sid, child.sid, child.sid])
  })

  check('who marks a branch does not depend on how soon it was swept', async (store) => {
    const top = await addBelow(store, await plantRoot(store))
    const child = await addBelow(store, top)
    const grandchild = await addBelow(store, child)
    await setStatus(store, child, 'closed')
    await setStatus(store, top, 'closed')
    await sweepToTheEnd(store)
    assert.equal(await marksOf(store, [top, child, grandchild]), [top.sid, child.sid, child.sid])
  })
}

export function sweepingMany(check: Check): void {
  check('a sweep marks no more at a time than it was told', async (store) => {
    const root = await plantRoot(store)
    const top = await addBelow(store, root)
    const below = await addMany(store, top, 7)
    await setStatus(store, top, 'closed')
    const marked: number[] = []
    while ((await store.sweepClosedBranches(3)) === 'more') {
      marked.push((await marksOf(store, below)).filter((mark) => mark === top.sid).length)
    }
    assert.equal([...new Set(marked)], [3, 6, 7])
  })

  check('a branch that is closed while another is swept is swept too', async (store) => {
    const root = await plantRoot(store)
    const tops = [
      await addBelow(store, root),
      await addBelow(store, root),
      await addBelow(store, root),
    ]
    const below = await Promise.all(tops.map((top) => addMany(store, top, 5)))
    for (const top of tops) {
      await setStatus(store, top, 'closed')
      assert.is(await store.sweepClosedBranches(2), 'more')
    }
    await sweepToTheEnd(store, 2)
    for (const [at, { sid }] of tops.entries()) {
      assert.equal(await marksOf(store, below[at] ?? []), Array(5).fill(sid))
    }
  })
}

async function addMany(store: Store, parent: PlacedAccount, count: number) {
  const added: PlacedAccount[] = []
  while (added.length < count) {
    added.push(await addBelow(store, parent))
  }
  return added
}

async function marksOf(store: Store, accounts: readonly PlacedAccount[]) {
  return (await store.findAccounts(accounts)).map((account) => account?.closedBy)
}
