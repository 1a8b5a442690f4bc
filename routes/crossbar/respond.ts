import { md5Hex } from '../../lib/secrets.ts'
import type { Services } from '../../lib/services.ts'
import { errorEnvelope, successEnvelope } from '../../serializers/crossbar/envelope.ts'
import type { Context } from '../context.ts'
import type { UnexpectedError } from '../http-error.ts'
import { sessionTokenOf } from './credentials.ts'
import { namesRevision } from './entity-tags.ts'
import { type Failure, failureOf } from './errors.ts'
import type { Answer, File } from './exchange.ts'

/** What `version` says in answers to callers who are known. */
const apiVersion = '2'

/** Writes a success in its envelope, with its revision as ETag; 304 to who has that already. */
export function respond(
  ctx: Context,
  answer: Answer,
  services: Services,
  publicUrl: (path: string) => string,
): void {
  const revision = answer.revision ?? md5Hex(JSON.stringify(answer.data))
  const authToken = answer.authToken ?? sessionTokenOf(ctx)
  ctx.status = answer.status ?? 200
  ctx.set('ETag', `"${revision}"`)
  if (answer.location !== undefined) {
    ctx.set('Location', publicUrl(answer.location))
  }
  if (authToken !== undefined) {
    ctx.set('X-Auth-Token', authToken)
  }
  // Koa's `fresh` heeds the `Cache-Control: no-cache` that fetch puts beside every If-None-Match.
  if (['GET', 'HEAD'].includes(ctx.method) && namesRevision(ctx.get('If-None-Match'), revision)) {
    ctx.status = 304
    return
  }
  if (answer.file !== undefined) {
    writeFile(ctx, answer.file)
    return
  }
  const isKnown = ctx.state.accountSid !== undefined || authToken !== undefined
  const envelope = successEnvelope({
    data: answer.data,
    revision,
    requestId: ctx.state.requestId,
    authToken,
    page: answer.page,
    now: new Date(services.now()),
    version: isKnown ? apiVersion : undefined,
  })
  write(ctx, envelope)
}

/** Writes an error in its envelope; one that is ours tells nothing of itself. */
export function respondFailure(ctx: Context, error: unknown, unexpected: UnexpectedError): void {
  const { requestId, accountSid, path } = ctx.state
  const failure: Failure | undefined =
    failureOf(error, path) ?? failureOf(unexpected(error, requestId), path)
  if (failure !== undefined) {
    ctx.set({ ...failure.headers })
    ctx.status = failure.status
    challenge(ctx)
    const authToken = accountSid === undefined ? undefined : sessionTokenOf(ctx)
    write(ctx, errorEnvelope({ ...failure, requestId, authToken }))
  }
}

/**
 * Only to who may mean Basic: at a 401 with a challenge, a browser puts its own box over a console.
 * A console sends its session, or as every page that writes, its origin.
 */
function challenge(ctx: Context): void {
  const isConsole = ctx.get('X-Auth-Token') !== '' || ctx.get('Origin') !== ''
  if (ctx.status === 401 && !isConsole) {
    ctx.set('WWW-Authenticate', 'Basic realm="Strowger"')
  }
}

/** A picture may hold what a client sent; nothing in it is ever run or loaded. */
function writeFile(ctx: Context, { type, text }: File): void {
  ctx.set('Content-Security-Policy', "default-src 'none'; sandbox")
  ctx.vary('Accept')
  ctx.set('Content-Type', type)
  ctx.body = text
}

function write(ctx: Context, body: object): void {
  const isPretty = ctx.get('X-Pretty-Print') === 'true' || ctx.query.pretty_print === 'true'
  ctx.set('Content-Type', 'application/json')
  ctx.body = isPretty ? JSON.stringify(body, null, 2) : JSON.stringify(body)
}
