import type { Middleware } from '../context.ts'

const aYear = 'max-age=31536000'

/**
 * The headers that every answer has (security.md R2), and those by which a browser lets a listed
 * origin read it. No origin is listed by default, none is answered with `*` unless the operator lists
 * that, and none is ever let in with the credentials that a browser remembers (R3). A browser is told
 * to come by https alone where the public URL says so, for it takes that to be of the whole host.
 */
export function answerHeaders(
  corsOrigins: readonly string[],
  publicUrl: string | undefined,
): Middleware {
  const isForAll = corsOrigins.includes('*')
  const isByTls = publicUrl?.startsWith('https:') === true
  return (ctx, next) => {
    ctx.set('X-Content-Type-Options', 'nosniff')
    ctx.set('Cache-Control', 'no-store')
    if (isByTls) {
      ctx.set('Strict-Transport-Security', aYear)
    }
    const { origin } = ctx.req.headers
    if (origin !== undefined && origin !== '' && (isForAll || corsOrigins.includes(origin))) {
      ctx.set('Access-Control-Allow-Origin', isForAll ? '*' : origin)
      ctx.set('Access-Control-Expose-Headers', 'x-auth-token, x-request-id, location, etag')
      ctx.vary('Origin')
    }
    return next()
  }
}
