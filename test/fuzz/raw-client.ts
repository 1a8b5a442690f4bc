import { connect, type Socket } from 'node:net'

export type RawReply = {
  readonly status: number
  /** By name in small letters. */
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
}

export type RawClient = {
  /** Sends the bytes of one request and gives its answer; throws when none comes. */
  exchange(request: Buffer, method: string): Promise<RawReply>
  close(): void
}

type Parsed = RawReply & { readonly length: number }

const answerWithinMs = 15_000

/**
 * A client that sends whatever it is given, on one connection for as long as the server keeps that
 * open: `node:http` refuses to send most of what is of interest.
 */
export function rawClient(url: string): RawClient {
  const port = Number(new URL(url).port)
  let socket: Socket | undefined
  return {
    async exchange(request, method) {
      const connection = socket ?? openConnection(port)
      socket = undefined
      const reply = await answerOn(connection, request, method)
      if (reply.headers.get('connection') === 'close') {
        connection.destroy()
      } else {
        socket = connection
      }
      return reply
    },
    close() {
      socket?.destroy()
    },
  }
}

function openConnection(port: number): Socket {
  // What is wrong with it shows in the answer, or in that there is none.
  return connect(port, '127.0.0.1').on('error', () => {})
}

function answerOn(socket: Socket, request: Buffer, method: string): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0)
    const settle = (isEnded: boolean) => {
      const reply = parseReply(received, method, isEnded)
      if (reply !== undefined && reply.length < received.length) {
        leave(() => reject(new Error('there is more than one answer')))
      } else if (reply !== undefined) {
        leave(() => resolve(reply))
      } else if (isEnded) {
        leave(() => reject(new Error('the connection ended without an answer')))
      }
    }
    const onData = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      settle(false)
    }
    const onClose = () => settle(true)
    const late = setTimeout(() => socket.destroy(), answerWithinMs)
    const leave = (then: () => void) => {
      clearTimeout(late)
      socket.off('data', onData).off('close', onClose)
      then()
    }
    socket.on('data', onData).on('close', onClose)
    socket.write(request)
  })
}

/** The answer at the beginning of the bytes; undefined as long as it is not whole. */
function parseReply(bytes: Buffer, method: string, isEnded: boolean): Parsed | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd === -1) {
    return undefined
  }
  const [statusLine = '', ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n')
  const status = Number(statusLine.split(' ')[1])
  const headers = new Map(lines.map(headerFrom))
  const begin = headEnd + 4
  if (status < 200) {
    const later = parseReply(bytes.subarray(begin), method, isEnded)
    return later && { ...later, length: later.length + begin }
  }
  const body =
    method === 'HEAD' || status === 204
      ? { text: '', end: 0 }
      : bodyOf(bytes.subarray(begin), headers, isEnded)
  return body && { status, headers, text: body.text, length: begin + body.end }
}

function headerFrom(line: string): [name: string, value: string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}

type Body = { readonly text: string; readonly end: number }

function bodyOf(
  bytes: Buffer,
  headers: ReadonlyMap<string, string>,
  isEnded: boolean,
): Body | undefined {
  if (headers.get('transfer-encoding') === 'chunked') {
    return chunkedBody(bytes)
  }
  const length = headers.get('content-length')
  const end = length === undefined ? bytes.length : Number(length)
  const isWhole = length === undefined ? isEnded : bytes.length >= end
  return isWhole ? { text: bytes.subarray(0, end).toString('utf8'), end } : undefined
}

function chunkedBody(bytes: Buffer): Body | undefined {
  const pieces: Buffer[] = []
  let at = 0
  while (true) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd === -1) {
      return undefined
    }
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16)
    const next = lineEnd + 2 + size + 2
    if (bytes.length < next) {
      return undefined
    }
    if (size === 0) {
      return { text: Buffer.concat(pieces).toString('utf8'), end: next }
    }
    pieces.push(bytes.subarray(lineEnd + 2, next - 2))
    at = next
  }
}
