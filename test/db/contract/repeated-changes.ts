import * as assert from 'uvu/assert'
import type { AuditEntry, OrganizationRecord, PlacedAccount, Store } from '../../../db/store.ts'
import { recordedOf } from '../../support/recorded.ts'
import {
  accountNow,
  addBelow,
  addKey,
  addWebhook,
  auditOn,
  newCallflow,
  newOrganization,
  newRepeatable,
  newToken,
  plantRoot,
  setStatus,
  webhookNow,
} from '../../support/records.ts'
import type { Check } from './check.ts'

/** What is there to be changed. */
type Given = {
  readonly store: Store
  readonly root: PlacedAccount
  readonly account: PlacedAccount
}

/** A write that changes what is there; it is asked for twice, each time on a fresh reading. */
type Changer = {
  readonly what: string
  /** Makes what is to be changed, and gives its SID with the write. */
  prepare(given: Given): Promise<{
    readonly sid: string
    readonly write: (entry: AuditEntry) => Promise<string>
  }>
}

const limits = { maxDepth: 16, maxChildren: 100 }
const lineageNow = async (store: Store, { sid }: PlacedAccount) =>
  (await accountNow(store, sid)).lineage

const changers: readonly Changer[] = [
  {
    what: 'change of an account',
    prepare: async ({ store, account }) => ({
      sid: account.sid,
      write: async (entry) => {
        const lineage = await lineageNow(store, account)
        return (await store.changeAccount(lineage, { friendlyName: 'New' }, entry)).outcome
      },
    }),
  },
  {
    what: 'move',
    prepare: async ({ store, root, account }) => ({
      sid: account.sid,
      write: async (entry) => {
        const [lineage, to] = [await lineageNow(store, account), await lineageNow(store, root)]
        return (await store.moveBranch(lineage, to, limits, entry)).outcome
      },
    }),
  },
  {
    what: 'migration',
    async prepare({ store, account }) {
      const organization = newOrganization()
      await store.insertOrganization(organization, auditOn(organization.sid))
      return {
        sid: account.sid,
        write: async (entry) => {
          const lineage = await lineageNow(store, account)
          return (await store.migrateBranch(lineage, organization.sid, entry)).outcome
        },
      }
    },
  },
  {
    what: 'reopening',
    async prepare({ store, account }) {
      const terms = { limit: 100, maxChildren: 100, uniqueNames: false, newToken }
      return {
        sid: account.sid,
        write: async (entry) => {
          await setStatus(store, account, 'closed')
          const lineage = await lineageNow(store, account)
          return (await store.reopenBranch(lineage, terms, entry)).outcome
        },
      }
    },
  },
  {
    what: 'change of a key',
    async prepare({ store, account }) {
      const { sid } = await addKey(store, account)
      return { sid, write: (entry) => store.renameApiKey(account.sid, sid, 'New', entry) }
    },
  },
  {
    what: 'change of a callflow',
    async prepare({ store, account }) {
      const draft = newCallflow(account)
      await store.insertCallflow(draft, account.lineage, auditOn(`CF${draft.id}`))
      return {
        sid: `CF${draft.id}`,
        write: async (entry) => {
          const before = await store.findCallflow(account.sid, draft.id)
          assert.ok(before)
          const document = { name: 'New' }
          const { lineage } = account
          const after = { ...draft, document }
          return (await store.changeCallflow(before, after, lineage, entry)).outcome
        },
      }
    },
  },
  {
    what: 'change of a webhook',
    async prepare({ store, account }) {
      const webhook = await addWebhook(store, account)
      return {
        sid: webhook.sid,
        write: async (entry) => {
          const before = await webhookNow(store, webhook)
          const change = { name: 'New' }
          return (await store.changeWebhook(before, change, account.lineage, entry)).outcome
        },
      }
    },
  },
  {
    what: 'test event',
    async prepare({ store, account }) {
      const webhook = await addWebhook(store, account)
      return {
        sid: webhook.sid,
        write: (entry) => store.queueTestEvent(webhook, account.lineage, entry),
      }
    },
  },
]

/** Of every write but the creates of things below an account, which `repeating` is about. */
export function repeatingChanges(check: Check): void {
  for (const { what, prepare } of changers) {
    check(`a ${what} under a key is made once, and it is known of what`, async (store) => {
      const root = await plantRoot(store)
      const account = await addBelow(store, await addBelow(store, root))
      const { sid, write } = await prepare({ store, root, account })
      const idempotent = newRepeatable(root)
      const entry = (at: number) => auditOn(sid, { at, idempotent })
      assert.is(await store.findRepeated(idempotent), undefined)
      assert.is.not(await write(entry(1000)), 'stale')
      const { requestDigest } = idempotent
      assert.equal(await store.findRepeated(idempotent), { requestDigest, resultSid: sid })
      const recorded = (await recordedOf(store, sid)).filter(({ at }) => at === 1000)
      assert.is(recorded.length, 1)
      assert.not.ok(recorded.some((each) => 'idempotent' in each))
      assert.is(await write(entry(2000)), 'stale')
      assert.equal(
        (await recordedOf(store, sid)).filter(({ at }) => at === 2000),
        [],
      )
      const other = { ...entry(3000), idempotent: newRepeatable(root) }
      assert.is.not(await write(other), 'stale')
    })
  }

  check('an organization under a key is made once', async (store) => {
    const idempotent = newRepeatable(await plantRoot(store))
    const [first, second] = [newOrganization(), newOrganization()]
    const insert = (organization: OrganizationRecord) =>
      store.insertOrganization(organization, auditOn(organization.sid, { idempotent }))
    assert.equal(await insert(first), { outcome: 'inserted' })
    assert.is((await store.findRepeated(idempotent))?.resultSid, first.sid)
    assert.equal(await insert(second), { outcome: 'stale' })
    assert.is(await store.findOrganization({ sid: second.sid }), undefined)
  })
}
