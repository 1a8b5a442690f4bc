import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isPublicAddress } from '../../routes/public-addresses.ts'

test('addresses of the public internet pass', () => {
  for (const address of [
    ...['1.1.1.1', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255'],
    ...['128.0.0.0', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0'],
    ...['192.167.255.255', '192.169.0.0', '198.17.255.255', '198.20.0.0', '223.255.255.255'],
    ...['2600::1', '2a00:1450:4001:80b::200e', '2001:4860:4860::8888', '3ffe::1'],
  ]) {
    assert.ok(isPublicAddress(address), address)
  }
})

test('private, loopback, link-local, shared, multicast and reserved addresses do not', () => {
  for (const address of [
    ...['0.0.0.0', '10.0.0.0', '10.255.255.255', '100.64.0.0', '100.127.255.255', '127.0.0.1'],
    ...['127.255.255.255', '169.254.0.0', '169.254.169.254', '172.16.0.0', '172.31.255.255'],
    ...['192.0.0.1', '192.0.2.1', '192.88.99.1', '192.168.0.0', '192.168.255.255', '198.18.0.1'],
    ...['198.19.255.255', '198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255'],
    ...['240.0.0.1', '255.255.255.255', '::', '::1', 'fe80::1', 'fc00::1', 'fd00:ec2::254'],
    ...['ff02::1', 'fec0::1', '2001:db8::1', '3fff::1', '100::1', '2001::1'],
  ]) {
    assert.not.ok(isPublicAddress(address), address)
  }
})

test('nor do addresses that carry another within them', () => {
  for (const address of [
    ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:169.254.169.254'],
    ...['::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b:1::a00:1', '2002:7f00:1::', '2002:a00:1::1'],
  ]) {
    assert.not.ok(isPublicAddress(address), address)
  }
})

test.run()
