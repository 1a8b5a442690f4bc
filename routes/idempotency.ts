import type { IdempotentRequest } from '../db/store.ts'
import { idempotentRequest } from '../lib/idempotency.ts'
import type { Services } from '../lib/services.ts'
import type { Context } from './context.ts'

/** The header that marks an answer to a request that had been made before. */
export const replayedHeader = { 'Idempotent-Replayed': 'true' } as const

/**
 * The request as one that may be sent again, if it has an `Idempotency-Key`: the same is the same path
 * with the same body, however the path was spelled. Throws `invalid` for a key of another form.
 */
export function idempotencyOf(
  ctx: Context,
  services: Services,
  body: string,
): IdempotentRequest | undefined {
  const { caller, route, dialect } = ctx.state
  const key = ctx.req.headers['idempotency-key']
  const request = `${ctx.newRouterPath}\n${body}`
  return idempotentRequest(services, caller, `${dialect} ${route}`, key?.toString(), request)
}
