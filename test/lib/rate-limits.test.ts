import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createRateLimits } from '../../lib/rate-limits.ts'
import { refusalOf } from '../support/refusals.ts'

const rate = { perSecond: 10, burst: 100 }

/** Limits by a clock that is set by hand. */
function limited(rates: Parameters<typeof createRateLimits>[0]) {
  let now = 0
  const limits = createRateLimits(rates, () => now)
  return {
    ...limits,
    wait(ms: number) {
      now += ms
    },
  }
}

test('a bucket is full at first, tells what is left, and fills again', () => {
  const limits = limited({ perAddress: rate, perAccount: undefined })
  const take = (cost: number) => limits.takeOfAddress('192.0.2.1', cost)
  assert.equal(take(1), { limit: 100, remaining: 99, resetSeconds: 1 })
  assert.equal(take(59), { limit: 100, remaining: 40, resetSeconds: 6 })
  limits.wait(1000)
  assert.equal(take(0), { limit: 100, remaining: 50, resetSeconds: 5 })
  limits.wait(3_600_000)
  assert.equal(take(100), { limit: 100, remaining: 0, resetSeconds: 10 })
})

test('what costs more than there is takes nothing, and is told when to come again', () => {
  const limits = limited({ perAddress: rate, perAccount: undefined })
  limits.takeOfAddress('192.0.2.1', 97)
  const refused = { kind: 'throttled', retryAfterSeconds: 1 }
  assert.equal(
    refusalOf(() => limits.takeOfAddress('192.0.2.1', 5)),
    refused,
  )
  const muchTooMuch = refusalOf(() => limits.takeOfAddress('192.0.2.1', 99))
  assert.equal(muchTooMuch, { kind: 'throttled', retryAfterSeconds: 10 })
  assert.is(limits.takeOfAddress('192.0.2.1', 3)?.remaining, 0)
  limits.wait(499)
  assert.equal(
    refusalOf(() => limits.takeOfAddress('192.0.2.1', 5)),
    refused,
  )
  limits.wait(1)
  assert.is(limits.takeOfAddress('192.0.2.1', 5)?.remaining, 0)
})

test('each address and each account has a bucket of its own; an IPv6 network of 64 bits has one', () => {
  const limits = limited({ perAddress: rate, perAccount: { perSecond: 1, burst: 10 } })
  limits.takeOfAddress('192.0.2.1', 100)
  assert.is(limits.takeOfAddress('192.0.2.2', 1)?.remaining, 99)
  limits.takeOfAddress('2001:db8::1', 100)
  assert.ok(refusalOf(() => limits.takeOfAddress('2001:db8::ffff:1', 1)))
  assert.is(limits.takeOfAddress('2001:db8:0:1::1', 1)?.remaining, 99)
  limits.takeOfAccount('ACone', 10)
  assert.ok(refusalOf(() => limits.takeOfAccount('ACone', 1)))
  assert.is(limits.takeOfAccount('ACother', 1)?.limit, 10)
})

test('without a rate there is no limit', () => {
  const limits = limited({ perAddress: undefined, perAccount: undefined })
  assert.is(limits.takeOfAddress('192.0.2.1', 1_000_000), undefined)
  assert.is(limits.takeOfAccount('ACone', 1_000_000), undefined)
})

test('of more clients than the table holds, the one seen longest ago is forgotten', () => {
  const limits = limited({ perAddress: undefined, perAccount: rate })
  limits.takeOfAccount('ACfirst', 100)
  limits.takeOfAccount('ACsecond', 100)
  for (let other = 0; other < 49_999; other += 1) {
    limits.takeOfAccount(`AC${other}`, 1)
  }
  assert.is(limits.takeOfAccount('ACfirst', 0)?.remaining, 100)
})

test.run()
