import type { RequestListener } from 'node:http'
import Koa from 'koa'

/** Answers by method and path. */
export type Recorded = Readonly<
  Record<string, { readonly status: number; readonly type: string; readonly body: string }>
>

/** What sends recorded answers and does nothing else: the platform by itself, and what Koa adds to it. */
export const ceilings: Readonly<Record<string, (recorded: Recorded) => RequestListener>> = {
  ceiling: platform,
  'koa, no work': bareKoa,
}

function platform(recorded: Recorded): RequestListener {
  return (request, response) => {
    const answer = recorded[`${request.method} ${request.url}`]
    if (answer === undefined) {
      response.writeHead(404).end()
      return
    }
    response
      .writeHead(answer.status, {
        'Content-Type': answer.type,
        'Content-Length': Buffer.byteLength(answer.body),
      })
      .end(answer.body)
  }
}

function bareKoa(recorded: Recorded): RequestListener {
  const app = new Koa()
  app.use(async (ctx) => {
    const answer = recorded[`${ctx.method} ${ctx.url}`]
    if (answer !== undefined) {
      ctx.status = answer.status
      ctx.set('Content-Type', answer.type)
      ctx.body = answer.body
    }
  })
  return app.callback()
}
