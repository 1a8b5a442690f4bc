import type { Middleware } from '../context.ts'

const allowedHeaders =
  'authorization, content-type, x-auth-token, x-kazoo-cluster-id, x-requested-with, ' +
  'cache-control, if-modified-since, if-match, idempotency-key, x-request-id'
const allowedMethods = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

/**
 * The headers that every answer has (security.md R2), and those by which a browser lets a listed
 * origin read it. No origin is listed by default, and none is answered with `*` (R3).
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
      if (ctx.method === 'OPTIONS' && ctx.get('Access-Control-Request-Method') !== '') {
        ctx.set('Access-Control-Allow-Methods', allowedMethods)
        ctx.set('Access-Control-Allow-Headers', allowedHeaders)
        ctx.set('Access-Control-Max-Age', '86400')
        ctx.status = 204
        return
      }
    }
    await next()
  }
}
