import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { reopenAccount } from '../../../lib/accounts/reopen.ts'
import { DomainError } from '../../../lib/errors.ts'
import { accountNow, setStatus } from '../../support/records.ts'
import { laterRefusalOf } from '../../support/refusals.ts'
import { withServices } from '../../support/services.ts'

test('a precondition sees the branch as it is in the attempt that is written', () =>
  withServices(async ({ services, root, child }) => {
    const { store } = services
    const target = await child(root)
    await setStatus(store, target, 'closed')
    const closedOnce = await accountNow(store, target.sid)
    await reopenAccount(services, root, closedOnce)
    await setStatus(store, target, 'closed')
    const refusal = await laterRefusalOf(() =>
      reopenAccount(services, root, closedOnce, ({ revision }) => {
        if (revision !== closedOnce.revision) {
          throw new DomainError({ kind: 'preconditionFailed' })
        }
      }),
    )
    assert.equal(refusal, { kind: 'preconditionFailed' })
    assert.is((await accountNow(store, target.sid)).status, 'closed')
  }))

test.run()
