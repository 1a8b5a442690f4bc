import { newRequestId } from '../../lib/ids.ts'
import type { Middleware } from '../context.ts'

const adopted = /^[A-Za-z0-9._-]{1,128}$/

/** Gives the request an id, the client's own if it is plain, and sends it back as `X-Request-ID`. */
export const requestId: Middleware = async (ctx, next) => {
  const offered = ctx.get('X-Request-ID')
  ctx.state.requestId = adopted.test(offered) ? offered : newRequestId()
  ctx.set('X-Request-ID', ctx.state.requestId)
  await next()
}
