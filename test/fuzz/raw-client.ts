import { connect, type Socket } from 'node:net'
import { parseReply, type RawReply } from '../support/raw-reply.ts'

export type RawClient = {
  /** Sends the bytes of one request and gives its answer; throws when none comes. */
  exchange(request: Buffer, method: string): Promise<RawReply>
  close(): void
}

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
