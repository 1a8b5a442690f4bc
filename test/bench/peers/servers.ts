import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'
import bodyParser from 'koa-bodyparser'
import type { Operation, PeerAnswer } from './operations.ts'

/** Listens on a free port of loopback and gives it. */
type Listen = () => Promise<number>

export const peers = {
  'node:http': rawServer,
  koa: koaServer,
  express: expressServer,
  fastify: fastifyServer,
} as const satisfies Record<string, (operations: readonly Operation[]) => Listen>

export type PeerName = keyof typeof peers

const formType = 'application/x-www-form-urlencoded'

function rawServer(operations: readonly Operation[]): Listen {
  return listening(async (request, response) => {
    const found = operationAt(operations, request.method, request.url ?? '')
    if (found === undefined) {
      response.writeHead(404).end()
      return
    }
    const form = request.method === 'POST' ? await formOf(request) : undefined
    const { authorization } = request.headers
    const answer = await found.operation.answer({ authorization, id: found.id, form })
    response
      .writeHead(answer.status, {
        'Content-Type': answer.type,
        'Content-Length': Buffer.byteLength(answer.body),
      })
      .end(answer.body)
  })
}

/** Without a router, as Koa comes. */
function koaServer(operations: readonly Operation[]): Listen {
  const app = new Koa()
  const parse = bodyParser({ enableTypes: ['text'], extendTypes: { text: [formType] } })
  app.use(async (ctx) => {
    const found = operationAt(operations, ctx.method, ctx.path)
    if (found === undefined) {
      return
    }
    if (ctx.method === 'POST') {
      await parse(ctx, async () => {})
    }
    const form = ctx.method === 'POST' ? new URLSearchParams(String(ctx.request.body)) : undefined
    const authorization = ctx.get('Authorization')
    const { status, type, body } = await found.operation.answer({
      authorization,
      id: found.id,
      form,
    })
    ctx.status = status
    ctx.set('Content-Type', type)
    ctx.body = body
  })
  return listening(app.callback())
}

function expressServer(operations: readonly Operation[]): Listen {
  const app = express()
  app.use(express.text({ type: formType }))
  for (const { method, path, answer } of operations) {
    app[method === 'GET' ? 'get' : 'post'](path, async (request, response) => {
      const form = method === 'POST' ? new URLSearchParams(String(request.body)) : undefined
      const { authorization } = request.headers
      const { id } = request.params
      const made = await answer({
        authorization,
        id: typeof id === 'string' ? id : undefined,
        form,
      })
      response.status(made.status).set('Content-Type', made.type).send(made.body)
    })
  }
  return listening(app)
}

function fastifyServer(operations: readonly Operation[]): Listen {
  const app = fastify()
  app.addContentTypeParser(formType, { parseAs: 'string' }, (_request, body, done) =>
    done(null, new URLSearchParams(String(body))),
  )
  for (const { method, path, answer } of operations) {
    app.route<{ Params: { id?: string }; Body?: URLSearchParams }>({
      method,
      url: path,
      async handler({ headers: { authorization }, params, body }, reply): Promise<string> {
        const made: PeerAnswer = await answer({ authorization, id: params.id, form: body })
        reply.code(made.status).header('Content-Type', made.type)
        return made.body
      },
    })
  }
  return async () => {
    const address = await app.listen({ host: '127.0.0.1', port: 0 })
    return Number(new URL(address).port)
  }
}

function listening(listener: RequestListener): Listen {
  return () => listenWith(listener)
}

/** The port of a server with this listener. */
export function listenWith(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' ? (address?.port ?? 0) : 0)
    })
  })
}

function operationAt(operations: readonly Operation[], method: string | undefined, path: string) {
  const slash = path.lastIndexOf('/')
  const collection = `${path.slice(0, slash)}/:id`
  for (const operation of operations) {
    if (operation.method === method && operation.path === path) {
      return { operation, id: undefined }
    }
    if (operation.method === method && operation.path === collection) {
      return { operation, id: path.slice(slash + 1) }
    }
  }
  return undefined
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  return new URLSearchParams(await text(request))
}
