import type { Logger } from 'pino'
import type { Middleware } from '../context.ts'
import type { Metrics } from '../metrics.ts'

/**
 * One line and one count for each request, written when its answer has gone out: the pattern of the
 * route and never the path, the key's SID and never its secret, no body and no header (security.md L2).
 */
export function accessLog(log: Logger, metrics: Metrics): Middleware {
  return (ctx, next) => {
    const begun = performance.now()
    ctx.state.dialect = 'none'
    ctx.state.route = 'none'
    ctx.res.once('close', () => {
      const ms = performance.now() - begun
      const { requestId, address, dialect, route, accountSid, apiKeySid } = ctx.state
      const { method, status } = ctx
      metrics.requestServed({ dialect, route, status: String(status) }, ms / 1000)
      log.info({
        requestId,
        method,
        dialect,
        route,
        status,
        ms: Math.round(ms * 100) / 100,
        accountSid,
        apiKeySid,
        address,
        aborted: ctx.res.writableFinished ? undefined : true,
      })
    })
    return next()
  }
}
