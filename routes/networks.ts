import { BlockList, isIPv6 } from 'node:net'
import type { Network } from '../lib/config.ts'

export type AddressTest = (address: string) => boolean

/**
 * Whether a text is an address in one of the networks; an IPv4 address written as IPv6 counts as IPv4.
 * Where none are listed there is nothing to look at, and most servers ask at each request.
 */
export function withinNetworks(networks: readonly Network[]): AddressTest {
  if (networks.length === 0) {
    return () => false
  }
  const list = new BlockList()
  for (const { address, prefix, family } of networks) {
    list.addSubnet(address, prefix, family)
  }
  return (address) => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

export const loopback: readonly Network[] = [
  { address: '127.0.0.0', prefix: 8, family: 'ipv4' },
  { address: '::1', prefix: 128, family: 'ipv6' },
]
