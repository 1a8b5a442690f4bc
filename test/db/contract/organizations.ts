import * as assert from 'uvu/assert'
import type {
  OrganizationRecord,
  OrganizationStatus,
  PagePosition,
  Store,
} from '../../../db/store.ts'
import { newSid } from '../../../lib/ids.ts'
import { recordedOf } from '../../support/recorded.ts'
import { auditOn, newOrganization } from '../../support/records.ts'
import { assertRejects, type Check } from './check.ts'

export function findingOrganizations(check: Check): void {
  check(
    'an organization is found by SID and, in any letter case, by domain name',
    async (store) => {
      const organization = newOrganization({ domainName: 'Example.COM', updatedAt: 7 })
      await insert(store, organization)
      const { sid } = organization
      for (const key of [{ sid }, { domainName: 'example.com' }, { domainName: 'EXAMPLE.com' }]) {
        assert.equal(await store.findOrganization(key), organization)
      }
      const unknown = [
        { sid: newSid('OR') },
        { domainName: 'example' },
        { domainName: 'example.com.' },
      ]
      for (const key of unknown) {
        assert.is(await store.findOrganization(key), undefined)
      }
    },
  )

  check('organizations are listed in the order of creation, all or of a status', async (store) => {
    const all: OrganizationRecord[] = []
    for (const createdAt of [30, 10, 20, 10]) {
      const status = all.length % 2 === 0 ? 'active' : 'closed'
      const organization = newOrganization({ createdAt, status })
      await insert(store, organization)
      all.push(organization)
    }
    const ordered = all.toSorted(byCreation)
    for (const limit of [1, 2, 3, 4]) {
      assert.equal(await readAll(store, undefined, limit), ordered)
      for (const status of ['active', 'closed'] as const) {
        const wanted = ordered.filter((organization) => organization.status === status)
        assert.equal(await readAll(store, status, limit), wanted)
      }
    }
  })
}

export function insertingOrganizations(check: Check): void {
  check('a domain name is taken in any letter case', async (store) => {
    const first = newOrganization({ domainName: 'example.com' })
    assert.equal(await insert(store, first), { outcome: 'inserted' })
    const sameName = newOrganization({ domainName: 'EXAMPLE.com' })
    assert.equal(await insert(store, sameName), { outcome: 'duplicate' })
    assert.equal(await store.organizationsPage(undefined, { limit: 10 }), [first])
    assert.is((await recordedOf(store, first.sid)).length, 1)
    assert.equal(await recordedOf(store, sameName.sid), [])
  })

  check('a SID that is taken is a fault and no duplicate, and takes nothing', async (store) => {
    const first = newOrganization()
    await insert(store, first)
    const other = newOrganization({ sid: first.sid })
    const entry = auditOn(newSid('OR'))
    await assertRejects(store.insertOrganization(other, entry))
    assert.equal(await store.organizationsPage(undefined, { limit: 10 }), [first])
    assert.equal(await recordedOf(store, entry.targetSid), [])
  })

  check('of 32 organizations with one name at once a single one is inserted', async (store) => {
    const results = await Promise.all(
      Array.from({ length: 32 }, () => insert(store, newOrganization({ domainName: 'pbx' }))),
    )
    assert.is(results.filter(({ outcome }) => outcome === 'inserted').length, 1)
    assert.is((await store.organizationsPage(undefined, { limit: 40 })).length, 1)
  })
}

function insert(store: Store, organization: OrganizationRecord) {
  return store.insertOrganization(organization, auditOn(organization.sid))
}

async function readAll(store: Store, status: OrganizationStatus | undefined, limit: number) {
  const all: OrganizationRecord[] = []
  let after: PagePosition | undefined
  do {
    const page = await store.organizationsPage(status, { ...(after && { after }), limit })
    assert.ok(page.length <= limit)
    all.push(...page)
    after = page.at(-1)
  } while (after !== undefined)
  return all
}

function byCreation(one: OrganizationRecord, other: OrganizationRecord): number {
  return one.createdAt - other.createdAt || (one.sid < other.sid ? -1 : 1)
}
