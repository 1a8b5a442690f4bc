import { newRequestId } from '../../lib/ids.ts'
import type { Middleware } from '../context.ts'

const adopted = /^[A-Za-z0-9._-]{1,128}$/

/** Gives the request an id, the client's own if it is plain, and sends it back as `X-Request-ID`. */
export const requestId: Middleware = (ctx, next) => {
  const offered = ctx.req.headers['x-request-id']
  const isPlain = typeof offered === 'string' && adopted.test(offered)
  ctx.state.requestId = isPlain ? offered : newRequestId()
  ctx.set('X-Request-ID', ctx.state.requestId)
  return next()
}
