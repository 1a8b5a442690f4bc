import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { addressGroup, createThrottle, noThrottle } from '../../lib/throttle.ts'
import { refusalOf } from '../support/refusals.ts'

const minute = 60_000
const here = '192.0.2.1'
const elsewhere = '192.0.2.2'

/** A throttle with a clock of its own. */
function throttleAt(begin = 1000) {
  const clock = { now: begin }
  const throttle = createThrottle(() => clock.now)
  return {
    clock,
    throttle,
    fail(count: number, login: string, address: string) {
      for (let left = count; left > 0; left -= 1) {
        throttle.failed(login, address)
      }
    },
    /** Undefined while the login may be tried, else the seconds to wait. */
    wait(login: string, address: string): number | undefined {
      const refusal = refusalOf(() => throttle.check(login, address))
      assert.ok(refusal === undefined || refusal.kind === 'throttled')
      return refusal?.retryAfterSeconds
    },
  }
}

test('a login may fail ten times from one address, and is then to wait for five minutes', () => {
  const { fail, wait } = throttleAt()
  fail(9, 'jane', here)
  assert.is(wait('jane', here), undefined)
  fail(1, 'jane', here)
  assert.is(wait('jane', here), 300)
})

test('the login goes on to work from another address, and another login from this one', () => {
  const { fail, wait } = throttleAt()
  fail(50, 'jane', here)
  assert.is(wait('jane', elsewhere), undefined)
  assert.is(wait('joe', here), undefined)
})

test('an address may fail a hundred times, whatever it tries', () => {
  const { fail, wait } = throttleAt()
  for (let login = 0; login < 99; login += 1) {
    fail(1, `login${login}`, here)
  }
  assert.is(wait('jane', here), undefined)
  fail(1, 'login99', here)
  assert.is(wait('jane', here), 300)
  assert.is(wait('jane', elsewhere), undefined)
})

test('the window begins with the first failure and ends five minutes after it', () => {
  const { clock, fail, wait } = throttleAt()
  fail(1, 'jane', here)
  clock.now += 4 * minute
  fail(9, 'jane', here)
  assert.is(wait('jane', here), 60)
  clock.now += minute - 1
  assert.is(wait('jane', here), 1)
  clock.now += 2
  assert.is(wait('jane', here), undefined)
  fail(9, 'jane', here)
  assert.is(wait('jane', here), undefined)
})

test('being asked while refused does not make the wait longer', () => {
  const { clock, fail, wait } = throttleAt()
  fail(10, 'jane', here)
  for (let asked = 0; asked < 5; asked += 1) {
    assert.is(wait('jane', here), 300 - 60 * asked)
    clock.now += minute
  }
  clock.now += 1
  assert.is(wait('jane', here), undefined)
})

test('a success forgets the failures of its login from its address, and no others', () => {
  const { throttle, fail, wait } = throttleAt()
  fail(10, 'joe', here)
  fail(10, 'jane', elsewhere)
  fail(9, 'jane', here)
  throttle.succeeded('jane', here)
  fail(9, 'jane', here)
  assert.is(wait('jane', here), undefined)
  assert.is(wait('joe', here), 300)
  assert.is(wait('jane', elsewhere), 300)
})

test('a success does not forget what its address did to others', () => {
  const { throttle, fail, wait } = throttleAt()
  for (let login = 0; login < 100; login += 1) {
    fail(1, `login${login}`, here)
    throttle.succeeded('jane', here)
  }
  assert.is(wait('jane', here), 300)
})

test('the table is bounded: what is oldest goes, what is newest counts', () => {
  const { fail, wait } = throttleAt()
  fail(10, 'jane', here)
  for (let host = 0; host < 50_000; host += 1) {
    fail(1, 'login', `10.${host >> 16}.${(host >> 8) & 255}.${host & 255}`)
  }
  assert.is(wait('jane', here), undefined)
  fail(10, 'jane', here)
  assert.is(wait('jane', here), 300)
})

test('a client has all of its IPv6 /64, and is counted as one', () => {
  const { fail, wait } = throttleAt()
  fail(5, 'jane', '2001:db8:1:2:3:4:5:6')
  fail(5, 'jane', '2001:0DB8:0001:0002::1')
  assert.is(wait('jane', '2001:db8:1:2:ffff::'), 300)
  assert.is(wait('jane', '2001:db8:1:3::1'), undefined)
})

test('an address written in two ways is one', () => {
  const groups: [address: string, group: string][] = [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['::ffff:c000:0201%eth0', '192.0.2.1'],
    ['::ffff:7f00:1', '127.0.0.1'],
    ['::ffff:0:0', '0.0.0.0'],
    ['0:0:0:0:0:ffff:1.2.3.4', '1.2.3.4'],
    ['0000:0:0::ffff:102:304', '1.2.3.4'],
    ['::1.2.3.4', '0:0:0:0::/64'],
    ['64:ff9b::1.2.3.4', '64:ff9b:0:0::/64'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4::/64'],
    ['::1:ffff:102:304', '0:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1::', '1:0:0:0::/64'],
    ['2001:db8::5', '2001:db8:0:0::/64'],
    ['2001:DB8:0:0:1:2:3:4', '2001:db8:0:0::/64'],
    ['2001:db8:a:b::', '2001:db8:a:b::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['1::2:3:4:5:6:7', '1:0:2:3::/64'],
    ['::2:3:4:5:6:7', '0:0:2:3::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
  ]
  for (const [address, group] of groups) {
    assert.is(addressGroup(address), group, address)
  }
})

test('without a throttle nothing is refused', () => {
  for (let tried = 0; tried < 200; tried += 1) {
    noThrottle.failed('jane', here)
  }
  noThrottle.check('jane', here)
  noThrottle.succeeded('jane', here)
})

test.run()
