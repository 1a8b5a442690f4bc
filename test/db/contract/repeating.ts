import * as assert from 'uvu/assert'
import type { CallflowDraft, IdempotentRequest, PlacedAccount, Store } from '../../../db/store.ts'
import { newSid } from '../../../lib/ids.ts'
import { recordedOf } from '../../support/recorded.ts'
import {
  accountNow,
  addBelow,
  auditOn,
  newAccount,
  newApiKey,
  newCallflow,
  newRepeatable,
  newWebhook,
  plantRoot,
  setStatus,
} from '../../support/records.ts'
import { assertRejects, type Check } from './check.ts'

/** The things that are made under a key, by the same rules. */
type Maker = {
  readonly what: string
  /** How the store says that it was made. */
  readonly made: 'inserted' | 'stored'
  /** Makes one as on this reading of its parent, recorded at this moment. */
  make(
    store: Store,
    parent: PlacedAccount,
    request: IdempotentRequest,
    at?: number,
  ): Promise<{ sid: string; result: { outcome: string } }>
  isThere(store: Store, parent: PlacedAccount, sid: string): Promise<boolean>
}

const makers: readonly Maker[] = [
  {
    what: 'account',
    made: 'inserted',
    async make(store, parent, request, at = 1000) {
      const account = newAccount(parent)
      const entry = auditOn(account.sid, { at, idempotent: request })
      const result = await store.insertAccount(account, parent.lineage, entry)
      return { sid: account.sid, result }
    },
    isThere: async (store, _, sid) => (await store.findAccounts([{ sid }]))[0] !== undefined,
  },
  {
    what: 'key',
    made: 'inserted',
    async make(store, parent, request, at = 1000) {
      const key = newApiKey(parent)
      const entry = auditOn(key.sid, { at, idempotent: request })
      const result = await store.insertApiKey(key, parent.lineage, entry)
      return { sid: key.sid, result }
    },
    isThere: async (store, { sid: of }, sid) => (await store.findApiKey(of, sid)) !== undefined,
  },
  {
    what: 'callflow',
    made: 'stored',
    async make(store, parent, request, at = 1000) {
      const draft = newCallflow(parent)
      const entry = auditOn(`CF${draft.id}`, { at, idempotent: request })
      const result = await store.insertCallflow(draft, parent.lineage, entry)
      return { sid: draft.id, result }
    },
    isThere: async (store, { sid: of }, sid) => (await store.findCallflow(of, sid)) !== undefined,
  },
  {
    what: 'webhook',
    made: 'inserted',
    async make(store, parent, request, at = 1000) {
      const webhook = newWebhook(parent)
      const entry = auditOn(webhook.sid, { at, idempotent: request })
      const result = await store.insertWebhook(webhook, parent.lineage, entry)
      return { sid: webhook.sid, result }
    },
    isThere: async (store, { sid: of }, sid) => (await store.findWebhook(of, sid)) !== undefined,
  },
]

/** Ids of callflows have no letters of their kind; what is recorded of them has. */
function recordedSid(sid: string): string {
  return /^[0-9a-f]{32}$/.test(sid) ? `CF${sid}` : sid
}

export function repeating(check: Check): void {
  for (const { what, made, make, isThere } of makers) {
    check(
      `a request made again makes no second ${what}, and it is known what the first made`,
      async (store) => {
        const root = await plantRoot(store)
        const request = newRepeatable(root)
        assert.is(await store.findRepeated(request), undefined)
        const first = await make(store, root, request)
        assert.is(first.result.outcome, made)
        const earlier = { requestDigest: request.requestDigest, resultSid: recordedSid(first.sid) }
        const before = await accountNow(store, root.sid)
        // Whoever asks something else under the key is told of the first as well, and can compare.
        for (const digest of [request.requestDigest, Buffer.from('another')]) {
          const again = { ...request, requestDigest: digest }
          assert.equal(await store.findRepeated(again), earlier)
          const second = await make(store, root, again)
          assert.equal(second.result, { outcome: 'stale' })
          assert.not.ok(await isThere(store, root, second.sid))
          assert.equal(await recordedOf(store, recordedSid(second.sid)), [])
        }
        assert.equal(await accountNow(store, root.sid), before)
      },
    )

    check(`another caller, route or key makes another ${what}`, async (store) => {
      const root = await plantRoot(store)
      const request = newRepeatable(root)
      const { sid: callerSid } = await addBelow(store, root)
      await make(store, root, request)
      for (const other of [{ callerSid }, { route: 'POST /others' }, { key: 'another' }]) {
        const { sid, result } = await make(store, root, { ...request, ...other })
        assert.is(result.outcome, made)
        assert.ok(await isThere(store, root, sid))
      }
    })

    check(`a ${what} that was not made for an old reading can still be made`, async (store) => {
      const old = await addBelow(store, await plantRoot(store))
      const request = newRepeatable(old)
      const now = await setStatus(store, old, 'inactive')
      assert.equal((await make(store, old, request)).result, { outcome: 'stale' })
      assert.is(await store.findRepeated(request), undefined)
      assert.is((await make(store, now, request)).result.outcome, made)
    })

    check(`a request of nobody makes no ${what}`, async (store) => {
      const root = await plantRoot(store)
      const request = newRepeatable({ sid: newSid('AC') })
      await assertRejects(make(store, root, request))
      assert.is(await store.findRepeated(request), undefined)
      assert.equal(await accountNow(store, root.sid), root)
    })
  }

  check('an account that is a duplicate is not remembered', async (store) => {
    const root = await plantRoot(store)
    const { email } = await addBelow(store, root)
    const request = newRepeatable(root)
    const account = newAccount(root, { email })
    const entry = auditOn(account.sid, { idempotent: request })
    const result = await store.insertAccount(account, root.lineage, entry)
    assert.equal(result, { outcome: 'duplicate', field: 'email' })
    assert.is(await store.findRepeated(request), undefined)
  })

  check('a callflow that is refused is not remembered', async (store) => {
    const root = await plantRoot(store)
    const [first, second] = [newCallflow(root), newCallflow(root)]
    await store.insertCallflow(first, root.lineage, auditOn(first.id))
    const request = newRepeatable(root)
    const taking = { ...second, numbers: first.numbers }
    const insert = (draft: CallflowDraft, atMost?: number) =>
      store.insertCallflow(draft, root.lineage, auditOn(draft.id, { idempotent: request }), atMost)
    assert.is((await insert(taking)).outcome, 'duplicate')
    assert.equal(await insert(second, 1), { outcome: 'quotaReached' })
    assert.is(await store.findRepeated(request), undefined)
    assert.is((await insert(second, 2)).outcome, 'stored')
    assert.is((await insert(newCallflow(root), 3)).outcome, 'stale')
  })
}

export function repeatingAtOnce(check: Check): void {
  for (const { what, made, make, isThere } of makers) {
    check(`of 16 equal requests at once one makes the ${what}`, async (store) => {
      const root = await plantRoot(store)
      const request = newRepeatable(root)
      const all = await Promise.all(Array.from({ length: 16 }, () => make(store, root, request)))
      const [first, ...more] = all.filter(({ result }) => result.outcome === made)
      assert.equal(more, [])
      const { resultSid } = (await store.findRepeated(request)) ?? {}
      assert.is(resultSid, recordedSid(first?.sid ?? ''))
      for (const { sid, result } of all.filter((each) => each !== first)) {
        assert.equal(result, { outcome: 'stale' })
        assert.not.ok(await isThere(store, root, sid))
      }
      const count = (await accountNow(store, root.sid)).descendantsCount
      assert.is(count, what === 'account' ? 1 : 0)
    })
  }
}

export function forgetting(check: Check): void {
  for (const { what, made, make, isThere } of makers) {
    check(`a ${what} is made anew once its request is forgotten`, async (store) => {
      const root = await plantRoot(store)
      const request = newRepeatable(root)
      const first = await make(store, root, request, 1000)
      const atTheLast = { ...request, forgottenBefore: 1000 }
      assert.is((await make(store, root, atTheLast)).result.outcome, 'stale')
      const later = { ...request, forgottenBefore: 1001, requestDigest: Buffer.from('other') }
      assert.is(await store.findRepeated(later), undefined)
      const second = await make(store, root, later, 2000)
      assert.is(second.result.outcome, made)
      assert.ok(await isThere(store, root, first.sid))
      const { requestDigest } = later
      const earlier = { requestDigest, resultSid: recordedSid(second.sid) }
      assert.equal(await store.findRepeated({ ...request, forgottenBefore: 1999 }), earlier)
    })
  }

  check('what is forgotten does not stay, and what is remembered does', async (store) => {
    const root = await plantRoot(store)
    const [account] = makers
    const [old, young] = [newRepeatable(root), newRepeatable(root)]
    await account?.make(store, root, old, 1000)
    await account?.make(store, root, young, 2000)
    await account?.make(store, root, newRepeatable(root, { forgottenBefore: 1500 }), 3000)
    assert.is(await store.findRepeated(old), undefined)
    assert.ok(await store.findRepeated(young))
  })
}
