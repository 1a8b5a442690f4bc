import type Router from '@koa/router'
import compose from 'koa-compose'
import type { Context, Middleware } from './context.ts'
import { HttpError } from './http-error.ts'
import type { Route } from './route.ts'

/**
 * Hands the request to the router's route for `ctx.newRouterPath` and notes its pattern. Answers
 * OPTIONS; throws 404 for a path that is not served, 405 with Allow for a method that is not. The
 * router only finds the route: to let it also call it would be to find it twice.
 */
export function routing(router: Router): Middleware {
  const handlers = new Map(router.stack.map((layer) => [layer, compose(layer.stack)]))
  return (ctx, next) => {
    const { path, pathAndMethod } = router.match(ctx.newRouterPath, ctx.method)
    const [pattern] = path
    if (pattern === undefined) {
      throw new HttpError(404, 'Nothing is served at this path')
    }
    // A word such as `match` may stand where other paths have an id; it is then no id.
    const isFirst = (layer: { readonly path: string | RegExp }) => layer.path === pattern.path
    const served = pathAndMethod.find(isFirst)
    const handler = served && handlers.get(served)
    if (handler !== undefined) {
      ctx.state.route = `${ctx.method} ${pattern.path}`
      const params = {}
      const request = Object.assign(ctx.request, { params })
      return handler(Object.assign(ctx, { router, params, request }), next)
    }
    return answerMethod(
      ctx,
      path.filter(isFirst).flatMap((layer) => layer.methods),
      String(pattern.path),
    )
  }
}

function answerMethod(ctx: Context, served: readonly string[], pattern: string): void {
  const allow = [...new Set([...served, 'OPTIONS'])].sort().join(', ')
  if (ctx.method !== 'OPTIONS') {
    ctx.state.route = `other ${pattern}`
    throw new HttpError(405, `Method ${ctx.method} is not allowed here`, { Allow: allow })
  }
  ctx.state.route = `OPTIONS ${pattern}`
  ctx.set('Allow', allow)
  ctx.status = 204
}

/** Where among the segments of a path the last parameter of its route stands; -1 where there is none. */
export function positionOfName(path: Route<unknown>['path']): number {
  const position = path.split('/').findLastIndex((part) => part.startsWith(':'))
  return position === -1 ? -1 : position - 1
}
