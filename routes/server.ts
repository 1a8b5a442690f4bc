import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'

export type Tls = { readonly cert: Buffer; readonly key: Buffer }

/**
 * Node looks at its timeouts only every 30 s unless told otherwise: a limit of 5 s closed after 30.0
 * (security.md T1).
 */
const limits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
}

/** Node's own is two minutes, in which a silent client holds a connection. */
const handshakeTimeout = 10_000
/** A thousand that hold theirs as long as the limits above let them leave room for everyone else. */
const maxConnections = 4_000
const maxRequestsPerSocket = 10_000
const stopWithinMs = 8_000
const closeIdleEveryMs = 20
/** The time of requests in hand when the disk is not to be trusted any more. */
export const leaveWithinMs = 1_000

/** The server of an app with all limits set; https when it is given a certificate. */
export function createServer(listener: RequestListener, tls: Tls | undefined): Server {
  const server =
    tls === undefined
      ? createHttpServer(limits, listener)
      : createHttpsServer({ ...limits, handshakeTimeout, ...tls }, listener)
  server.maxConnections = maxConnections
  server.maxRequestsPerSocket = maxRequestsPerSocket
  endWhenForced(server)
  // While it stops, each connection ends with its answer; those begun before could not yet say so.
  server.prependListener('request', (_request, response) => {
    if (!server.listening) {
      response.setHeader('Connection', 'close')
    }
  })
  return server
}

/** Told to a server whose time to finish is over. */
const forced = 'strowger:forced'

/** `closeAllConnections` knows nothing of a connection whose TLS handshake is not done. */
function endWhenForced(server: Server): void {
  server.setMaxListeners(0)
  server.on('connection', (socket) => {
    const end = () => socket.destroy()
    server.once(forced, end)
    socket.once('close', () => server.off(forced, end))
  })
}

/** Resolves to the address that the server listens on. Rejects when it cannot. */
export function listen(server: Server, host: string, port: number): Promise<{ port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      const address = server.address()
      resolve({ port: typeof address === 'object' && address !== null ? address.port : port })
    })
  })
}

/**
 * Takes no new connection, lets the requests in hand finish, and resolves when all connections are
 * closed, after `withinMs` (8 s) at the latest. `server.close()` alone went on serving a kept-alive connection.
 */
export function stop(server: Server, withinMs: number = stopWithinMs): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.emit(forced), withinMs)
    const closeIdle = setInterval(() => server.closeIdleConnections(), closeIdleEveryMs)
    server.close(() => {
      clearTimeout(force)
      clearInterval(closeIdle)
      resolve()
    })
    server.closeIdleConnections()
  })
}
