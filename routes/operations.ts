import Router from '@koa/router'
import compose from 'koa-compose'
import type { Network } from '../lib/config.ts'
import type { Context, Middleware } from './context.ts'
import type { Dialect } from './dialect.ts'
import { HttpError, type UnexpectedError } from './http-error.ts'
import type { Metrics } from './metrics.ts'
import { loopback, withinNetworks } from './networks.ts'
import { describeApi } from './openapi.ts'
import { routing } from './routing.ts'

export type OperationsOptions = {
  readonly metrics: Metrics
  readonly metricsFrom: readonly Network[]
  readonly ready: () => Promise<void>
  readonly dialects: readonly Dialect[]
  readonly checks: Middleware
  readonly unexpected: UnexpectedError
}

/** What the operator and their tools ask, outside all dialects and without credentials. */
export function operations(options: OperationsOptions): Middleware {
  const router = new Router({ sensitive: true, strict: true })
  const mayReadMetrics = withinNetworks([...loopback, ...options.metricsFrom])
  const description = describeApi(options.dialects)
  const doors = doorsOf(options.dialects)

  router.get('/', (ctx) => answer(ctx, 200, doors))
  router.get('/health', (ctx) => answer(ctx, 200, { status: 'alive' }))
  router.get('/ready', async (ctx) => {
    const isReady = await options.ready().then(
      () => true,
      () => false,
    )
    answer(ctx, isReady ? 200 : 503, { status: isReady ? 'ready' : 'not ready' })
  })
  router.get('/openapi.json', (ctx) => answer(ctx, 200, description))
  router.get('/metrics', async (ctx) => {
    if (!mayReadMetrics(ctx.state.address)) {
      throw new HttpError(403, 'Metrics are for this machine and the listed addresses')
    }
    ctx.set('Content-Type', options.metrics.contentType)
    ctx.body = await options.metrics.text()
  })
  return compose([errorBoundary(options.unexpected), options.checks, ownPath, routing(router)])
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
