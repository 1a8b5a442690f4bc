import { Readable } from 'node:stream'
import {
  documentText,
  errorText,
  listText,
  type Media,
} from '../../serializers/restcomm/document.ts'
import type { Context } from '../context.ts'
import type { Failure } from './errors.ts'
import type { Answer } from './exchange.ts'

const contentTypes = { xml: 'application/xml', json: 'application/json' } as const

/** Writes a 200 with its resource or list, or a bare 204. A list longer than one page goes out as it is read. */
export async function respond(ctx: Context, answer: Answer, media: Media): Promise<void> {
  if (answer === 'nothing') {
    ctx.status = 204
    return
  }
  const body =
    'one' in answer
      ? documentText(answer.one, media)
      : await wholeOrStream(listText(answer.element, answer.many, media))
  ctx.status = 200
  ctx.set('Content-Type', contentTypes[media])
  ctx.body = body
}

/** Writes an error in the dialect's one shape. */
export function respondFailure(ctx: Context, failure: Failure, media: Media): void {
  ctx.set({ ...failure.headers })
  ctx.status = failure.status
  ctx.set('Content-Type', contentTypes[media])
  ctx.body = errorText(failure.message, media)
}

/** So many pages, their end, and whatever shows that there are more. */
const piecesOfWhole = 5 + 1 + 1

/** A list of a few pages goes out as a whole, with its length; a longer one begins before it is read. */
async function wholeOrStream(pieces: AsyncGenerator<string>): Promise<string | Readable> {
  const begun: string[] = []
  while (begun.length < piecesOfWhole) {
    const piece = await pieces.next()
    if (piece.done === true) {
      return begun.join('')
    }
    begun.push(piece.value)
  }
  return Readable.from(continued(begun, pieces))
}

async function* continued(
  begun: readonly string[],
  rest: AsyncGenerator<string>,
): AsyncGenerator<string> {
  yield* begun
  yield* rest
}
