import Router from '@koa/router'
import type { Context, Middleware, State } from './context.ts'
import { HttpError } from './http-error.ts'
import type { Route } from './route.ts'

export type Routing<S = State> = {
  /** Answers the requests for its routes, by `ctx.newRouterPath`; 404, 405 and OPTIONS are answered too. */
  readonly middleware: Middleware<S>
  /** What is served, as the routers know it. */
  readonly served: readonly Layer[]
}

type Layer = { readonly path: string | RegExp; readonly methods: readonly string[] }

/**
 * Serves each route by its handler and notes its pattern. Answers OPTIONS; throws 404 for a path that
 * is not served, 405 with Allow for a method that is not. A router goes through all its routes for each
 * request, so there is one for each number of parts that a path has; and it only finds the route, since
 * to let it also call it would be to find it twice.
 */
export function routing<R extends Pick<Route<unknown>, 'method' | 'path'>, S extends State = State>(
  routes: readonly R[],
  handlerOf: (route: R) => Middleware<S>,
): Routing<S> {
  const routers = new Map<number, Router>()
  const handlers = new Map<unknown, Middleware<S>>()
  for (const route of routes) {
    const parts = partsOf(route.path)
    const router = routers.get(parts) ?? new Router({ sensitive: true, strict: true })
    routers.set(parts, router)
    const handler = handlerOf(route)
    handlers.set(router.register(route.path, [route.method], handler), handler)
  }
  return {
    served: [...routers.values()].flatMap((router) => router.stack),
    middleware(ctx, next) {
      const found = routers.get(partsOf(ctx.newRouterPath))?.match(ctx.newRouterPath, ctx.method)
      const [pattern] = found?.path ?? []
      if (found === undefined || pattern === undefined) {
        throw new HttpError(404, 'Nothing is served at this path')
      }
      // A word such as `match` may stand where other paths have an id; it is then no id.
      const isFirst = (layer: Layer) => layer.path === pattern.path
      const handler = handlers.get(found.pathAndMethod.find(isFirst))
      if (handler !== undefined) {
        ctx.state.route = `${ctx.method} ${pattern.path}`
        return handler(ctx, next)
      }
      return answerMethod(
        ctx,
        found.path.filter(isFirst).flatMap((layer) => layer.methods),
        String(pattern.path),
      )
    },
  }
}

function partsOf(path: string): number {
  let parts = 1
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    parts += 1
  }
  return parts
}

function answerMethod<S extends State>(
  ctx: Context<S>,
  served: readonly string[],
  pattern: string,
): void {
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
