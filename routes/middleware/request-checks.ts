import type { Context, Middleware } from '../context.ts'
import { HttpError } from '../http-error.ts'

const longestUrl = 2048
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * What is refused of any request before it is looked at: a header that two readers may read
 * differently (security.md I10), a transfer coding that nobody undoes, a URL over 2 KiB (I4), a write
 * from a page of another site (R3). Mounted inside a dialect, so that the refusal has its form.
 */
export function requestChecks(corsOrigins: readonly string[]): Middleware {
  return (ctx, next) => {
    refuseRepeated(ctx.req.rawHeaders)
    // Node takes off the chunks of `gzip, chunked` and would hand on what is packed as if it were text.
    const coding = ctx.req.headers['transfer-encoding']?.toLowerCase()
    if (coding !== undefined && coding !== '' && coding !== 'chunked') {
      throw new HttpError(400, 'The Transfer-Encoding is to be chunked', { Connection: 'close' })
    }
    if (ctx.url.length > longestUrl) {
      throw new HttpError(414, `The URL is longer than ${longestUrl} bytes`)
    }
    if (!safeMethods.has(ctx.method) && isForeign(ctx, corsOrigins)) {
      throw new HttpError(403, 'Pages of another site may not change anything here')
    }
    return next()
  }
}

const singleHeaders = ['authorization', 'host']

/** Node itself drops the second of these without a word. `headersDistinct` sorts all headers for it. */
function refuseRepeated(rawHeaders: readonly string[]): void {
  for (const name of singleHeaders) {
    let count = 0
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const found = rawHeaders[at]
      // Most are of another length, and then nothing has to be folded.
      count += found?.length === name.length && found.toLowerCase() === name ? 1 : 0
    }
    if (count > 1) {
      throw new HttpError(400, `Header ${name} was given more than once`)
    }
  }
}

/**
 * Whether a browser sends this for a page of another site: such a page can make a browser that
 * remembers Basic credentials send them along with a form of its own.
 */
function isForeign(ctx: Context, corsOrigins: readonly string[]): boolean {
  const origin = ctx.get('Origin')
  const site = ctx.get('Sec-Fetch-Site')
  if (
    corsOrigins.includes('*') ||
    corsOrigins.includes(origin) ||
    site === 'same-origin' ||
    site === 'none'
  ) {
    return false
  }
  if (site !== '') {
    return true
  }
  return origin !== '' && !(URL.canParse(origin) && new URL(origin).host === ctx.get('Host'))
}
