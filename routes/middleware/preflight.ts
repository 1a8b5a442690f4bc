import type { Middleware } from '../context.ts'

const allowedHeaders =
  'authorization, content-type, x-auth-token, x-kazoo-cluster-id, x-requested-with, ' +
  'cache-control, if-modified-since, if-match, if-none-match, idempotency-key, x-request-id, ' +
  'x-pretty-print'
const allowedMethods = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

/**
 * Answers what a browser asks before it sends a request of a listed origin, which `answerHeaders` has
 * named by then: without credentials, since browsers send none, and without a body, under the status
 * that is usual at this path.
 */
export function preflight(statusAt: (path: string) => 200 | 204): Middleware {
  return (ctx, next) => {
    const isAsking = ctx.method === 'OPTIONS' && ctx.get('Access-Control-Request-Method') !== ''
    if (!isAsking || !ctx.res.hasHeader('Access-Control-Allow-Origin')) {
      return next()
    }
    ctx.set('Access-Control-Allow-Methods', allowedMethods)
    ctx.set('Access-Control-Allow-Headers', allowedHeaders)
    ctx.set('Access-Control-Max-Age', '86400')
    ctx.body = null
    ctx.status = statusAt(ctx.path)
    return undefined
  }
}
