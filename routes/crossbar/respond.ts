import { Readable } from 'node:stream'
import type { JsonObject } from '../../db/store.ts'
import { md5Hex } from '../../lib/secrets.ts'
import type { Services } from '../../lib/services.ts'
import {
  type Envelope,
  errorEnvelope,
  longListText,
  successText,
} from '../../serializers/crossbar/envelope.ts'
import { jsonText } from '../../serializers/json.ts'
import type { Context } from '../context.ts'
import type { UnexpectedError } from '../http-error.ts'
import { sessionTokenOf } from './credentials.ts'
import { namesRevision } from './entity-tags.ts'
import { type Failure, failureOf } from './errors.ts'
import type { Answer, File } from './exchange.ts'

/** What `version` says in answers to callers who are known. */
const apiVersion = '2'

/**
 * Writes a success in its envelope, with its revision as ETag; 304 to who has that already. A list that
 * is too long to be held has no ETag, since that would have to be known before its first byte.
 */
export function respond(
  ctx: Context,
  answer: Answer,
  services: Services,
  publicUrl: (path: string) => string,
): void {
  const authToken = answer.authToken ?? sessionTokenOf(ctx)
  ctx.status = answer.status ?? 200
  if (answer.location !== undefined) {
    ctx.set('Location', publicUrl(answer.location))
  }
  if (authToken !== undefined) {
    ctx.set('X-Auth-Token', authToken)
  }
  const around = aroundOf(ctx, answer, authToken, services)
  if (answer.rest !== undefined) {
    const pieces = longListText(around, piecesOf(answer.data, answer.rest), isPretty(ctx))
    ctx.set('Content-Type', 'application/json')
    ctx.body = Readable.from(pieces)
    return
  }
  const dataText = jsonText(answer.data)
  const revision = answer.revision ?? contentHash(dataText, answer)
  ctx.set('ETag', `"${revision}"`)
  // Koa's `fresh` heeds the `Cache-Control: no-cache` that fetch puts beside every If-None-Match.
  if (['GET', 'HEAD'].includes(ctx.method) && namesRevision(ctx.get('If-None-Match'), revision)) {
    ctx.status = 304
  } else if (answer.file !== undefined) {
    writeFile(ctx, answer.file)
  } else {
    const { data } = answer
    write(ctx, successText({ ...around, data, revision }, dataText, isPretty(ctx)))
  }
}

/** Of a page also whether there is another behind it: who has the same items must not miss that. */
function contentHash(dataText: string, { page }: Answer): string {
  return md5Hex(dataText + (page?.nextStartKey ?? ''))
}

function aroundOf(
  { state }: Context,
  { page }: Answer,
  authToken: string | undefined,
  { now }: Services,
): Omit<Envelope, 'data' | 'revision'> {
  const isKnown = state.accountSid !== undefined || authToken !== undefined
  const version = isKnown ? apiVersion : undefined
  return { requestId: state.requestId, authToken, page, now: new Date(now()), version }
}

async function* piecesOf(
  first: Answer['data'],
  rest: AsyncIterable<readonly JsonObject[]>,
): AsyncGenerator<readonly JsonObject[]> {
  yield Array.isArray(first) ? first : []
  yield* rest
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
    const envelope = errorEnvelope({ ...failure, requestId, authToken })
    write(ctx, isPretty(ctx) ? JSON.stringify(envelope, null, 2) : JSON.stringify(envelope))
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

function write(ctx: Context, text: string): void {
  ctx.set('Content-Type', 'application/json')
  ctx.body = text
}

function isPretty(ctx: Context): boolean {
  const isByQuery = ctx.querystring !== '' && ctx.query.pretty_print === 'true'
  return isByQuery || ctx.get('X-Pretty-Print') === 'true'
}
