import compose from 'koa-compose'
import { StoreError } from '../db/errors.ts'
import { authenticate } from '../lib/authenticate.ts'
import type { Network } from '../lib/config.ts'
import { DomainError } from '../lib/errors.ts'
import { authorizeInstallation } from '../lib/permissions.ts'
import type { Services } from '../lib/services.ts'
import { noteCaller } from './authentication.ts'
import { basicCredentials } from './basic-auth.ts'
import type { Context, Middleware } from './context.ts'
import type { Dialect } from './dialect.ts'
import { HttpError, type UnexpectedError } from './http-error.ts'
import type { Metrics } from './metrics.ts'
import { loopback, withinNetworks } from './networks.ts'
import { describeApi } from './openapi.ts'
import type { Readiness } from './readiness.ts'
import { routing } from './routing.ts'

export type OperationsOptions = {
  readonly metrics: Metrics
  readonly metricsFrom: readonly Network[]
  readonly ready: () => Promise<Readiness>
  readonly dialects: readonly Dialect[]
  readonly checks: Middleware
  readonly unexpected: UnexpectedError
}

/** What the operator and their tools ask, outside all dialects, with credentials for details alone. */
export function operations(services: Services, options: OperationsOptions): Middleware {
  const mayReadMetrics = withinNetworks([...loopback, ...options.metricsFrom])
  const description = describeApi(options.dialects)
  const doors = doorsOf(options.dialects)

  const handlers: Readonly<Record<string, Middleware>> = {
    '/': (ctx) => answer(ctx, 200, doors),
    '/health': (ctx) => answer(ctx, 200, { status: 'alive' }),
    async '/ready'(ctx) {
      const { isReady, checks } = await options.ready()
      const status = isReady ? 'ready' : 'not ready'
      const details = (await isSuperAdministrator(ctx, services)) ? { checks } : {}
      answer(ctx, isReady ? 200 : 503, { status, ...details })
    },
    '/openapi.json': (ctx) => answer(ctx, 200, description),
    async '/metrics'(ctx) {
      if (!mayReadMetrics(ctx.state.address)) {
        throw new HttpError(403, 'Metrics are for this machine and the listed addresses')
      }
      ctx.set('Content-Type', options.metrics.contentType)
      ctx.body = await options.metrics.text()
    },
  }
  const routes = Object.entries(handlers).map(
    ([path, handler]) => ({ method: 'GET', path, handler }) as const,
  )
  const { middleware } = routing(routes, ({ handler }) => handler)
  return compose([errorBoundary(options.unexpected), options.checks, ownPath, middleware])
}

/** Anyone else, with whatever credentials, is a stranger here and no more: a probe is to get its status. */
async function isSuperAdministrator(ctx: Context, services: Services): Promise<boolean> {
  const { requestId, address, dialect } = ctx.state
  const credentials = basicCredentials(ctx.get('Authorization'))
  if (credentials === undefined) {
    return false
  }
  try {
    const origin = { requestId, address, dialect }
    const known = await authenticate(services, credentials, origin, undefined)
    noteCaller(ctx, services, known)
    authorizeInstallation(known.caller, 'readReadiness')
    return true
  } catch (error) {
    if (error instanceof DomainError || error instanceof StoreError) {
      return false
    }
    throw error
  }
}

/** Where to go from the bare address, for whoever comes with `curl`. */
function doorsOf(dialects: readonly Dialect[]): object {
  return {
    name: 'Strowger',
    description: '/openapi.json',
    health: '/health',
    ready: '/ready',
    metrics: '/metrics',
    dialects: Object.fromEntries(dialects.toReversed().flatMap(doorOf)),
  }
}

/** A dialect's first route; of several parts under one name the first is told. */
function doorOf({ name, prefixes, description }: Dialect): readonly [string, string][] {
  const [first] = description.routes
  return first === undefined ? [] : [[name, `${prefixes[0]}${first.path}`]]
}

const ownPath: Middleware = async (ctx, next) => {
  ctx.state.dialect = 'operations'
  ctx.newRouterPath = ctx.path
  await next()
}

function errorBoundary(unexpected: UnexpectedError): Middleware {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      const failure = error instanceof HttpError ? error : unexpected(error, ctx.state.requestId)
      ctx.set({ ...failure.headers })
      answer(ctx, failure.status, { message: failure.message })
    }
  }
}

function answer(ctx: Pick<Context, 'status' | 'set' | 'body'>, status: number, body: object): void {
  ctx.status = status
  ctx.set('Content-Type', 'application/json')
  ctx.body = `${JSON.stringify(body, null, 2)}\n`
}
