import * as assert from 'uvu/assert'
import { newSid } from '../../../lib/ids.ts'
import { recordedOf } from '../../support/recorded.ts'
import { accountNow, addBelow, auditOn, newToken, plantRoot } from '../../support/records.ts'
import type { Check } from './check.ts'
import { anyChanges } from './check.ts'

export function secondTokens(check: Check): void {
  check(
    'a second token stands beside the first, and a later one takes its place',
    async (store) => {
      const account = await addBelow(store, await plantRoot(store))
      for (const createdAt of [5, 7]) {
        const secondaryToken = { ...newToken(), createdAt }
        const { lineage } = await accountNow(store, account.sid)
        await store.changeAccount(lineage, { secondaryToken }, auditOn(account.sid))
        const now = await accountNow(store, account.sid)
        assert.equal(now.secondaryToken, secondaryToken)
        assert.equal(now.token, account.token)
        assert.is(now.passwordHash, account.passwordHash)
      }
    },
  )

  check('a second token takes the place of the first in one change', async (store) => {
    const { sid, lineage } = await addBelow(store, await plantRoot(store))
    const token = newToken()
    const secondaryToken = { ...token, createdAt: 5 }
    await store.changeAccount(lineage, { secondaryToken }, auditOn(sid))
    const before = await accountNow(store, sid)
    const change = { token, secondaryToken: null }
    const result = await store.changeAccount(before.lineage, change, auditOn(sid))
    const after = await accountNow(store, sid)
    assert.equal(result, { outcome: 'changed', account: after })
    assert.equal(after.token, token)
    assert.is(after.secondaryToken, undefined)
    assert.is(after.revision, before.revision + 1)
  })

  check('a second token is taken away, and stays away', async (store) => {
    const { sid, lineage } = await addBelow(store, await plantRoot(store))
    const secondaryToken = { ...newToken(), createdAt: 5 }
    await store.changeAccount(lineage, { secondaryToken }, auditOn(sid))
    for (let tried = 0; tried < 2; tried += 1) {
      const before = await accountNow(store, sid)
      await store.changeAccount(before.lineage, { secondaryToken: null }, auditOn(sid))
      const { token, secondaryToken: left, revision } = await accountNow(store, sid)
      assert.is(left, undefined)
      assert.equal(token, before.token)
      assert.is(revision, before.revision + 1)
    }
  })

  check('a change that does not name the second token keeps it', async (store) => {
    const root = await plantRoot(store)
    for (const change of anyChanges.filter((each) => !('secondaryToken' in each))) {
      const { sid, lineage } = await addBelow(store, root)
      const secondaryToken = { ...newToken(), createdAt: 5 }
      await store.changeAccount(lineage, { secondaryToken }, auditOn(sid))
      const { lineage: lineageNow } = await accountNow(store, sid)
      await store.changeAccount(lineageNow, change, auditOn(sid))
      assert.equal((await accountNow(store, sid)).secondaryToken, secondaryToken)
    }
  })

  check('a stale change sets no second token', async (store) => {
    const before = await addBelow(store, await plantRoot(store))
    await store.changeAccount(before.lineage, { friendlyName: 'Renamed' }, auditOn(before.sid))
    const entry = auditOn(newSid('AC'))
    const change = { secondaryToken: { ...newToken(), createdAt: 5 } }
    assert.equal(await store.changeAccount(before.lineage, change, entry), { outcome: 'stale' })
    assert.is((await accountNow(store, before.sid)).secondaryToken, undefined)
    assert.equal(await recordedOf(store, entry.targetSid), [])
  })
}
