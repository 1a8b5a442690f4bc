import type { Context, Middleware } from '../context.ts'

/** Answers 400 to a request target that is no path and no URL: everything behind this reads the path. */
export const requestTarget: Middleware = (ctx, next) => {
  if (!isReadable(ctx)) {
    ctx.status = 400
    ctx.set('Content-Type', 'application/json')
    ctx.set('Connection', 'close')
    ctx.body = JSON.stringify({ message: 'The request target is no path' })
    return undefined
  }
  return next()
}

function isReadable(ctx: Context): boolean {
  const target = ctx.req.url ?? ''
  return (target.startsWith('/') || isHttpUrl(target)) && hasPath(ctx)
}

function isHttpUrl(target: string): boolean {
  return /^https?:\/\//i.test(target) && URL.canParse(target)
}

/** Koa reads a URL by Node's older parser, which throws for some that are none to it. */
function hasPath(ctx: Context): boolean {
  try {
    return typeof ctx.path === 'string'
  } catch {
    return false
  }
}
