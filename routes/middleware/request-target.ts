import type { Middleware } from '../context.ts'

/** Answers 400 to a request target that is no path and no URL: everything behind this reads the path. */
export const requestTarget: Middleware = (ctx, next) => {
  if (!isReadable(ctx.req.url)) {
    ctx.status = 400
    ctx.set('Content-Type', 'application/json')
    ctx.set('Connection', 'close')
    ctx.body = JSON.stringify({ message: 'The request target is no path' })
    return undefined
  }
  return next()
}

function isReadable(target: string | undefined): boolean {
  return target?.startsWith('/') === true || isHttpUrl(target ?? '')
}

function isHttpUrl(target: string): boolean {
  return /^https?:\/\//i.test(target) && URL.canParse(target)
}
