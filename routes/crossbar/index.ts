import Router from '@koa/router'
import compose from 'koa-compose'
import type { JsonObject } from '../../db/store.ts'
import type { Services } from '../../lib/services.ts'
import type { Context, Middleware } from '../context.ts'
import type { Dialect } from '../dialect.ts'
import { HttpError, type UnexpectedError } from '../http-error.ts'
import { answerOnce } from '../idempotency.ts'
import { parsePath, routedPath } from '../path.ts'
import type { Route } from '../route.ts'
import { routing } from '../routing.ts'
import { actionRoutes } from './account-actions.ts'
import { accountRoutes } from './accounts.ts'
import { auditRoutes } from './audit.ts'
import { loginRoutes, sessionRoutes } from './auth.ts'
import { isTooLong, readBodyText, readData } from './body.ts'
import { callflowGraphRoutes } from './callflow-graph.ts'
import { callflowReportRoutes } from './callflow-reports.ts'
import { callflowRoutes } from './callflows.ts'
import { crossbarAuthentication, sessionTokenOf } from './credentials.ts'
import { bodies, schemas } from './description.ts'
import type { CrossbarRoute, Exchange, OpenExchange, OpenRoute } from './exchange.ts'
import { respond, respondFailure } from './respond.ts'
import { schemaRoutes, validationRoutes } from './schema-routes.ts'
import { treeRoutes } from './tree.ts'
import { webhookRoutes } from './webhooks.ts'

export type CrossbarOptions = {
  /** Levels of the tree, the root's included. */
  readonly maxDepth: number
  /** What is checked of every request, inside the error boundary. */
  readonly checks: Middleware
  readonly unexpected: UnexpectedError
  readonly publicUrl: (path: string) => string
}

const openRoutes: readonly OpenRoute[] = [...loginRoutes, ...schemaRoutes]
const routes: readonly CrossbarRoute[] = [
  ...sessionRoutes,
  ...accountRoutes,
  ...treeRoutes,
  ...actionRoutes,
  ...callflowReportRoutes,
  ...callflowRoutes,
  ...callflowGraphRoutes,
  ...webhookRoutes,
  ...validationRoutes,
  ...auditRoutes,
]

/** The dialect of Kazoo's Crossbar, below `/v2`. */
export function crossbarDialect(services: Services, options: CrossbarOptions): Dialect {
  const knownRouter = routerOf(routes, (route) => handled(route, services, options))
  const openRouter = routerOf(openRoutes, (route) => openHandled(route, services, options))
  const known = compose([crossbarAuthentication(services), routedPath, routing(knownRouter)])
  const open = compose([routedPath, routing(openRouter)])
  const all: readonly Route<unknown>[] = [...openRoutes, ...routes]
  const router = routerOf(all, () => async () => {})
  const asked = compose([answeredOptions, routedPath, routing(router)])
  return {
    name: 'crossbar',
    prefixes: ['/v2'],
    middleware: compose([
      errorBoundary(options),
      options.checks,
      eitherOf(isQuestion, asked, eitherOf(isOpen, open, known)),
    ]),
    router,
    optionsStatus,
    description: {
      title: 'Crossbar',
      routes: all,
      schemas,
      bodies,
      hasRevisions: true,
      hasSessions: true,
      errorSchema: 'Error',
      mediaTypes: ['application/json'],
      commonRefusals: [400, 401, 403, 413, 414, 415, 429, 503, 507],
    },
  }
}

/** Logins, schemas and OPTIONS are for everyone; whatever else is asked, who asks comes first (D6). */
function eitherOf(test: (ctx: Context) => boolean, yes: Middleware, no: Middleware): Middleware {
  return (ctx, next) => (test(ctx) ? yes : no)(ctx, next)
}

/** Kazoo answers OPTIONS so, and its clients may look for it (kazoo.md 1.2). */
const optionsStatus = 200

const answeredOptions: Middleware = async (ctx, next) => {
  await next()
  ctx.body = null
  ctx.status = optionsStatus
}

function isQuestion({ method }: Context): boolean {
  return method === 'OPTIONS'
}

const openSegments = new Set(openRoutes.map(({ path }) => path.split('/')[1]))

function isOpen({ state }: Context): boolean {
  const [collection, , part] = state.path.segments ?? []
  const isCheck = collection === 'schemas' && part === 'validation'
  return openSegments.has(collection) && !isCheck
}

function routerOf<R extends { readonly method: string; readonly path: string }>(
  served: readonly R[],
  handler: (route: R) => Middleware,
): Router {
  const router = new Router({ sensitive: true, strict: true })
  for (const route of served) {
    router.register(route.path, [route.method], handler(route))
  }
  return router
}

function errorBoundary({ unexpected }: CrossbarOptions): Middleware {
  return async (ctx, next) => {
    ctx.state.path = parsePath(ctx.state.dialectPath)
    try {
      await next()
    } catch (error) {
      respondFailure(ctx, error, unexpected)
    }
    // Whatever was answered, nobody waits for the end of a body that is never read.
    if (isTooLong(ctx)) {
      ctx.set('Connection', 'close')
    }
  }
}

/** The root account is never deleted, so for it there is no such method (kazoo.md 4.2). */
function refuseDeletingRoot(ctx: Context, route: CrossbarRoute): void {
  const { target, caller } = ctx.state
  const isRootItself = target?.parentSid === undefined && target?.sid === caller.account.sid
  if (route.method === 'DELETE' && route.path === '/accounts/:id' && isRootItself) {
    throw new HttpError(405, 'The root account cannot be deleted', {
      Allow: 'GET, HEAD, OPTIONS, PATCH, POST, PUT',
    })
  }
}

function handled(
  route: CrossbarRoute,
  services: Services,
  { maxDepth, publicUrl }: CrossbarOptions,
): Middleware {
  return async (ctx) => {
    refuseDeletingRoot(ctx, route)
    const { caller, target } = ctx.state
    const ifMatch = ctx.get('If-Match')
    const exchange: Exchange = {
      ...openExchange(ctx, route, services),
      caller,
      target,
      maxDepth,
      query: new URLSearchParams(ctx.querystring),
      accepts: (types) => types.find((type) => type === ctx.accepts(...types)),
      ifMatch: ifMatch === '' ? undefined : ifMatch,
    }
    const answer = await answerOnce(ctx, route, exchange, () => bodyOf(route, exchange))
    respond(ctx, answer, services, publicUrl)
  }
}

/** Undefined for a malformed one: whether the caller may ask at all is for the handler to say first (D6). */
async function bodyOf(
  { operation }: CrossbarRoute,
  { data }: Exchange,
): Promise<string | undefined> {
  return operation.json === undefined ? '' : data().then(JSON.stringify, () => undefined)
}

function openHandled(
  route: OpenRoute,
  services: Services,
  { publicUrl }: CrossbarOptions,
): Middleware {
  return async (ctx) => {
    const answer = await route.handler(openExchange(ctx, route, services))
    respond(ctx, answer, services, publicUrl)
  }
}

function openExchange(ctx: Context, route: Route<unknown>, services: Services): OpenExchange {
  let data: Promise<JsonObject> | undefined
  const { requestId, address, dialect, path } = ctx.state
  return {
    services,
    origin: { requestId, address, dialect },
    name: nameOf(route, path.segments ?? []),
    data: () => {
      data ??= readBodyText(ctx).then(readData)
      return data
    },
    sessionToken: sessionTokenOf(ctx),
  }
}

/** What the last parameter of the route's path holds. */
function nameOf({ path }: Route<unknown>, segments: readonly string[]): string {
  const position = path.split('/').findLastIndex((part) => part.startsWith(':')) - 1
  return segments[position] ?? ''
}
