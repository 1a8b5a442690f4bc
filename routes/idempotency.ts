import type { Caller } from '../lib/caller.ts'
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

/**
 * The answer of a route. With an `Idempotency-Key` what it changes is changed once: the same request is
 * the same path with the same body, however the path was spelled. `readBody` gives undefined for a body
 * that the handler will refuse. Throws `invalid` for a key of another form, and `keyReused`.
 */
export async function answerOnce<
  Exchange extends { readonly services: Services; readonly caller: Caller },
  Answer,
>(
  ctx: Context,
  { handler, again }: Answering<Exchange, Answer>,
  exchange: Exchange,
  readBody: () => Promise<string | undefined>,
): Promise<Answer> {
  const key = ctx.req.headers['idempotency-key']?.toString()
  const body = key === undefined || again === undefined ? undefined : await readBody()
  if (key === undefined || again === undefined || body === undefined) {
    return handler(exchange)
  }
  const { services, caller } = exchange
  const route = `${ctx.state.dialect} ${ctx.state.route}`
  const asked = `${ctx.newRouterPath}\n${body}`
  const request = idempotentRequest(services, caller, route, key, asked)
  const { result, repeated } = await doneOnce(services, caller, request, {
    act: (asCaller) => handler({ ...exchange, caller: asCaller }),
    again: (sid) => again(exchange, sid),
  })
  if (repeated) {
    ctx.set(replayedHeader)
  }
  return result
}
