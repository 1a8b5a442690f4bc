import { isIPv6 } from 'node:net'
import type { Network } from '../lib/config.ts'
import { withinNetworks } from './networks.ts'

const v4 = (address: string, prefix: number): Network => ({ address, prefix, family: 'ipv4' })
const v6 = (address: string, prefix: number): Network => ({ address, prefix, family: 'ipv6' })

/** Of IANA's registries of special addresses: all that is not reached through the public internet. */
const isSpecial = withinNetworks([
  ...[v4('0.0.0.0', 8), v4('10.0.0.0', 8), v4('100.64.0.0', 10), v4('127.0.0.0', 8)],
  ...[v4('169.254.0.0', 16), v4('172.16.0.0', 12), v4('192.0.0.0', 24), v4('192.0.2.0', 24)],
  ...[v4('192.88.99.0', 24), v4('192.168.0.0', 16), v4('198.18.0.0', 15)],
  ...[v4('198.51.100.0', 24), v4('203.0.113.0', 24), v4('224.0.0.0', 4), v4('240.0.0.0', 4)],
  // Teredo in the first and 6to4 in the last carry an IPv4 address within them.
  ...[v6('2001::', 23), v6('2001:db8::', 32), v6('3fff::', 20), v6('2002::', 16)],
])

const isGlobalUnicast = withinNetworks([v6('2000::', 3)])

/**
 * Whether an address is one of the public internet: not loopback, private, link-local, shared,
 * multicast, nor reserved for anything else. An IPv4 address written as IPv6 is none, whatever it is.
 */
export function isPublicAddress(address: string): boolean {
  return (!isIPv6(address) || isGlobalUnicast(address)) && !isSpecial(address)
}
