import type { IdempotentRequest } from '../db/store.ts'
import type { Caller } from './caller.ts'
import { DomainError, invalid } from './errors.ts'
import { equalDigests } from './secrets.ts'
import type { Services } from './services.ts'

const rememberedMs = 24 * 60 * 60 * 1000

/** How a request is carried out, and what is given for it when an equal one has been. */
export type Steps<T> = {
  /** Every change that this caller makes remembers the request in its own transaction. */
  readonly act: (caller: Caller) => Promise<T>
  /** Gives what the earlier request made or changed, as it is now, to whoever may still do so. */
  readonly again: (sid: string) => Promise<T>
}

/** What came of a request, and whether an earlier one with the same key had done it. */
export type Done<T> = { readonly result: T; readonly repeated: boolean }

/**
 * A request under the client's `Idempotency-Key`, remembered for 24 hours for this caller and route
 * (security.md K1). `request` is all that was asked, in one text; only its keyed digest is kept, for
 * it may hold a password. Throws `invalid` for a key that is not 1 to 255 visible ASCII characters.
 */
export function idempotentRequest(
  services: Services,
  caller: Caller,
  route: string,
  key: string,
  request: string,
): IdempotentRequest {
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw invalid('idempotencyKey', { rule: 'characters', value: key })
  }
  return {
    callerSid: caller.account.sid,
    route,
    key,
    requestDigest: services.secrets.digestToken(request),
    forgottenBefore: services.now() - rememberedMs,
  }
}

/** Does once what may be asked for more than once. Throws as the steps do, and `keyReused`. */
export async function doneOnce<T>(
  services: Services,
  caller: Caller,
  request: IdempotentRequest,
  { act, again }: Steps<T>,
): Promise<Done<T>> {
  const earlier = await earlierResult(services, request)
  if (earlier !== undefined) {
    return { result: await again(earlier), repeated: true }
  }
  try {
    return { result: await act({ ...caller, idempotent: request }), repeated: false }
  } catch (error) {
    // What refuses this request may be what an equal one has done since: a name that it took, say.
    const meanwhile = await earlierResult(services, request)
    if (meanwhile === undefined) {
      throw error
    }
    return { result: await again(meanwhile), repeated: true }
  }
}

/** Whether a request that the caller makes has been carried out by an equal one, or its key used for another. */
export async function isCarriedOut({ store }: Services, { idempotent }: Caller): Promise<boolean> {
  return idempotent !== undefined && (await store.findRepeated(idempotent)) !== undefined
}

/** The SID of what an equal request made or changed, if one did. */
async function earlierResult(
  { store }: Services,
  request: IdempotentRequest,
): Promise<string | undefined> {
  const earlier = await store.findRepeated(request)
  if (earlier !== undefined && !equalDigests(request.requestDigest, earlier.requestDigest)) {
    throw new DomainError({ kind: 'keyReused' })
  }
  return earlier?.resultSid
}
