import * as assert from 'uvu/assert'
import type { AuditEntry, PlacedAccount, ReopenTerms, Store } from '../../../db/store.ts'
import { recordedOf } from '../../support/recorded.ts'
import {
  accountNow,
  addBelow,
  auditOn,
  newToken,
  plantRoot,
  setStatus,
} from '../../support/records.ts'
import { type Check, sweepToTheEnd } from './check.ts'

const terms: ReopenTerms = { limit: 2, maxChildren: 100, uniqueNames: true, newToken }

export function reopening(check: Check): void {
  for (const steps of [0, 1, 2, 3, 20]) {
    check(`a branch of which ${steps} chunks are swept comes back as it was`, async (store) => {
      const { root, top, below, closed } = await plantBranch(store)
      const all = [root, top, ...below, ...closed]
      const before = await store.findAccounts(all)
      await setStatus(store, top, 'closed')
      for (let step = 0; step < steps; step += 1) {
        await store.sweepClosedBranches(2)
      }
      assert.is((await reopenToTheEnd(store, top)).outcome, 'changed')
      await sweepToTheEnd(store)
      const after = await store.findAccounts(all)
      assert.equal(after.map(withoutToken), before.map(withoutToken))
      const isNew = after.map((account, at) => digestOf(account) !== digestOf(before[at]))
      assert.equal(isNew.slice(0, 8), [false, ...Array(7).fill(true)])
    })
  }

  check(
    'no more accounts than it was told are written at once, and the last row opens',
    async (store) => {
      const { top, below } = await plantBranch(store)
      await setStatus(store, top, 'closed')
      await sweepToTheEnd(store)
      const written: number[] = []
      const { lineage } = await accountNow(store, top.sid)
      while ((await store.reopenBranch(lineage, terms, auditOn(top.sid))).outcome === 'more') {
        const now = await store.findAccounts(below)
        written.push(now.filter((account) => account?.closedBy === undefined).length)
        assert.ok(now.every((account) => account?.lineage[1]?.status === 'closed'))
      }
      assert.equal([...new Set(written)], [0, 2, 4, 6].slice(0, new Set(written).size))
      assert.is((await accountNow(store, top.sid)).status, 'active')
    },
  )

  check('it is recorded once, with the act that opens', async (store) => {
    const { top } = await plantBranch(store)
    await setStatus(store, top, 'closed')
    const entry = auditOn(top.sid)
    const count = (await recordedOf(store, top.sid)).length
    await reopenToTheEnd(store, top, terms, entry)
    assert.equal((await recordedOf(store, top.sid)).slice(count), [entry])
  })
}

export function reopeningOnlyRoots(check: Check): void {
  check('what lives, or lies in the closed branch of another, is not reopened', async (store) => {
    const { top, below, closed } = await plantBranch(store)
    assert.is((await reopenToTheEnd(store, top)).outcome, 'stale')
    await setStatus(store, top, 'closed')
    for (const account of [...below, ...closed]) {
      assert.is((await reopenToTheEnd(store, account)).outcome, 'stale')
    }
  })

  check(
    'a change above it makes it stale at its end alone, and it goes on from there',
    async (store) => {
      const { root, top } = await plantBranch(store)
      await setStatus(store, top, 'closed')
      const { lineage } = await accountNow(store, top.sid)
      await store.changeAccount(root.lineage, { friendlyName: 'Renamed' }, auditOn(root.sid))
      const outcomes: string[] = []
      while (outcomes.at(-1) !== 'stale') {
        outcomes.push((await store.reopenBranch(lineage, terms, auditOn(top.sid))).outcome)
      }
      assert.ok(outcomes.length > 3)
      const now = await accountNow(store, top.sid)
      assert.is((await store.reopenBranch(now.lineage, terms, auditOn(top.sid))).outcome, 'changed')
    },
  )
}

export function interruptingReopenings(check: Check): void {
  check('what was made ready and is given up is swept again', async (store) => {
    const { top, below } = await plantBranch(store)
    await setStatus(store, top, 'closed')
    const { lineage } = await accountNow(store, top.sid)
    for (let step = 0; step < 6; step += 1) {
      await store.reopenBranch(lineage, terms, auditOn(top.sid))
      assert.is(await store.sweepClosedBranches(50), 'done')
    }
    await store.giveUpReopening(top.sid)
    await sweepToTheEnd(store)
    const marks = (await store.findAccounts(below)).map((account) => account?.closedBy)
    assert.equal(marks, Array(6).fill(top.sid))
    assert.is((await reopenToTheEnd(store, top)).outcome, 'changed')
  })

  check('a close above ends a reopening below it, and each keeps its marks', async (store) => {
    const { root, top, below } = await plantBranch(store)
    const inner = below[0]
    assert.ok(inner)
    const deepest = await addBelow(store, inner)
    await setStatus(store, inner, 'closed')
    const { lineage } = await accountNow(store, inner.sid)
    assert.is(
      (await store.reopenBranch(lineage, { ...terms, limit: 1 }, auditOn(inner.sid))).outcome,
      'more',
    )
    await setStatus(store, top, 'closed')
    await sweepToTheEnd(store)
    assert.is((await accountNow(store, deepest.sid)).closedBy, inner.sid)
    assert.is((await reopenToTheEnd(store, inner)).outcome, 'stale')
    assert.is((await reopenToTheEnd(store, top)).outcome, 'changed')
    assert.is((await accountNow(store, deepest.sid)).closedBy, inner.sid)
    assert.is((await reopenToTheEnd(store, inner)).outcome, 'changed')
    assert.is((await accountNow(store, root.sid)).descendantsCount, 8)
  })

  check('a branch that is moved on the way is reopened where it then is', async (store) => {
    const { root, top, below } = await plantBranch(store)
    const house = await addBelow(store, root)
    const inner = below[0]
    assert.ok(inner)
    const deepest = await addBelow(store, inner)
    await setStatus(store, inner, 'closed')
    const small = { ...terms, limit: 1 }
    const { lineage } = await accountNow(store, inner.sid)
    await store.reopenBranch(lineage, small, auditOn(inner.sid))
    const places = [await accountNow(store, top.sid), await accountNow(store, house.sid)] as const
    await store.moveBranch(
      places[0].lineage,
      places[1].lineage,
      { maxDepth: 9, maxChildren: 100 },
      auditOn(top.sid),
    )
    assert.is((await reopenToTheEnd(store, inner, small)).outcome, 'changed')
    assert.is((await accountNow(store, deepest.sid)).closedBy, undefined)
    assert.is((await accountNow(store, house.sid)).descendantsCount, 8)
  })
}

export function refusingReopenings(check: Check): void {
  check(
    'a realm or a name that another got meanwhile stops it, whenever that is',
    async (store) => {
      for (const field of ['realm', 'name'] as const) {
        for (const steps of [0, 1, 2]) {
          const root = (await store.findRoot()) ?? (await plantRoot(store))
          const top = await addBelow(store, root)
          const names = [1, 2, 3].map((at) => ({ friendlyName: `${field} ${steps} ${at}` }))
          const below = await Promise.all(names.map((name) => addBelow(store, top, name)))
          await setStatus(store, top, 'closed')
          await sweepToTheEnd(store)
          const { lineage } = await accountNow(store, top.sid)
          for (let step = 0; step < steps; step += 1) {
            await store.reopenBranch(lineage, { ...terms, limit: 1 }, auditOn(top.sid))
          }
          const last = below.toSorted((a, b) => (a.path < b.path ? -1 : 1)).at(-1)
          assert.ok(last)
          const given =
            field === 'realm' ? { realm: last.realm } : { friendlyName: last.friendlyName }
          await addBelow(store, root, given)
          const outcome = await reopenToTheEnd(store, top, { ...terms, limit: 1 })
          assert.equal(outcome, { outcome: 'taken', field, sid: last.sid })
          await sweepToTheEnd(store)
          const marks = (await store.findAccounts(below)).map((account) => account?.closedBy)
          assert.equal(marks, Array(3).fill(top.sid))
          const free = await reopenToTheEnd(store, top, { ...terms, uniqueNames: false })
          assert.is(free.outcome, field === 'name' ? 'changed' : 'taken')
        }
      }
    },
  )

  check(
    'a name that both had before the close is no conflict, nor one of the closed',
    async (store) => {
      const root = await plantRoot(store)
      const [one, other] = [
        await addBelow(store, root, { friendlyName: 'Shop' }),
        await addBelow(store, root, { friendlyName: 'Shop' }),
      ]
      await setStatus(store, one, 'closed')
      await store.changeAccount(
        (await accountNow(store, other.sid)).lineage,
        { friendlyName: 'SHOP' },
        auditOn(other.sid),
      )
      assert.is((await reopenToTheEnd(store, one)).outcome, 'changed')
      await setStatus(store, one, 'closed')
      const house = await addBelow(store, root)
      await addBelow(store, house, { friendlyName: 'Shop' })
      await setStatus(store, house, 'closed')
      assert.is((await reopenToTheEnd(store, one)).outcome, 'changed')
    },
  )
}

export function keepingQuotas(check: Check): void {
  check('reopening makes no more living children than there may be', async (store) => {
    const root = await plantRoot(store)
    const top = await addBelow(store, root)
    await setStatus(store, top, 'closed')
    await addBelow(store, root)
    const full = await reopenToTheEnd(store, top, { ...terms, maxChildren: 1 })
    assert.equal(full, { outcome: 'quotaReached' })
    const { outcome } = await reopenToTheEnd(store, top, { ...terms, maxChildren: 2 })
    assert.is(outcome, 'changed')
  })
}

export function countingBranches(check: Check): void {
  check(
    'what lives in a branch is counted, be what is closed there swept or not',
    async (store) => {
      const { top, below } = await plantBranch(store)
      const accounts = { active: 6, uninitialized: 0, inactive: 0, suspended: 1 }
      const counts = { accounts, apiKeys: 0, callflows: 0, numbers: 0, sessions: 0, names: 7 }
      assert.equal(await store.countBranch(top.sid, 5), counts)
      const inner = below[0]
      assert.ok(inner)
      await addBelow(store, inner)
      await setStatus(store, inner, 'closed')
      const fewer = { ...counts, accounts: { ...accounts, active: 4 }, names: 5 }
      assert.equal(await store.countBranch(top.sid, 5), fewer)
      await sweepToTheEnd(store)
      assert.equal(await store.countBranch(top.sid, 5), fewer)
      assert.is(await store.countBranch('ACnobody', 5), undefined)
    },
  )
}

/** Six below an account, one of them suspended; and one closed with one below, both swept. */
async function plantBranch(store: Store) {
  const root = await plantRoot(store)
  const top = await addBelow(store, root)
  const closed = [await addBelow(store, top)]
  closed.push(await addBelow(store, closed[0] ?? top))
  await setStatus(store, closed[0] ?? top, 'closed')
  await sweepToTheEnd(store)
  const below: PlacedAccount[] = []
  for (const status of ['active', 'suspended', 'active'] as const) {
    const child = await addBelow(store, top, { status })
    below.push(child, await addBelow(store, child))
  }
  return { root, top: await accountNow(store, top.sid), below, closed }
}

async function reopenToTheEnd(
  store: Store,
  { sid }: Pick<PlacedAccount, 'sid'>,
  given: ReopenTerms = terms,
  entry: AuditEntry = auditOn(sid),
) {
  while (true) {
    const { lineage } = await accountNow(store, sid)
    const outcome = await store.reopenBranch(lineage, given, entry)
    if (outcome.outcome !== 'more') {
      return outcome
    }
  }
}

function digestOf(account: PlacedAccount | undefined): string {
  return String(account?.token.digest)
}

function withoutToken(account: PlacedAccount | undefined) {
  assert.ok(account)
  const { token: _token, updatedAt: _at, revision: _revision, lineage, ...rest } = account
  return { ...rest, lineage: lineage.map(({ sid, status }) => [sid, status]) }
}
