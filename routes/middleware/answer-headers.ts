import type { Middleware } from '../context.ts'

/**
 * The headers that every answer has (security.md R2), and those by which a browser lets a listed
 * origin read it. No origin is listed by default, none is answered with `*` unless the operator lists
 * that, and none is ever let in with the credentials that a browser remembers (R3).
 */
export function answerHeaders(corsOrigins: readonly string[]): Middleware {
  return async (ctx, next) => {
    ctx.set('X-Content-Type-Options', 'nosniff')
    ctx.set('Cache-Control', 'no-store')
    const origin = ctx.get('Origin')
    const isForAll = corsOrigins.includes('*')
    if (origin !== '' && (isForAll || corsOrigins.includes(origin))) {
      ctx.set('Access-Control-Allow-Origin', isForAll ? '*' : origin)
      ctx.set('Access-Control-Expose-Headers', 'x-auth-token, x-request-id, location, etag')
      ctx.vary('Origin')
    }
    await next()
  }
}
