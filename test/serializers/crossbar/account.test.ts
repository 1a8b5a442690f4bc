import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { keep } from '../../../db/kept.ts'
import type { Account } from '../../../lib/account.ts'
import { accountDocument } from '../../../serializers/crossbar/account.ts'
import { jsonText } from '../../../serializers/json.ts'

const [root, reseller, customer] = ['AC0', 'AC1', 'AC2'].map((end) => end.padEnd(34, '0'))

test('who sees an account that is kept gets its own billing mode, each time', () => {
  const account = keep(accountBelow([root ?? '', reseller ?? '']))
  const modeFor = (viewer = '') => JSON.parse(jsonText(accountDocument(account, viewer)))
  for (const _again of [1, 2]) {
    assert.is(modeFor(reseller).billing_mode, 'limits_only')
    assert.is(modeFor(root).billing_mode, 'manual')
  }
  assert.is(accountDocument(account, root ?? ''), accountDocument(account, 'another'))
})

function accountBelow(ancestors: readonly string[]): Account {
  return {
    sid: customer ?? '',
    parentSid: ancestors.at(-1),
    organizationSid: 'OR'.padEnd(34, '0'),
    friendlyName: 'Customer',
    email: undefined,
    status: 'active',
    ownStatus: 'active',
    realm: 'customer.example.com',
    isReseller: false,
    resellerSid: ancestors.at(-1) ?? '',
    ancestors,
    descendantsCount: 0,
    revision: 1,
    document: {},
    role: 'Administrator',
    type: 'Full',
    createdAt: new Date(0),
    updatedAt: new Date(0),
    authToken: undefined,
  }
}

test.run()
