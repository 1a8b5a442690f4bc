import type { AccountKey } from '../db/store.ts'
import { type Authenticated, authenticate } from '../lib/authenticate.ts'
import { DomainError } from '../lib/errors.ts'
import type { Services } from '../lib/services.ts'
import { basicCredentials } from './basic-auth.ts'
import type { Context, Middleware } from './context.ts'
import type { SegmentedPath } from './path.ts'
import { countForAccount } from './rate-limits.ts'

/** Notes the caller by Basic credentials, and the account that the path is about as `targetOf` finds it. */
export function authentication(
  services: Services,
  targetOf: (path: SegmentedPath) => AccountKey | undefined,
): Middleware {
  return async (ctx, next) => {
    const { requestId, address, dialect, path } = ctx.state
    const credentials = basicCredentials(ctx.req.headers.authorization ?? '')
    if (credentials === undefined) {
      throw new DomainError({ kind: 'unauthenticated' })
    }
    const origin = { requestId, address, dialect }
    const { caller, target } = await authenticate(services, credentials, origin, targetOf(path))
    noteCaller(ctx, services, { caller, target })
    await next()
  }
}

/** Notes who asks, for the handlers and the log, and counts it against the account's rate. Throws `throttled`. */
export function noteCaller(
  ctx: Context,
  { rateLimits }: Services,
  { caller, target }: Authenticated,
): void {
  const { account, apiKey } = caller
  ctx.state.caller = caller
  ctx.state.target = target
  ctx.state.accountSid = account.sid
  ctx.state.apiKeySid = apiKey?.sid
  countForAccount(ctx, rateLimits, account.sid)
}
