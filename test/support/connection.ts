import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { basic, type Parameters, type Reply } from './restcomm.ts'
import type { Login, TestApp } from './start-app.ts'

/** One connection that stays open from request to request. */
export type Connection = {
  /** Throws when the server has not kept the connection. */
  ask(
    login: Pick<Login, 'sid' | 'token'>,
    method: string,
    path: string,
    parameters?: Parameters,
  ): Promise<Reply>
  close(): void
}

export function openConnection(app: Pick<TestApp, 'url'>): Connection {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  let kept: Socket | undefined
  return {
    async ask(login, method, path, parameters) {
      const body = parameters && new URLSearchParams(parameters).toString()
      const sent = request(`${app.url}${path}`, {
        agent,
        method,
        headers: {
          Authorization: basic(login.sid, login.token),
          ...(body !== undefined && { 'Content-Type': 'application/x-www-form-urlencoded' }),
        },
      })
      sent.end(body)
      const [response]: IncomingMessage[] = await once(sent, 'response')
      if (response === undefined || (kept !== undefined && response.socket !== kept)) {
        throw new Error('the connection was not kept open')
      }
      kept = response.socket
      return replyFrom(response)
    },
    close: () => agent.destroy(),
  }
}

async function replyFrom(response: IncomingMessage): Promise<Reply> {
  const text = await textOf(response)
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(response.headersDistinct)) {
    for (const value of values) {
      headers.append(name, value)
    }
  }
  return { status: response.statusCode ?? 0, headers, text, json: () => JSON.parse(text) }
}
