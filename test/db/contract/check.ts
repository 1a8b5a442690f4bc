import * as assert from 'uvu/assert'
import type { AccountChange, PlacedAccount, Store } from '../../../db/store.ts'
import { recordedOf } from '../../support/recorded.ts'
import { auditOn, newAccount, newToken } from '../../support/records.ts'

/** Makes a test of `body` on an empty store. */
export type Check = (says: string, body: (store: Store) => Promise<void>) => void

/** A change of each column that can be changed. */
export const anyChanges: readonly AccountChange[] = [
  { friendlyName: 'Renamed' },
  { status: 'suspended' },
  { role: 'Guest' },
  { token: newToken() },
  { passwordHash: 'new hash' },
  { secondaryToken: { ...newToken(), createdAt: 5 } },
  { token: newToken(), passwordHash: 'new hash', secondaryToken: null },
]

export async function assertRejects(promise: Promise<unknown>): Promise<void> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  assert.ok('error' in outcome, 'it was not refused')
}

/** That the store takes the reading of this parent for an old one, and does nothing. */
export async function assertStaleInsert(store: Store, parent: PlacedAccount): Promise<void> {
  const account = newAccount(parent)
  const before = await store.findAccounts(parent.lineage)
  const result = await store.insertAccount(account, parent.lineage, auditOn(account.sid))
  assert.equal(result, { outcome: 'stale' })
  assert.equal(await store.findAccounts([account]), [undefined])
  assert.equal(await store.findAccounts(parent.lineage), before)
  assert.equal(await recordedOf(store, account.sid), [])
}

export async function sweepToTheEnd(store: Store, limit = 500): Promise<void> {
  while ((await store.sweepClosedBranches(limit)) === 'more') {}
}
