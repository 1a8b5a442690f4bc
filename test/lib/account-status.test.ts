import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { AccountStatus, Lineage } from '../../db/store.ts'
import { accountStatuses, effectiveStatus, isUpward } from '../../lib/account-status.ts'

// From best to worst; suspended and inactive stand together (decisions.md 7).
const ranks: readonly (readonly AccountStatus[])[] = [
  ['active'],
  ['uninitialized'],
  ['inactive', 'suspended'],
  ['closed'],
]

const rankOf = (status: AccountStatus) => ranks.findIndex((rank) => rank.includes(status))

const lineageOf = (...statuses: readonly AccountStatus[]): Lineage =>
  statuses.map((status, index) => ({ sid: `AC${index}`, status, revision: 1, isReseller: false }))

test('every status has its place', () => {
  assert.equal([...accountStatuses].sort(), ranks.flat().sort())
})

test('an account by itself stands as it says', () => {
  for (const status of accountStatuses) {
    assert.is(effectiveStatus(lineageOf(status)), status)
    assert.is(effectiveStatus(lineageOf('active', 'active', status)), status)
  }
})

test('what stands above an active account counts for it', () => {
  for (const status of accountStatuses) {
    assert.is(effectiveStatus(lineageOf(status, 'active', 'active')), status)
    assert.is(effectiveStatus(lineageOf('active', status, 'active')), status)
  }
})

test('of two equally bad ones the nearest is given', () => {
  assert.is(effectiveStatus(lineageOf('active', 'suspended', 'inactive')), 'inactive')
  assert.is(effectiveStatus(lineageOf('active', 'inactive', 'suspended')), 'suspended')
  assert.is(effectiveStatus(lineageOf('inactive', 'suspended', 'uninitialized')), 'suspended')
})

test('the worst on the way decides, wherever it stands', () => {
  const statuses = fc.array(fc.constantFrom(...accountStatuses), { minLength: 1, maxLength: 16 })
  fc.assert(
    fc.property(statuses, (way) => {
      assert.is(rankOf(effectiveStatus(lineageOf(...way))), Math.max(...way.map(rankOf)))
    }),
  )
})

test('upward is whatever gives something back', () => {
  for (const from of accountStatuses) {
    for (const to of accountStatuses) {
      assert.is(isUpward(from, to), rankOf(to) < rankOf(from), `${from} to ${to}`)
    }
  }
})

test.run()
