import * as assert from 'uvu/assert'
import { newSid } from '../../../lib/ids.ts'
import {
  accountNow,
  addBelow,
  auditOn,
  newAccount,
  plantRoot,
  setStatus,
} from '../../support/records.ts'
import type { Check } from './check.ts'

export function finding(check: Check): void {
  check('accounts are found by SID and by e-mail, in the order of the keys', async (store) => {
    const root = await plantRoot(store)
    const child = await addBelow(store, root)
    const { email = '' } = child
    const found = await store.findAccounts([
      { email },
      undefined,
      { sid: newSid('AC') },
      { sid: root.sid },
      { email: 'nobody@example.com' },
      { sid: child.sid },
    ])
    assert.equal(
      found.map((account) => account?.sid),
      [child.sid, undefined, undefined, root.sid, undefined, child.sid],
    )
    assert.equal(found[0], found[5])
    assert.equal(await store.findAccounts([]), [])
  })

  check('an account is found by its e-mail as it is stored and no other', async (store) => {
    await addBelow(store, await plantRoot(store), { email: 'jane@example.com' })
    const keys = ['JANE@example.com', 'jane@example.co', '', 'jane%', '_ane@example.com']
    const found = await store.findAccounts(keys.map((email) => ({ email })))
    assert.equal(found, [undefined, undefined, undefined, undefined, undefined])
  })
}

export function findingWhole(check: Check): void {
  check('an account comes back with all that was stored', async (store) => {
    const root = await plantRoot(store)
    const full = await addBelow(store, root, { type: 'Trial', role: 'Guest', status: 'inactive' })
    assert.equal(await accountNow(store, full.sid), full)
    const bare = newAccount(root, { email: undefined, passwordHash: undefined, createdAt: -5 })
    await store.insertAccount(bare, root.lineage, auditOn(bare.sid))
    const { lineage, path, closedBy, updatedAt, descendantsCount, revision, ...rest } =
      await accountNow(store, bare.sid)
    const { secondaryToken, statusBeforeClose, isReseller, ...given } = rest
    assert.equal(given, bare)
    assert.equal([secondaryToken, statusBeforeClose], [undefined, undefined])
    assert.is(isReseller, false)
    assert.is(updatedAt, -5)
  })

  check('an account is found by its e-mail after it was closed', async (store) => {
    const child = await addBelow(store, await plantRoot(store), { email: 'jane@example.com' })
    await setStatus(store, child, 'closed')
    const [found] = await store.findAccounts([{ email: 'jane@example.com' }])
    assert.is(found?.status, 'closed')
  })
}

export function placing(check: Check): void {
  check('an account comes with the statuses above it as of the same moment', async (store) => {
    const root = await plantRoot(store)
    const child = await addBelow(store, root)
    const grandchild = await addBelow(store, child, { status: 'uninitialized' })
    await setStatus(store, child, 'suspended')
    const { lineage, path, parentSid } = await accountNow(store, grandchild.sid)
    assert.equal(lineage, [
      { sid: root.sid, status: 'active', revision: 1, isReseller: false },
      { sid: child.sid, status: 'suspended', revision: 2, isReseller: false },
      { sid: grandchild.sid, status: 'uninitialized', revision: 1, isReseller: false },
    ])
    assert.is(path, `${root.sid}/${child.sid}/${grandchild.sid}/`)
    assert.is(parentSid, child.sid)
  })
}
