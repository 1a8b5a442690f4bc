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
    reading = await readAgain(services, caller, target)
  }
  throw new DomainError({ kind: 'conflict' })
}

async function readAgain(services: Services, caller: Caller, target: PlacedAccount) {
  const keys = [{ sid: caller.account.sid }, { sid: target.sid }]
  const [callerNow, targetNow] = await services.store.findAccounts(keys)
  if (callerNow === undefined || targetNow === undefined) {
    throw new Error('an account is gone, though rows are never deleted')
  }
  return { caller: callerAsOf(services, caller, callerNow), target: targetNow }
}
