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
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address
  if (!isIPv6(plain)) {
    return plain
  }
  const [head = '', tail] = plain.replace(/%.*$/, '').split('::')
  const front = groupsOf(head)
  const back = groupsOf(tail ?? '')
  const groups = [...front, ...Array(8 - front.length - back.length).fill('0'), ...back]
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}

function groupsOf(part: string): string[] {
  return part === '' ? [] : part.split(':')
}

function countUp(failures: LRUCache<string, Failures>, key: string): void {
  const present = failures.get(key)
  if (present === undefined) {
    failures.set(key, { count: 1 })
  } else {
    present.count += 1
  }
}
