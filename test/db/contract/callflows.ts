import * as assert from 'uvu/assert'
import type { CallflowDraft, CallflowRecord, PlacedAccount, Store } from '../../../db/store.ts'
import { recordedOf } from '../../support/recorded.ts'
import { addBelow, auditOn, newCallflow, plantRoot } from '../../support/records.ts'
import { anyChanges, type Check } from './check.ts'

export function insertingCallflows(check: Check): void {
  check('a callflow comes back with all that was stored, to its account alone', async (store) => {
    const { root, child } = await family(store)
    const draft = newCallflow(child, { document: { name: 'Night ☾', flow: { data: {} } } })
    const entry = auditOn(draft.id, { at: 77 })
    const result = await store.insertCallflow(draft, child.lineage, entry)
    const { id, accountSid, document } = draft
    const stored = { id, accountSid, document, createdAt: 77, updatedAt: 77, revision: 1 }
    assert.equal(result, { outcome: 'stored', callflow: stored })
    assert.equal(await store.findCallflow(child.sid, id), stored)
    assert.is(await store.findCallflow(root.sid, id), undefined)
    assert.equal(await recordedOf(store, id), [entry])
  })

  check('a number and a pattern are in one callflow of an account only', async (store) => {
    const { root, child } = await family(store)
    const first = await addCallflow(store, child, { numbers: ['1', '2'], patterns: ['^1$'] })
    const second = newCallflow(child, { numbers: ['3', '2', '1'], patterns: ['^1$', '2'] })
    const refused = await store.insertCallflow(second, child.lineage, auditOn(second.id))
    const callflowId = first.id
    const conflicts = [
      { kind: 'number', value: '1', callflowId },
      { kind: 'number', value: '2', callflowId },
      { kind: 'pattern', value: '^1$', callflowId },
    ]
    assert.equal(refused, { outcome: 'duplicate', conflicts })
    assert.equal(await store.conflictingNumbers(second), conflicts)
    assert.equal(await store.conflictingNumbers({ ...second, id: first.id }), [])
    assert.is(await store.findCallflow(child.sid, second.id), undefined)
    assert.equal(await recordedOf(store, second.id), [])
    await addCallflow(store, root, { numbers: ['1', '2'], patterns: ['^1$'] })
    // What is a number of one may be a pattern of another.
    await addCallflow(store, child, { numbers: ['^1$'], patterns: ['1', '1'] })
  })

  check('of many callflows with one number, inserted at once, one is stored', async (store) => {
    const { child } = await family(store)
    const results = await Promise.all(
      Array.from({ length: 32 }, () => {
        const draft = newCallflow(child, { numbers: ['500'] })
        return store.insertCallflow(draft, child.lineage, auditOn(draft.id))
      }),
    )
    assert.is(results.filter(({ outcome }) => outcome === 'stored').length, 1)
    assert.is(results.filter(({ outcome }) => outcome === 'duplicate').length, 31)
  })

  check('no callflow is written for an account that has changed since', async (store) => {
    const { root } = await family(store)
    for (const change of anyChanges) {
      const account = await addBelow(store, root)
      const present = await addCallflow(store, account)
      await store.changeAccount(account.lineage, change, auditOn(account.sid))
      const draft = newCallflow(account)
      const entry = auditOn(draft.id)
      const { lineage } = account
      const stale = { outcome: 'stale' }
      assert.equal(await store.insertCallflow(draft, lineage, entry), stale)
      assert.equal(
        await store.changeCallflow(present, { ...draft, id: present.id }, lineage, entry),
        stale,
      )
      assert.is(await store.removeCallflow(present, lineage, entry), 'stale')
      assert.equal(await store.findCallflow(account.sid, present.id), present)
      assert.equal(await recordedOf(store, draft.id), [])
    }
  })
}

export function changingCallflows(check: Check): void {
  check('a change takes the place of all that was there, numbers too', async (store) => {
    const { child } = await family(store)
    const before = await addCallflow(store, child, { numbers: ['1', '2'], patterns: ['a'] })
    const draft = newCallflow(child, {
      id: before.id,
      numbers: ['2', '3'],
      document: { new: true },
    })
    const entry = auditOn(before.id, { at: before.createdAt + 5 })
    const result = await store.changeCallflow(before, draft, child.lineage, entry)
    const after = { ...before, document: { new: true }, updatedAt: entry.at, revision: 2 }
    assert.equal(result, { outcome: 'stored', callflow: after })
    assert.equal(await store.findCallflow(child.sid, before.id), after)
    for (const [number, holder] of [
      ['1', undefined],
      ['2', after],
      ['3', after],
    ] as const) {
      assert.equal(await store.findCallflowOfNumber(child.sid, number), holder)
    }
    await addCallflow(store, child, { numbers: ['1'], patterns: ['a'] })
  })

  check(
    'a change of a callflow that has changed since is stale, a conflict changes nothing',
    async (store) => {
      const { child } = await family(store)
      await addCallflow(store, child, { numbers: ['9'] })
      const before = await addCallflow(store, child, { numbers: ['1'] })
      const draft = newCallflow(child, { id: before.id, numbers: ['1'], document: { a: 1 } })
      const taking = { ...draft, numbers: ['8', '9'] }
      const refused = await store.changeCallflow(before, taking, child.lineage, auditOn(before.id))
      assert.is(refused.outcome, 'duplicate')
      assert.equal(await store.findCallflowOfNumber(child.sid, '1'), before)
      assert.is(await store.findCallflowOfNumber(child.sid, '8'), undefined)
      const results = await Promise.all(
        [1, 2, 3].map(() => store.changeCallflow(before, draft, child.lineage, auditOn(before.id))),
      )
      assert.equal(results.map(({ outcome }) => outcome).sort(), ['stale', 'stale', 'stored'])
      assert.is(await store.removeCallflow(before, child.lineage, auditOn(before.id)), 'stale')
    },
  )

  check('a callflow that was removed is gone, and its numbers are free', async (store) => {
    const { child } = await family(store)
    const before = await addCallflow(store, child, { numbers: ['1'], patterns: ['a'] })
    const entry = auditOn(before.id)
    assert.is(await store.removeCallflow(before, child.lineage, entry), 'removed')
    assert.is(await store.findCallflow(child.sid, before.id), undefined)
    assert.is(await store.findCallflowOfNumber(child.sid, '1'), undefined)
    assert.equal(await store.callflowsPage(child.sid, { ascending: true, limit: 5 }), [])
    assert.is(await store.removeCallflow(before, child.lineage, entry), 'stale')
    assert.equal((await recordedOf(store, before.id)).at(-1), entry)
    await addCallflow(store, child, { numbers: ['1'], patterns: ['a'] })
  })
}

export function pagingCallflows(check: Check): void {
  check('callflows are listed by id in both directions', async (store) => {
    const { root, child } = await family(store)
    await addCallflow(store, root)
    const all: CallflowRecord[] = []
    for (let left = 7; left > 0; left -= 1) {
      all.push(await addCallflow(store, child))
    }
    const ordered = all.toSorted((one, other) => (one.id < other.id ? -1 : 1))
    for (const limit of [1, 2, 3, 10]) {
      assert.equal(await readAll(store, child, true, limit), ordered)
      assert.equal(await readAll(store, child, false, limit), ordered.toReversed())
    }
  })
}

async function readAll(
  store: Store,
  { sid }: PlacedAccount,
  ascending: boolean,
  limit: number,
): Promise<CallflowRecord[]> {
  const all: CallflowRecord[] = []
  while (true) {
    const after = all.at(-1)?.id
    const page = { ...(after !== undefined && { after }), ascending, limit }
    const records = await store.callflowsPage(sid, page)
    if (records.length === 0) {
      return all
    }
    all.push(...records)
  }
}

async function family(store: Store) {
  const root = await plantRoot(store)
  return { root, child: await addBelow(store, root) }
}

async function addCallflow(
  store: Store,
  account: PlacedAccount,
  overrides: Partial<CallflowDraft> = {},
): Promise<CallflowRecord> {
  const draft = newCallflow(account, overrides)
  const result = await store.insertCallflow(draft, account.lineage, auditOn(draft.id))
  if (result.outcome !== 'stored') {
    throw new Error(`the callflow was not stored: ${result.outcome}`)
  }
  return result.callflow
}
