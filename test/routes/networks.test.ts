import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loopback, withinNetworks } from '../../routes/networks.ts'

test('an address is in a network that holds it, also an IPv4 address written as IPv6', () => {
  const isLoopback = withinNetworks(loopback)
  for (const address of ['127.0.0.1', '127.255.255.255', '::1', '::ffff:127.0.0.1']) {
    assert.ok(isLoopback(address), address)
  }
  for (const address of ['126.255.255.255', '128.0.0.0', '::2', '::ffff:128.0.0.1']) {
    assert.not.ok(isLoopback(address), address)
  }
})

test('what is no address is in no network, not even in one that holds them all', () => {
  const isAny = withinNetworks([
    { address: '0.0.0.0', prefix: 0, family: 'ipv4' },
    { address: '::', prefix: 0, family: 'ipv6' },
  ])
  assert.ok(isAny('192.0.2.1'))
  assert.ok(isAny('2001:db8::1'))
  for (const text of ['', 'unknown', '127.0.0.1:80', '127.0.0', '[::1]', ' 127.0.0.1']) {
    assert.not.ok(isAny(text), text)
  }
})

test('where no network is listed no address is in one', () => {
  assert.not.ok(withinNetworks([])('127.0.0.1'))
})

test.run()
