import Koa from 'koa'
import compose from 'koa-compose'
import type { Logger } from 'pino'
import { StoreError } from '../db/errors.ts'
import type { Network } from '../lib/config.ts'
import type { Services } from '../lib/services.ts'
import type { Middleware } from './context.ts'
import { crossbarDialect } from './crossbar/index.ts'
import type { Dialect } from './dialect.ts'
import { HttpError, type UnexpectedError } from './http-error.ts'
import type { Metrics } from './metrics.ts'
import { accessLog } from './middleware/access-log.ts'
import { answerHeaders } from './middleware/answer-headers.ts'
import { clientAddress } from './middleware/client-address.ts'
import { preflight } from './middleware/preflight.ts'
import { requestChecks } from './middleware/request-checks.ts'
import { requestId } from './middleware/request-id.ts'
import { requestTarget } from './middleware/request-target.ts'
import { withinNetworks } from './networks.ts'
import { operations } from './operations.ts'
import { addressLimit } from './rate-limits.ts'
import type { Readiness } from './readiness.ts'
import { restcommDialect } from './restcomm/index.ts'
import { twilioDialects } from './twilio/index.ts'

export type AppOptions = {
  readonly log: Logger
  readonly metrics: Metrics
  readonly compat: 'restcomm' | undefined
  readonly maxDepth: number
  /** What stands in front of paths in answers; without it they are paths. */
  readonly publicUrl: string | undefined
  readonly corsOrigins: readonly string[]
  readonly behindProxy: readonly Network[]
  readonly metricsFrom: readonly Network[]
  /** Whether the server should get requests: not with a broken store, a full disk, or an end near. */
  readonly ready: () => Promise<Readiness>
}

/** The whole HTTP side of the server, in the order in which a request passes through it. */
export function createApp(services: Services, options: AppOptions): Koa {
  const { log, metrics, corsOrigins } = options
  const unexpected = unexpectedError(log)
  const ownChecks = requestChecks(corsOrigins)
  const checks = compose([ownChecks, addressLimit(services.rateLimits)])
  const isCompat = options.compat === 'restcomm'
  const { maxDepth } = options
  const publicUrl = (path: string) => `${options.publicUrl ?? ''}${path}`
  const dialects = [
    restcommDialect(services, { isCompat, maxDepth, checks, unexpected }),
    crossbarDialect(services, { maxDepth, checks, unexpected, publicUrl }),
    ...twilioDialects(services, { maxDepth, checks, unexpected, publicUrl }),
  ]

  const dialectAt = dialectFinder(dialects)

  const app = new Koa()
  app.use(requestId)
  app.use(clientAddress(withinNetworks(options.behindProxy)))
  app.use(accessLog(log, metrics))
  app.use(answerHeaders(corsOrigins, options.publicUrl))
  app.use(requestTarget)
  app.use(preflight((path) => dialectAt(path)?.dialect.optionsStatus ?? 204))
  app.use(dispatch(dialectAt))
  app.use(operations(services, { ...options, dialects, checks: ownChecks, unexpected }))
  app.on('error', (error: unknown) => {
    if (!isOfReader(error)) {
      log.error({ err: told(error) }, 'an answer broke off')
    }
  })
  return app
}

type DialectAt = (
  path: string,
) => { readonly prefix: string; readonly dialect: Dialect } | undefined

/** Finds the dialect whose prefix a path begins with. */
function dialectFinder(dialects: readonly Dialect[]): DialectAt {
  const byPrefix = dialects.flatMap((dialect) =>
    dialect.prefixes.map((prefix) => ({ prefix, below: `${prefix}/`, dialect })),
  )
  return (path) => byPrefix.find(({ prefix, below }) => path.startsWith(below) || path === prefix)
}

/** Hands a request to the dialect of its path. */
function dispatch(dialectAt: DialectAt): Middleware {
  return (ctx, next) => {
    const found = dialectAt(ctx.path)
    if (found === undefined) {
      return next()
    }
    ctx.state.dialect = found.dialect.name
    ctx.state.dialectPath = ctx.path.slice(found.prefix.length)
    return found.dialect.middleware(ctx, next)
  }
}

function unexpectedError(log: Logger): UnexpectedError {
  return (error, requestId) => {
    const err = told(error)
    if (error instanceof StoreError) {
      log.error({ err, requestId }, 'a request failed through a fault of the disk')
      return storeFailure(error, requestId)
    }
    log.error({ err, requestId }, 'a request failed through a fault of the server')
    return new HttpError(500, `Internal server error (request ${requestId})`)
  }
}

/** A full disk waits for somebody; any other fault may be over in a while. */
function storeFailure({ fault }: StoreError, requestId: string): HttpError {
  return fault === 'full'
    ? new HttpError(507, `The disk is full (request ${requestId})`)
    : new HttpError(503, `The store is not available (request ${requestId})`, {
        'Retry-After': '5',
      })
}

const readerCodes: readonly unknown[] = ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE']

/** Whether it is the reader who broke off; the log line of the request says that already. */
function isOfReader(error: unknown): boolean {
  return error instanceof Error && 'code' in error && readerCodes.includes(error.code)
}

/** What a log may hold of an error: Node hangs the raw bytes of a request on some, secrets and all. */
function told(error: unknown): object {
  if (!(error instanceof Error)) {
    return { message: String(error) }
  }
  const { name, message, stack } = error
  return { name, message, ...('code' in error && { code: error.code }), stack }
}
