import { createHmac } from 'node:crypto'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { listen } from '../../routes/server.ts'

/** A request that a receiver got. */
export type Received = {
  readonly id: string
  readonly headers: IncomingHttpHeaders
  readonly path: string
  readonly body: string
  readonly event: EventBody
}

export type EventBody = {
  readonly version: number
  readonly id: string
  readonly type: string
  readonly timestamp: string
  readonly data: {
    readonly account_sid: string
    readonly target_sid: string
    readonly actor_sid?: string
    readonly dialect?: string
    readonly request_id?: string
    readonly changes: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  }
}

export type Receiver = {
  /** `http://127.0.0.1:PORT/hook` */
  readonly url: string
  readonly port: number
  readonly received: readonly Received[]
  /** How the next requests are answered; 204 unless said otherwise. */
  answer: (response: ServerResponse, received: Received) => void
  /** Waits until that many were received in all. */
  until(count: number): Promise<readonly Received[]>
  stop(): Promise<void>
}

const patienceMs = 10_000

/** The setting that lets an app send to the receivers here. */
export const toReceivers = {
  webhookAllowPrivate: [{ address: '127.0.0.1', prefix: 32, family: 'ipv4' }],
} as const

/** A real HTTP server that keeps what it is sent. */
export async function startReceiver(host = '127.0.0.1', port = 0): Promise<Receiver> {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const one = await read(request)
    received.push(one)
    receiver.answer(response, one)
  })
  const bound = await listen(server, host, port)
  const receiver: Receiver = {
    url: `http://127.0.0.1:${bound.port}/hook`,
    port: bound.port,
    received,
    answer: (response) => {
      response.writeHead(204).end()
    },
    until: (count) => waitFor(() => (received.length >= count ? received : undefined)),
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return receiver
}

/** One that never answers: a delivery that ended would change its webhook between two answers. */
export async function startSilentReceiver(): Promise<Receiver> {
  const receiver = await startReceiver()
  receiver.answer = () => {}
  return receiver
}

/** Asks again until there is an answer. Throws when there is none in time. */
export async function waitFor<T>(
  ask: () => T | undefined | Promise<T | undefined>,
  withinMs = patienceMs,
): Promise<T> {
  const begun = performance.now()
  while (performance.now() - begun < withinMs) {
    const found = await ask()
    if (found !== undefined) {
      return found
    }
    await pause(10)
  }
  throw new Error('it did not come in time')
}

/** Lets it be seen that nothing more comes: longer than the server waits before it looks again. */
export async function quiet(): Promise<void> {
  await pause(600)
}

async function read(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = []
  for await (const chunk of request) {
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks).toString()
  const { headers, url = '' } = request
  return { id: String(headers['webhook-id']), headers, path: url, body, event: JSON.parse(body) }
}

/** Worked out here by hand, from what Standard Webhooks says and nothing of ours. */
export function signatureOf(secret: string, { headers, body }: Received): string {
  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
}
