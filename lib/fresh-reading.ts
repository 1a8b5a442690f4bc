import type { PlacedAccount } from '../db/store.ts'
import { callerAsOf } from './authenticate.ts'
import type { Caller } from './caller.ts'
import { DomainError } from './errors.ts'
import { isCarriedOut } from './idempotency.ts'
import type { Services } from './services.ts'

const attempts = 5

/**
 * Runs `attempt` on what the request has read, and again on a fresh reading each time the store says
 * that this had changed meanwhile. Whoever attempts decides anew from what it is given, permission
 * included. Throws `conflict` when it never settles, or when an equal request has done it meanwhile.
 */
export async function onFreshReading<T>(
  services: Services,
  caller: Caller,
  target: PlacedAccount,
  attempt: (caller: Caller, target: PlacedAccount) => Promise<T | 'stale'>,
): Promise<T> {
  let reading = { caller, target }
  for (let left = attempts; left > 0; left -= 1) {
    const result = await attempt(reading.caller, reading.target)
    if (result !== 'stale') {
      return result
    }
    if (await isCarriedOut(services, caller)) {
      break
    }
    reading = await asNow(services, caller, target)
  }
  throw new DomainError({ kind: 'conflict' })
}

/**
 * Who asks and what is asked about, as both are now and not as they were when the request came. Throws
 * `inactive` when the caller may no longer act, and `unauthenticated` when what it came with is void by now.
 */
export async function asNow<Target extends PlacedAccount | undefined>(
  services: Services,
  caller: Caller,
  target: Target,
): Promise<{ readonly caller: Caller; readonly target: PlacedAccount | Target }> {
  const keys = [{ sid: caller.account.sid }, target && { sid: target.sid }]
  const [callerNow, targetNow] = await services.store.findAccounts(keys)
  if (callerNow === undefined || (target !== undefined && targetNow === undefined)) {
    throw new Error('an account is gone, though rows are never deleted')
  }
  const { apiKey } = caller
  if (apiKey && (await services.store.findApiKey(callerNow.sid, apiKey.sid)) === undefined) {
    throw new DomainError({ kind: 'unauthenticated' })
  }
  return { caller: callerAsOf(services, caller, callerNow), target: targetNow ?? target }
}
