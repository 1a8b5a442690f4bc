import compose from 'koa-compose'
import type { JsonObject } from '../../db/store.ts'
import type { Services } from '../../lib/services.ts'
import type { Context, Middleware } from '../context.ts'
import type { Dialect } from '../dialect.ts'
import { HttpError, type UnexpectedError } from '../http-error.ts'
import { answerOnce } from '../idempotency.ts'
import { parsePath, routedPath } from '../path.ts'
import type { Route } from '../route.ts'
import { positionOfName, routing } from '../routing.ts'
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
import { readQuery } from './query.ts'
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
  const knownRouting = routing(routes, (route) => handled(route, services, options))
  const openRouting = routing(openRoutes, (route) => openHandled(route, services, options))
  const known = compose([crossbarAuthentication(services), routedPath, knownRouting.middleware])
  const open = compose([routedPath, openRouting.middleware])
  const all: readonly Route<unknown>[] = [...openRoutes, ...routes]
  const { middleware: asking, served } = routing(all, () => async () => {})
  const asked = compose([answeredOptions, routedPath, asking])
  return {
    name: 'crossbar',
    prefixes: ['/v2'],
    middleware: compose([
      errorBoundary(options),
      options.checks,
      eitherOf(isQuestion, asked, eitherOf(isOpen, open, known)),
    ]),
    served,
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
  const exchangeOf = openExchanges(route, services)
  return async (ctx) => {
    refuseDeletingRoot(ctx, route)
    const { caller, target } = ctx.state
    const ifMatch = ctx.get('If-Match')
    const exchange: Exchange = {
      ...exchangeOf(ctx),
      caller,
      target,
      maxDepth,
      query: () => readQuery(ctx.querystring),
      accepts: (types) => types.find((type) => type === ctx.accepts(...types)),
      ifMatch: ifMatch === '' ? undefined : ifMatch,
    }
    const readBody = () => bodyOf(route, exchange)
    const answer = await answerOnce(route, { ctx, exchange, readBody })
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
  const exchangeOf = openExchanges(route, services)
  return async (ctx) => {
    const answer = await route.handler(exchangeOf(ctx))
    respond(ctx, answer, services, publicUrl)
  }
}

function openExchanges(route: Route<unknown>, services: Services): (ctx: Context) => OpenExchange {
  const namePosition = positionOfName(route.path)
  return (ctx) => {
    let data: Promise<JsonObject> | undefined
    const { requestId, address, dialect, path } = ctx.state
    return {
      services,
      origin: { requestId, address, dialect },
      name: path.segments?.[namePosition] ?? '',
      data: () => {
        // What an open route takes is what logs in.
        const echo = route.operation.open !== true
        data ??= readBodyText(ctx).then((text) => readData(text, { echo }))
        return data
      },
      sessionToken: sessionTokenOf(ctx),
    }
  }
}
