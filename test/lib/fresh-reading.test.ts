import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { onFreshReading } from '../../lib/fresh-reading.ts'
import { placedAccount } from '../support/callers.ts'
import { setStatus } from '../support/records.ts'
import { laterRefusalOf } from '../support/refusals.ts'
import { withServices } from '../support/services.ts'

test('what was read is tried once when it still holds', () =>
  withServices(async ({ services, root, child }) => {
    const target = await child(root)
    const seen: unknown[] = []
    const result = await onFreshReading(services, root, target, async (...given) => {
      seen.push(given)
      return 'done'
    })
    assert.is(result, 'done')
    assert.equal(seen, [[root, target]])
  }))

test('what is stale is read again, the caller too, until it holds', () =>
  withServices(async ({ services, root, child, login }) => {
    const caller = await login(await child(root))
    const target = await child(caller)
    const seen: [number, number, string][] = []
    const result = await onFreshReading(services, caller, target, async (callerNow, targetNow) => {
      seen.push([callerNow.account.revision, targetNow.revision, callerNow.origin.requestId])
      if (seen.length < 4) {
        await setStatus(services.store, target, 'inactive')
        await setStatus(services.store, caller.account, 'active')
        return 'stale'
      }
      return seen.length
    })
    assert.is(result, 4)
    const { requestId } = caller.origin
    assert.equal(seen, [
      [1, 1, requestId],
      [2, 2, requestId],
      [3, 3, requestId],
      [4, 4, requestId],
    ])
  }))

test('a caller who may no longer act is not tried again', () =>
  withServices(async ({ services, root, child, login }) => {
    const caller = await login(await child(root))
    let tried = 0
    const refusal = await laterRefusalOf(() =>
      onFreshReading(services, caller, caller.account, async () => {
        tried += 1
        await setStatus(services.store, caller.account, 'suspended')
        return 'stale'
      }),
    )
    assert.equal(refusal, { kind: 'inactive' })
    assert.is(tried, 1)
  }))

test('what never settles is a conflict after five times', () =>
  withServices(async ({ services, root }) => {
    let tried = 0
    const refusal = await laterRefusalOf(() =>
      onFreshReading(services, root, root.account, async () => {
        tried += 1
        return 'stale'
      }),
    )
    assert.equal(refusal, { kind: 'conflict' })
    assert.is(tried, 5)
  }))

test('an account that is gone is a fault of ours and no refusal', () =>
  withServices(async ({ services, root }) => {
    const gone = placedAccount(root.account)
    const outcome = await onFreshReading(services, root, gone, async () => 'stale').catch(String)
    assert.match(String(outcome), 'an account is gone')
  }))

test.run()
