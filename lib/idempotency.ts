import type { IdempotentRequest, IdempotentResult } from '../db/store.ts'
import type { Caller } from './caller.ts'
import { DomainError, invalid } from './errors.ts'
import { equalDigests } from './secrets.ts'
import type { Services } from './services.ts'

const rememberedMs = 24 * 60 * 60 * 1000

/** What a create gives: the thing, and whether an earlier request with the same key had made it. */
export type Made<T> = { readonly made: T; readonly repeated: boolean }

/**
 * A create under the client's `Idempotency-Key`, remembered for 24 hours for this caller and route
 * (security.md K1). `request` is all that was asked, in one text; only its keyed digest is kept, for
 * it may hold a password. Undefined without a key; throws `invalid` for one that is not 1 to 255
 * visible ASCII characters.
 */
export function idempotentRequest(
  services: Services,
  caller: Caller,
  route: string,
  key: string | undefined,
  request: string,
): IdempotentRequest | undefined {
  if (key === undefined) {
    return undefined
  }
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

/** The SID of what this request made before, if it did. Throws as `sameRequest` does. */
export async function earlierResult(
  services: Services,
  request: IdempotentRequest | undefined,
): Promise<string | undefined> {
  const earlier = request && (await services.store.findRepeated(request))
  return earlier && sameRequest(request, earlier)
}

/** The SID of what the earlier request made. Throws `keyReused` when that was another request. */
export function sameRequest(
  request: IdempotentRequest | undefined,
  earlier: IdempotentResult,
): string {
  if (request === undefined || !equalDigests(request.requestDigest, earlier.requestDigest)) {
    throw new DomainError({ kind: 'keyReused' })
  }
  return earlier.resultSid
}
