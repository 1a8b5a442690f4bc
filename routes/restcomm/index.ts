import compose from 'koa-compose'
import { DomainError } from '../../lib/errors.ts'
import type { Services } from '../../lib/services.ts'
import type { Media } from '../../serializers/restcomm/document.ts'
import type { Face } from '../../serializers/restcomm/face.ts'
import { authentication } from '../authentication.ts'
import type { Middleware, State } from '../context.ts'
import type { Dialect } from '../dialect.ts'
import { parseFlatForm } from '../flat-form.ts'
import { bodyLimit, readFormText } from '../form-body.ts'
import { HttpError, type UnexpectedError } from '../http-error.ts'
import { answerOnce } from '../idempotency.ts'
import { parsePath, routedPath } from '../path.ts'
import { positionOfName, routing } from '../routing.ts'
import { accountRoutes } from './accounts.ts'
import { auditRoutes } from './audit.ts'
import { schemas } from './description.ts'
import { failureOf } from './errors.ts'
import type { Exchange, RestcommRoute } from './exchange.ts'
import { organizationRoutes } from './organizations.ts'
import { mediaOf, targetOf } from './path.ts'
import { respond, respondFailure } from './respond.ts'
import { webhookRoutes } from './webhooks.ts'

export type RestcommOptions = {
  /** Whether to be the original to the byte, or what its documents describe. */
  readonly isCompat: boolean
  /** Levels of the tree, the root's included; the original's trees have three (decisions.md 6). */
  readonly maxDepth: number
  /** What is checked of every request, inside the error boundary. */
  readonly checks: Middleware
  /** Logs an error that is ours and gives the answer that tells nothing of it. */
  readonly unexpected: UnexpectedError
}

const compatDepth = 3

const routes: readonly RestcommRoute[] = [
  ...accountRoutes,
  ...auditRoutes,
  ...webhookRoutes,
  ...organizationRoutes,
]

type RestcommState = State & { media: Media | undefined }
type RestcommMiddleware = Middleware<RestcommState>

/** The dialect of Restcomm, below `/2012-04-24` and `/restcomm/2012-04-24`. */
export function restcommDialect(services: Services, options: RestcommOptions): Dialect {
  const { middleware: routed, served } = routing(routes, (route) =>
    handled(route, services, options),
  )
  // The order of the original: authentication, length of the body, Accept, then everything else.
  const middleware = compose([
    errorBoundary(options),
    options.checks,
    logout,
    authentication(services, targetOf),
    onlyAccountsUninitialized,
    bodyLimit,
    negotiation,
    routedPath,
    routed,
  ])
  return {
    name: 'restcomm',
    prefixes: ['/2012-04-24', '/restcomm/2012-04-24'],
    middleware,
    served,
    description: {
      title: 'Restcomm',
      routes,
      schemas,
      errorSchema: 'Error',
      mediaTypes: ['application/json', 'application/xml'],
      commonRefusals: [400, 401, 403, 406, 413, 414, 415, 429, 503, 507],
    },
  }
}

/** The one place where errors become answers; an unknown one is a bug and says nothing of itself. */
function errorBoundary({ unexpected }: RestcommOptions): RestcommMiddleware {
  return async (ctx, next) => {
    const path = parsePath(ctx.state.dialectPath)
    const media = mediaOf(path, ctx.req.headers.accept?.toLowerCase() ?? '')
    ctx.state.path = path
    ctx.state.media = media
    try {
      await next()
    } catch (error) {
      const failure = failureOf(error) ?? unexpected(error, ctx.state.requestId)
      respondFailure(ctx, failure, media ?? 'xml')
    }
  }
}

/** Restcomm's console says goodbye without credentials; a 401 would open the browser's password box. */
const logout: RestcommMiddleware = (ctx, next) => {
  const { segments = [] } = ctx.state.path
  if (ctx.method === 'GET' && segments.length === 1 && segments[0] === 'Logout') {
    ctx.status = 204
    return undefined
  }
  return next()
}

/** An uninitialized account has no business outside `/Accounts`, be anything served there or not. */
const onlyAccountsUninitialized: RestcommMiddleware = (ctx, next) => {
  const { caller, path } = ctx.state
  if (caller.standing === 'selfOnly' && path.segments?.[0] !== 'Accounts') {
    throw new DomainError({ kind: 'inactive' })
  }
  return next()
}

const negotiation: RestcommMiddleware = (ctx, next) => {
  if (ctx.state.media === undefined) {
    throw new HttpError(406, 'Accept is to allow application/xml or application/json')
  }
  return next()
}

function handled(
  route: RestcommRoute,
  services: Services,
  options: RestcommOptions,
): RestcommMiddleware {
  const face: Face = options.isCompat ? 'compat' : 'documented'
  const maxDepth = options.isCompat ? compatDepth : options.maxDepth
  const namePosition = positionOfName(route.path)
  return async (ctx) => {
    const { caller, target, path, media } = ctx.state
    const text = route.operation.form === undefined ? '' : await readFormText(ctx)
    const exchange: Exchange = {
      services,
      face,
      maxDepth,
      caller,
      target,
      name: path.segments?.[namePosition] ?? '',
      form: () => parseFlatForm(text),
      query: () => parseFlatForm(ctx.querystring),
    }
    const answer = await answerOnce(route, { ctx, exchange, readBody: async () => text })
    await respond(ctx, answer, media ?? 'xml')
  }
}
