import * as assert from 'uvu/assert'
import type { Lineage } from '../../../db/store.ts'
import { newSid } from '../../../lib/ids.ts'
import { recordedOf } from '../../support/recorded.ts'
import {
  accountNow,
  addBelow,
  auditOn,
  newAccount,
  newOrganization,
  plantRoot,
  setStatus,
} from '../../support/records.ts'
import { anyChanges, assertRejects, assertStaleInsert, type Check, sweepToTheEnd } from './check.ts'

export function inserting(check: Check): void {
  check('a new account stands below its parent and is counted above', async (store) => {
    const root = await plantRoot(store)
    const child = await addBelow(store, root)
    const account = newAccount(child)
    const entry = auditOn(account.sid)
    const result = await store.insertAccount(account, child.lineage, entry)
    assert.equal(result, { outcome: 'inserted', account: await accountNow(store, account.sid) })
    assert.equal(await recordedOf(store, account.sid), [entry])
    assert.is((await accountNow(store, child.sid)).descendantsCount, 1)
    assert.is((await accountNow(store, root.sid)).descendantsCount, 2)
  })

  check('an account that is born closed is its own end and counts nowhere', async (store) => {
    const root = await plantRoot(store)
    const account = await addBelow(store, root, { status: 'closed' })
    assert.is(account.closedBy, account.sid)
    assert.is((await accountNow(store, root.sid)).descendantsCount, 0)
  })

  check('an account of no organization is not inserted', async (store) => {
    const root = await plantRoot(store)
    const account = newAccount(root, { organizationSid: newSid('OR') })
    await assertRejects(store.insertAccount(account, root.lineage, auditOn(account.sid)))
    assert.equal(await store.findAccounts([{ sid: account.sid }]), [undefined])
    assert.equal(await accountNow(store, root.sid), root)
    assert.equal(await recordedOf(store, account.sid), [])
  })
}

export function refusingDuplicates(check: Check): void {
  for (const field of ['sid', 'email', 'realm'] as const) {
    for (const where of ['below the same parent', 'elsewhere']) {
      check(`a ${field} that an account ${where} has is told and not taken`, async (store) => {
        const root = await plantRoot(store)
        const first = await addBelow(store, await addBelow(store, root))
        const { parentSid = '' } = first
        const { sid: parent } =
          where === 'elsewhere' ? await addBelow(store, root) : { sid: parentSid }
        const { lineage, ...above } = await accountNow(store, parent)
        const entry = auditOn(newSid('AC'))
        const account = newAccount(above, { [field]: first[field] })
        const result = await store.insertAccount(account, lineage, entry)
        assert.equal(result, { outcome: 'duplicate', field })
        assert.equal(await accountNow(store, parent), { lineage, ...above })
        assert.equal(await accountNow(store, first.sid), first)
        assert.equal(await recordedOf(store, entry.targetSid), [])
      })
    }
  }

  check('accounts without an e-mail are no duplicates of each other', async (store) => {
    const root = await plantRoot(store)
    await addBelow(store, root, { email: undefined })
    await addBelow(store, root, { email: undefined })
    assert.is((await accountNow(store, root.sid)).descendantsCount, 2)
  })
}

export function keepingNamesTaken(check: Check): void {
  check('closing frees the realm and never the e-mail', async (store) => {
    const root = await plantRoot(store)
    const { email, realm, sid } = await addBelow(store, root)
    await setStatus(store, { sid }, 'closed')
    const { lineage } = await accountNow(store, root.sid)
    const insert = (account: ReturnType<typeof newAccount>) =>
      store.insertAccount(account, lineage, auditOn(account.sid))
    assert.equal(await insert(newAccount(root, { email })), {
      outcome: 'duplicate',
      field: 'email',
    })
    assert.is((await insert(newAccount(root, { realm }))).outcome, 'inserted')
    assert.equal(await insert(newAccount(root, { realm })), {
      outcome: 'duplicate',
      field: 'realm',
    })
  })

  check('a sweep frees the realms of a closed branch', async (store) => {
    const root = await plantRoot(store)
    const top = await addBelow(store, root)
    const { realm, email } = await addBelow(store, top)
    await setStatus(store, top, 'closed')
    await sweepToTheEnd(store)
    assert.is((await addBelow(store, root, { realm })).realm, realm)
    const taken = newAccount(root, { email })
    const { lineage } = await accountNow(store, root.sid)
    const result = await store.insertAccount(taken, lineage, auditOn(taken.sid))
    assert.equal(result, { outcome: 'duplicate', field: 'email' })
  })
}

export function refusingStaleInserts(check: Check): void {
  check('nothing is inserted below an account that has changed since', async (store) => {
    const root = await plantRoot(store)
    for (const change of anyChanges) {
      for (const changed of ['parent', 'grandparent'] as const) {
        const grandparent = await addBelow(store, root)
        const parent = await addBelow(store, grandparent)
        const { lineage } = changed === 'parent' ? parent : grandparent
        await store.changeAccount(lineage, change, auditOn(root.sid))
        await assertStaleInsert(store, parent)
      }
    }
  })

  check('nothing is inserted below an account that has moved since', async (store) => {
    const root = await plantRoot(store)
    const organization = newOrganization()
    await store.insertOrganization(organization, auditOn(organization.sid))
    const top = await addBelow(store, root)
    const parent = await addBelow(store, top)
    await store.migrateBranch(top.lineage, organization.sid, auditOn(top.sid))
    await assertStaleInsert(store, parent)
  })
}

export function insertingBesideChanges(check: Check): void {
  check('an account beside or below does not make a reading old', async (store) => {
    const root = await plantRoot(store)
    const parent = await addBelow(store, root)
    await setStatus(store, await addBelow(store, root), 'suspended')
    await setStatus(store, await addBelow(store, parent), 'closed')
    const account = newAccount(parent)
    const result = await store.insertAccount(account, parent.lineage, auditOn(account.sid))
    assert.is(result.outcome, 'inserted')
  })

  check('a way through an account that does not exist is old', async (store) => {
    const root = await plantRoot(store)
    const lineage: Lineage = [
      { sid: newSid('AC'), status: 'active', revision: 1, isReseller: false },
    ]
    const account = newAccount(root)
    const result = await store.insertAccount(account, lineage, auditOn(account.sid))
    assert.equal(result, { outcome: 'stale' })
  })
}

export function insertingAtOnce(check: Check): void {
  check('of 32 accounts with one e-mail at once a single one is inserted', async (store) => {
    const root = await plantRoot(store)
    const accounts = Array.from({ length: 32 }, () => newAccount(root, { email: 'one@pbx' }))
    const results = await Promise.all(
      accounts.map((account) => store.insertAccount(account, root.lineage, auditOn(account.sid))),
    )
    assert.is(results.filter(({ outcome }) => outcome === 'inserted').length, 1)
    const refused = results.filter(({ outcome }) => outcome !== 'inserted')
    assert.equal(refused, Array(31).fill({ outcome: 'duplicate', field: 'email' }))
    assert.is((await accountNow(store, root.sid)).descendantsCount, 1)
    const audits = await Promise.all(accounts.map(({ sid }) => recordedOf(store, sid)))
    assert.is(audits.flat().length, 1)
  })

  check('32 different accounts at once are all inserted and counted', async (store) => {
    const root = await plantRoot(store)
    const accounts = Array.from({ length: 32 }, () => newAccount(root))
    await Promise.all(
      accounts.map((account) => store.insertAccount(account, root.lineage, auditOn(account.sid))),
    )
    assert.is((await accountNow(store, root.sid)).descendantsCount, 32)
    assert.is((await store.childrenPage(root.sid, { limit: 100 })).length, 32)
  })
}
