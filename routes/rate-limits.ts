import { type Allowance, type RateLimits, requestCosts } from '../lib/rate-limits.ts'
import type { Context, Middleware } from './context.ts'

const safeMethods = ['GET', 'HEAD', 'OPTIONS']

/**
 * Counts a request against its address, before anything is looked up for it. Mounted inside a
 * dialect, so that the refusal has its form. A question by OPTIONS is free.
 */
export function addressLimit(limits: RateLimits): Middleware {
  return (ctx, next) => {
    if (ctx.method !== 'OPTIONS') {
      tell(ctx, limits.takeOfAddress(ctx.state.address, costOf(ctx)))
    }
    return next()
  }
}

/** Counts a request against the account that was found to send it. Throws `throttled`. */
export function countForAccount(ctx: Context, limits: RateLimits, sid: string): void {
  tell(ctx, limits.takeOfAccount(sid, costOf(ctx)))
}

function costOf({ method }: Context): number {
  return safeMethods.includes(method) ? requestCosts.read : requestCosts.write
}

/** In the headers of the IETF's draft on rate limits: of several buckets, the one that is nearest to empty. */
function tell(ctx: Context, allowance: Allowance | undefined): void {
  if (allowance === undefined) {
    return
  }
  const told = Number(ctx.response.get('RateLimit-Remaining') || Number.POSITIVE_INFINITY)
  if (allowance.remaining < told) {
    ctx.set({
      'RateLimit-Limit': String(allowance.limit),
      'RateLimit-Remaining': String(allowance.remaining),
      'RateLimit-Reset': String(allowance.resetSeconds),
    })
  }
}
