import compose from 'koa-compose'
import type { AccountKey } from '../../db/store.ts'
import { accountKey } from '../../lib/account-key.ts'
import { DomainError } from '../../lib/errors.ts'
import type { Services } from '../../lib/services.ts'
import { jsonText } from '../../serializers/json.ts'
import { apiBase } from '../../serializers/twilio/account.ts'
import { errorJson } from '../../serializers/twilio/error.ts'
import { authentication } from '../authentication.ts'
import type { Context, Middleware } from '../context.ts'
import type { Dialect } from '../dialect.ts'
import { parseFlatForm } from '../flat-form.ts'
import { bodyLimit, readFormText } from '../form-body.ts'
import { HttpError, type UnexpectedError } from '../http-error.ts'
import { answerOnce } from '../idempotency.ts'
import { parsePath, routedPath, type SegmentedPath } from '../path.ts'
import { routing } from '../routing.ts'
import { accountRoutes } from './accounts.ts'
import { authTokenRoutes, authTokensPrefix } from './auth-tokens.ts'
import { schemas } from './description.ts'
import { errorPages, errorPagesPrefix } from './error-pages.ts'
import { type Failure, failureOf } from './errors.ts'
import type { Answer, Exchange, TwilioRoute } from './exchange.ts'
import { keyRoutes } from './keys.ts'

export type TwilioOptions = {
  /** Levels of the tree, the root's included. */
  readonly maxDepth: number
  /** What is checked of every request, inside the error boundary. */
  readonly checks: Middleware
  readonly unexpected: UnexpectedError
  readonly publicUrl: (path: string) => string
}

/**
 * The dialect of Twilio's SDKs: accounts and keys below `/2010-04-01`, the secondary token below
 * `/v1/AuthTokens`, each also below `/restcomm`, and the pages that its errors point to.
 */
export function twilioDialects(services: Services, options: TwilioOptions): readonly Dialect[] {
  const described = { schemas, errorSchema: 'Error', mediaTypes: ['application/json'] }
  const commonRefusals = [400, 401, 403, 413, 414, 429, 503, 507]
  const dialect = (base: string, routes: readonly TwilioRoute[]): Dialect => {
    const { middleware: routed, served } = routing(routes, (route) =>
      handled(route, services, options),
    )
    return {
      name: 'twilio',
      prefixes: [base, `/restcomm${base}`],
      middleware: compose([
        errorBoundary(options),
        options.checks,
        authentication(services, targetOf),
        onlyInitialized,
        bodyLimit,
        routedPath,
        routed,
      ]),
      served,
      description: { title: 'Twilio', routes, ...described, commonRefusals },
    }
  }
  return [
    dialect(apiBase, [...accountRoutes, ...keyRoutes]),
    dialect(authTokensPrefix, authTokenRoutes),
    {
      name: 'twilio',
      prefixes: [errorPagesPrefix],
      middleware: compose([errorBoundary(options), options.checks, errorPages, notServed]),
      served: [],
      description: { title: 'Twilio', routes: [], ...described, commonRefusals: [] },
    },
  ]
}

/** Every error of this dialect is JSON, whatever was asked for: SDKs choke on anything else (twilio.md 5). */
function errorBoundary({ unexpected, publicUrl }: TwilioOptions): Middleware {
  return async (ctx, next) => {
    ctx.state.path = parsePath(ctx.state.dialectPath)
    try {
      await next()
    } catch (error) {
      const failure =
        failureOf(error, ctx.path) ?? failureOf(unexpected(error, ctx.state.requestId), ctx.path)
      if (failure !== undefined) {
        respondFailure(ctx, failure, publicUrl(`${errorPagesPrefix}/${failure.code}`))
      }
    }
  }
}

function respondFailure(ctx: Context, failure: Failure, moreInfo: string): void {
  const { code, message, status, headers } = failure
  ctx.set({ ...headers })
  ctx.status = status
  ctx.set('Content-Type', 'application/json')
  ctx.body = JSON.stringify(errorJson(code, message, moreInfo, status))
}

/** An uninitialized account can do nothing here; it gets its first password elsewhere (decisions.md 16). */
const onlyInitialized: Middleware = (ctx, next) => {
  if (ctx.state.caller.standing !== 'full') {
    throw new DomainError({ kind: 'inactive' })
  }
  return next()
}

const notServed: Middleware = () => {
  throw new HttpError(404, 'Nothing is served at this path')
}

/** The key of the account that a path is about, whatever is asked of it. */
function targetOf({ segments }: SegmentedPath): AccountKey | undefined {
  const [collection, id] = segments ?? []
  return collection === 'Accounts' && id !== undefined ? accountKey(id) : undefined
}

function handled(
  route: TwilioRoute,
  services: Services,
  { maxDepth, publicUrl }: TwilioOptions,
): Middleware {
  return async (ctx) => {
    const { caller, target, path } = ctx.state
    const text = route.operation.form === undefined ? '' : await readFormText(ctx)
    const exchange: Exchange = {
      services,
      maxDepth,
      caller,
      target,
      name: path.segments?.at(-1) ?? '',
      listPath: `${apiBase}${ctx.newRouterPath}.json`,
      form: () => parseFlatForm(text),
      query: () => parseFlatForm(ctx.querystring),
      publicUrl,
    }
    respond(ctx, await answerOnce(route, { ctx, exchange, readBody: async () => text }))
  }
}

function respond(ctx: Context, { status, body }: Answer): void {
  ctx.status = status
  if (body !== undefined) {
    ctx.set('Content-Type', 'application/json')
    ctx.body = jsonText(body)
  }
}
