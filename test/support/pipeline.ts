import { connect } from 'node:net'
import type { Document } from './crossbar.ts'
import { parseReply, type RawReply } from './raw-reply.ts'
import { basic } from './restcomm.ts'
import type { Login, TestApp } from './start-app.ts'

export type Asked = {
  readonly by: Pick<Login, 'sid' | 'token'>
  /** `GET` if it is left out. */
  readonly method?: string
  readonly path: string
  readonly form?: Readonly<Record<string, string>>
  readonly data?: Document
}

/** One connection, and never another in its place. */
export type Pipeline = {
  /** Sends at once, also while the answers to others are awaited: they come in the order of the requests. */
  ask(asked: Asked): Promise<RawReply>
  close(): void
}

type Waiting = {
  readonly method: string
  readonly resolve: (reply: RawReply) => void
  readonly reject: (error: Error) => void
}

export function openPipeline(app: Pick<TestApp, 'url'>): Pipeline {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1').setNoDelay()
  const waiting: Waiting[] = []
  let received = Buffer.alloc(0)
  const settle = () => {
    const [first] = waiting
    const reply = first && parseReply(received, first.method, false)
    if (first !== undefined && reply !== undefined) {
      waiting.shift()
      received = received.subarray(reply.length)
      first.resolve(reply)
      settle()
    }
  }
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk])
    settle()
  })
  // What was wrong with it shows in that there is no answer.
  socket.on('error', () => {})
  socket.on('close', () => {
    for (const { reject } of waiting) {
      reject(new Error('the connection ended without an answer'))
    }
  })
  return {
    ask(asked) {
      const { method = 'GET' } = asked
      return new Promise((resolve, reject) => {
        waiting.push({ method, resolve, reject })
        socket.write(bytesOf(asked, method), (error) => error && reject(error))
      })
    },
    close: () => socket.destroy(),
  }
}

let sent = 0

function bytesOf({ by, path, form, data }: Asked, method: string): string {
  sent += 1
  const body =
    form === undefined ? data && JSON.stringify({ data }) : String(new URLSearchParams(form))
  const type = form === undefined ? 'application/json' : 'application/x-www-form-urlencoded'
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    `Authorization: ${basic(by.sid, by.token)}`,
    `X-Request-ID: pipelined-${sent}`,
    ...(body === undefined
      ? []
      : [`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`]),
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`
}
