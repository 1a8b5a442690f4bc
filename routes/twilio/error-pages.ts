import type { Middleware } from '../context.ts'
import { errorCodes } from './error-codes.ts'

export const errorPagesPrefix = '/docs/errors'

/** The page that each error of this dialect points to, and the list of all; open to everyone. */
export const errorPages: Middleware = async (ctx, next) => {
  const { segments = [] } = ctx.state.path
  const [code, ...rest] = segments
  const page = code === undefined ? indexPage() : codePage(code)
  if (page === undefined || rest.length > 0 || !['GET', 'HEAD'].includes(ctx.method)) {
    await next()
    return
  }
  ctx.status = 200
  ctx.set('Content-Type', 'text/html; charset=utf-8')
  ctx.set('Content-Security-Policy', "default-src 'none'")
  ctx.body = page
}

function indexPage(): string {
  const items = Object.entries(errorCodes).map(
    ([code, { title }]) => `<li><a href="${errorPagesPrefix}/${code}">${code}</a> ${title}</li>`,
  )
  return document('Error codes', `<ul>\n${items.join('\n')}\n</ul>`)
}

function codePage(code: string): string | undefined {
  const found = Object.entries(errorCodes).find(([known]) => known === code)
  if (found === undefined) {
    return undefined
  }
  const [number, { status, title, help }] = found
  return document(
    `${number} ${title}`,
    `<p>HTTP status ${status}</p>\n<p>${help}</p>\n<p><a href="${errorPagesPrefix}">All codes</a></p>`,
  )
}

function document(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<title>${title} - Strowger</title>
<h1>${title}</h1>
${body}
</html>
`
}
