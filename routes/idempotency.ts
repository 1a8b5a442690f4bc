import type { PlacedAccount } from '../db/store.ts'
import type { Caller } from '../lib/caller.ts'
import { asNow } from '../lib/fresh-reading.ts'
import { doneOnce, idempotentRequest } from '../lib/idempotency.ts'
import type { Services } from '../lib/services.ts'
import type { Context } from './context.ts'

/** How a route answers, and how it answers again what an equal request has done before. */
type Answering<Exchange, Answer> = {
  readonly handler: (exchange: Exchange) => Promise<Answer>
  readonly again?: (exchange: Exchange, sid: string) => Promise<Answer>
}

/** The header that marks an answer to a request that had been made before. */
const replayedHeader = { 'Idempotent-Replayed': 'true' } as const

type Asked<Exchange> = {
  readonly ctx: Context
  readonly exchange: Exchange
  /** Gives undefined for a body that the handler will refuse. */
  readonly readBody: () => Promise<string | undefined>
}

type Known = {
  readonly services: Services
  readonly caller: Caller
  readonly target: PlacedAccount | undefined
}

/**
 * The answer of a route. With an `Idempotency-Key` what it changes is changed once: the same request is
 * the same path with the same body, however the path was spelled. Throws `invalid` for a key of another
 * form, and `keyReused`.
 */
export function answerOnce<Exchange extends Known, Answer>(
  { handler, again }: Answering<Exchange, Answer>,
  asked: Asked<Exchange>,
): Promise<Answer> {
  const key = again && asked.ctx.req.headers['idempotency-key']?.toString()
  return again === undefined || key === undefined
    ? handler(asked.exchange)
    : answerUnder(key, { handler, again }, asked)
}

async function answerUnder<Exchange extends Known, Answer>(
  key: string,
  { handler, again }: Required<Answering<Exchange, Answer>>,
  { ctx, exchange, readBody }: Asked<Exchange>,
): Promise<Answer> {
  const body = await readBody()
  if (body === undefined) {
    return handler(exchange)
  }
  const { services, caller, target } = exchange
  const route = `${ctx.state.dialect} ${ctx.state.route}`
  const request = idempotentRequest(services, caller, route, key, `${ctx.newRouterPath}\n${body}`)
  const { result, repeated } = await doneOnce(services, caller, request, {
    act: (asCaller) => handler({ ...exchange, caller: asCaller }),
    // The body may have come long behind the headers by which the caller was known.
    again: async (sid) => again({ ...exchange, ...(await asNow(services, caller, target)) }, sid),
  })
  if (repeated) {
    ctx.set(replayedHeader)
  }
  return result
}
