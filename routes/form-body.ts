import bodyParser from 'koa-bodyparser'
import type { Context, Middleware } from './context.ts'
import { HttpError } from './http-error.ts'

const formType = 'application/x-www-form-urlencoded'
const mostBytes = 64 * 1024

// Read as plain text: the parser's own form reader makes objects and arrays of `x[y]=1` (security.md I2).
const readText = bodyParser({
  enableTypes: ['text'],
  extendTypes: { text: [formType] },
  textLimit: String(mostBytes),
})

/** Throws 413 for a body that says it is longer than 64 KiB, whatever the route makes of it. */
export const bodyLimit: Middleware = (ctx, next) => {
  if ((ctx.request.length ?? 0) > mostBytes) {
    throw tooLong()
  }
  return next()
}

/**
 * The text of a form body; empty when there is no body. Throws 415 for another type or an encoding,
 * 413 for one longer than 64 KiB.
 */
export async function readFormText(ctx: Context): Promise<string> {
  const isPresent = ctx.req.headers['transfer-encoding'] !== undefined || ctx.request.length
  if (!isPresent) {
    return ''
  }
  const encoding = ctx.get('Content-Encoding')
  if (ctx.request.is(formType) !== formType || !['', 'identity'].includes(encoding)) {
    throw new HttpError(415, `The body is to be ${formType}`, { Accept: formType })
  }
  // Every other charset is read as UTF-8, as Restcomm does (restcomm.md 2); of these no name would be found.
  if (/^(utf|ucs)-?(16|32|2|4)/i.test(ctx.request.charset)) {
    throw new HttpError(415, 'The charset of the body is to be utf-8')
  }
  await readText(ctx, async () => {}).catch((error: unknown) => {
    throw refusedBody(error)
  })
  const { body } = ctx.request
  return typeof body === 'string' ? body : ''
}

function refusedBody(error: unknown): unknown {
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  switch (status) {
    case 413:
      return tooLong()
    case 400:
      return new HttpError(400, 'The body did not arrive as its headers say')
    default:
      return error
  }
}

function tooLong(): HttpError {
  return new HttpError(413, `The body is longer than ${mostBytes} bytes`, { Connection: 'close' })
}
