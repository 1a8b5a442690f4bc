import * as assert from 'uvu/assert'
import type { KeyReach, KeyScope } from '../../../db/store.ts'
import { newSid } from '../../../lib/ids.ts'
import { recordedOf } from '../../support/recorded.ts'
import {
  accountNow,
  addBelow,
  addKey,
  auditOn,
  keyNow,
  newApiKey,
  plantRoot,
} from '../../support/records.ts'
import { anyChanges, assertRejects, type Check } from './check.ts'

export function insertingKeys(check: Check): void {
  check('a key comes back with all that was stored, to its account alone', async (store) => {
    const root = await plantRoot(store)
    const child = await addBelow(store, root)
    for (const scope of ['read', 'write', 'admin'] satisfies KeyScope[]) {
      for (const reach of ['self', 'branch'] satisfies KeyReach[]) {
        const expiresAt = scope === 'write' ? 1_900_000_000_000 : undefined
        const key = newApiKey(child, { scope, reach, expiresAt })
        const entry = auditOn(key.sid)
        const result = await store.insertApiKey(key, child.lineage, entry)
        assert.equal(result, { outcome: 'inserted' })
        const stored = { ...key, updatedAt: key.createdAt, lastUsedAt: undefined }
        assert.equal(await store.findApiKey(child.sid, key.sid), stored)
        assert.is(await store.findApiKey(root.sid, key.sid), undefined)
        assert.equal(await recordedOf(store, key.sid), [entry])
      }
    }
    assert.is(await store.findApiKey(child.sid, newSid('SK')), undefined)
    assert.equal(await accountNow(store, child.sid), child)
  })

  check('no key is given to an account that has changed since, or one above', async (store) => {
    const root = await plantRoot(store)
    for (const change of anyChanges) {
      for (const which of ['itself', 'parent'] as const) {
        const parent = await addBelow(store, root)
        const account = await addBelow(store, parent)
        const changed = which === 'itself' ? account : parent
        await store.changeAccount(changed.lineage, change, auditOn(changed.sid))
        const key = newApiKey(account)
        const result = await store.insertApiKey(key, account.lineage, auditOn(key.sid))
        assert.equal(result, { outcome: 'stale' })
        assert.is(await store.findApiKey(account.sid, key.sid), undefined)
        assert.equal(await recordedOf(store, key.sid), [])
      }
    }
  })

  check('a key that is there already, or of no account, is not inserted', async (store) => {
    const root = await plantRoot(store)
    const present = await addKey(store, root)
    const entry = auditOn(newSid('SK'))
    const same = newApiKey(root, { sid: present.sid })
    await assertRejects(store.insertApiKey(same, root.lineage, entry))
    const strange = newApiKey({ sid: newSid('AC') })
    await assertRejects(store.insertApiKey(strange, root.lineage, entry))
    assert.equal(await store.apiKeysPage(root.sid, { limit: 5 }), [present])
    assert.equal(await recordedOf(store, entry.targetSid), [])
  })
}

export function renamingKeys(check: Check): void {
  check('a key is renamed when it was recorded, and nothing else of it', async (store) => {
    const root = await plantRoot(store)
    const [key, other] = [await addKey(store, root), await addKey(store, root)]
    const entry = auditOn(key.sid)
    assert.is(await store.renameApiKey(root.sid, key.sid, 'Renamed', entry), 'renamed')
    const renamed = { ...key, friendlyName: 'Renamed', updatedAt: entry.at }
    assert.equal(await keyNow(store, key), renamed)
    assert.equal(await keyNow(store, other), other)
    assert.equal((await recordedOf(store, key.sid)).at(-1), entry)
  })

  check('a key of another account, or none, is not renamed', async (store) => {
    const root = await plantRoot(store)
    const key = await addKey(store, await addBelow(store, root))
    for (const sid of [key.sid, newSid('SK')]) {
      const entry = auditOn(newSid('SK'))
      assert.is(await store.renameApiKey(root.sid, sid, 'Renamed', entry), 'missing')
      assert.equal(await recordedOf(store, entry.targetSid), [])
    }
    assert.equal(await keyNow(store, key), key)
  })
}

export function removingKeys(check: Check): void {
  check('a key is removed once, and what was recorded of it stays', async (store) => {
    const root = await plantRoot(store)
    const [key, other] = [await addKey(store, root), await addKey(store, root)]
    const before = await recordedOf(store, key.sid)
    const entry = auditOn(key.sid)
    assert.is(await store.removeApiKey(root.sid, key.sid, entry), true)
    assert.is(await store.findApiKey(root.sid, key.sid), undefined)
    assert.is(await store.removeApiKey(root.sid, key.sid, auditOn(key.sid)), false)
    assert.is(await store.renameApiKey(root.sid, key.sid, 'Late', auditOn(key.sid)), 'missing')
    assert.equal(await store.apiKeysPage(root.sid, { limit: 5 }), [other])
    assert.equal(await recordedOf(store, key.sid), [...before, entry])
  })

  check('a key of another account is not removed', async (store) => {
    const root = await plantRoot(store)
    const key = await addKey(store, await addBelow(store, root))
    const entry = auditOn(newSid('SK'))
    assert.is(await store.removeApiKey(root.sid, key.sid, entry), false)
    assert.equal(await keyNow(store, key), key)
    assert.equal(await recordedOf(store, entry.targetSid), [])
  })

  check('of many removals at once a single one finds the key', async (store) => {
    const root = await plantRoot(store)
    const { sid } = await addKey(store, root)
    const removals = await Promise.all(
      Array.from({ length: 16 }, () => store.removeApiKey(root.sid, sid, auditOn(sid))),
    )
    assert.is(removals.filter((removed) => removed).length, 1)
    assert.is((await recordedOf(store, sid)).length, 2)
  })
}

export function touchingKeys(check: Check): void {
  check('the last use of a key is noted and not recorded', async (store) => {
    const root = await plantRoot(store)
    const [key, other] = [await addKey(store, root), await addKey(store, root)]
    for (const lastUsedAt of [5, 7]) {
      await store.touchApiKey(key.sid, lastUsedAt)
      assert.equal(await keyNow(store, key), { ...key, lastUsedAt })
    }
    assert.is((await recordedOf(store, key.sid)).length, 1)
    await store.touchApiKey(newSid('SK'), 9)
    assert.equal(await keyNow(store, other), other)
    assert.equal(await accountNow(store, root.sid), root)
  })
}
