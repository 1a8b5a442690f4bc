import { LRUCache } from 'lru-cache'
import { DomainError } from './errors.ts'
import { addressGroup } from './throttle.ts'

const maxEntries = 50_000

/** How many tokens a bucket holds, and how many come back to it in a second. */
export type Rate = { readonly perSecond: number; readonly burst: number }

/** What a client has left of the bucket that was nearest to empty. */
export type Allowance = {
  readonly limit: number
  readonly remaining: number
  /** Whole seconds until the bucket is full again. */
  readonly resetSeconds: number
}

export type RateLimits = {
  /**
   * Takes tokens from the bucket of a client's address, counted as `addressGroup` does. Throws
   * `throttled` when it has too few, taking none. Undefined when there is no limit.
   */
  takeOfAddress(address: string, cost: number): Allowance | undefined
  /** The same of the bucket of an account. */
  takeOfAccount(sid: string, cost: number): Allowance | undefined
}

/** What a request costs: a write holds the disk, so it is dearer than a read (security.md T2). */
export const requestCosts = { read: 1, write: 5 } as const

/** Token buckets for addresses and accounts; undefined is no limit. `now` is a monotonic clock in milliseconds. */
export function createRateLimits(
  { perAddress, perAccount }: Readonly<Record<'perAddress' | 'perAccount', Rate | undefined>>,
  now: () => number,
): RateLimits {
  const addresses = perAddress && createBuckets(perAddress, now)
  const accounts = perAccount && createBuckets(perAccount, now)
  return {
    takeOfAddress: (address, cost) => addresses?.(addressGroup(address), cost),
    takeOfAccount: (sid, cost) => accounts?.(sid, cost),
  }
}

/** For an installation behind loopback that wants no limits (`--throttle off`). */
export const noRateLimits: RateLimits = {
  takeOfAddress: () => undefined,
  takeOfAccount: () => undefined,
}

type Bucket = { tokens: number; at: number }

/** Of more keys than the table holds, the one asked for longest ago is forgotten: its bucket is full. */
function createBuckets(
  { perSecond, burst }: Rate,
  now: () => number,
): (key: string, cost: number) => Allowance {
  const buckets = new LRUCache<string, Bucket>({ max: maxEntries })
  const perMs = perSecond / 1000
  return (key, cost) => {
    const at = now()
    const known = buckets.get(key)
    const tokens = known ? Math.min(burst, known.tokens + (at - known.at) * perMs) : burst
    if (tokens < cost) {
      const retryAfterSeconds = Math.ceil((cost - tokens) / perSecond)
      throw new DomainError({ kind: 'throttled', retryAfterSeconds })
    }
    const left = tokens - cost
    if (known === undefined) {
      buckets.set(key, { tokens: left, at })
    } else {
      Object.assign(known, { tokens: left, at })
    }
    const resetSeconds = Math.ceil((burst - left) / perSecond)
    return { limit: burst, remaining: Math.floor(left), resetSeconds }
  }
}
