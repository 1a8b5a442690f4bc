import { isIPv6 } from 'node:net'
import { LRUCache } from 'lru-cache'
import { DomainError } from './errors.ts'

const windowMs = 5 * 60 * 1000
const perLogin = 10
const perAddress = 100
const maxEntries = 50_000

export type Throttle = {
  /** Throws `throttled` when this login or this address has failed too often from here. */
  check(login: string, address: string): void
  failed(login: string, address: string): void
  /** Forgets the failures of this login from this address. */
  succeeded(login: string, address: string): void
}

type Failures = { count: number }

/**
 * Counts failed logins in windows of five minutes that begin with the first failure: ten for a login
 * from one address, a hundred for an address (security.md T3). A login is never locked as such: the
 * right credentials from another address always work. `now` is a monotonic clock in milliseconds.
 */
export function createThrottle(now: () => number): Throttle {
  const table = () =>
    new LRUCache<string, Failures>({
      max: maxEntries,
      ttl: windowMs,
      ttlResolution: 0,
      perf: { now },
    })
  const byLogin = table()
  const byAddress = table()
  const refuse = (failures: LRUCache<string, Failures>, key: string, limit: number): void => {
    if ((failures.get(key)?.count ?? 0) >= limit) {
      const retryAfterSeconds = Math.max(1, Math.ceil(failures.getRemainingTTL(key) / 1000))
      throw new DomainError({ kind: 'throttled', retryAfterSeconds })
    }
  }
  return {
    check(login, address) {
      const from = addressGroup(address)
      refuse(byLogin, `${from} ${login}`, perLogin)
      refuse(byAddress, from, perAddress)
    },
    failed(login, address) {
      const from = addressGroup(address)
      countUp(byLogin, `${from} ${login}`)
      countUp(byAddress, from)
    },
    succeeded(login, address) {
      byLogin.delete(`${addressGroup(address)} ${login}`)
    },
  }
}

/** For an installation behind loopback that wants no limits (`--throttle off`). */
export const noThrottle: Throttle = { check() {}, failed() {}, succeeded() {} }

/**
 * The addresses that count as one client: an IPv4 address by itself, also when it is written as
 * IPv6, and the /64 of an IPv6 one, of which a client has all.
 */
export function addressGroup(address: string): string {
  if (!isIPv6(address)) {
    return address
  }
  const groups = groupsOf(address).map((group) => group.toString(16))
  return mappedIPv4(groups) ?? `${groups.slice(0, 4).join(':')}::/64`
}

/** The IPv4 address that these groups are, in hexadecimal digits, if they are one written as IPv6. */
function mappedIPv4(groups: readonly string[]): string | undefined {
  const bytes = groups.slice(6).flatMap((group) => [...Buffer.from(group.padStart(4, '0'), 'hex')])
  return groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff' ? bytes.join('.') : undefined
}

/** The eight groups of an IPv6 address, however it is written. */
function groupsOf(address: string): readonly number[] {
  const [head = '', tail = ''] = address.replace(/%.*$/, '').split('::')
  const front = numbersOf(head)
  const back = numbersOf(tail)
  return [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back]
}

function numbersOf(part: string): readonly number[] {
  const groups = part === '' ? [] : part.split(':')
  return groups.flatMap((group) => {
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return group.includes('.') ? [a * 256 + b, c * 256 + d] : [Number.parseInt(group, 16)]
  })
}

function countUp(failures: LRUCache<string, Failures>, key: string): void {
  const present = failures.get(key)
  if (present === undefined) {
    failures.set(key, { count: 1 })
  } else {
    present.count += 1
  }
}
