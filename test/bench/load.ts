import autocannon, { type Options, type Result } from 'autocannon'
import type { BenchRequest } from './cases.ts'
import type { Child } from './child.ts'

export type Run = {
  readonly requestsPerSecond: number
  /** Of the server process, all its threads together. */
  readonly cpuMicrosecondsPerRequest: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export const connections = 10

/** Sends so many requests from this process to a server in another. Throws when one is not answered with 2xx. */
export async function load(
  server: Child,
  requests: readonly BenchRequest[],
  amount: number,
): Promise<Run> {
  const before = await server.figures()
  const { result, seconds } = await fire({
    url: server.url,
    connections: Math.min(connections, amount),
    amount,
    timeout: 60,
    // How often it looks whether it is done.
    sampleInt: 20,
    requests: requests.map(({ method, path, headers, form, anyPath }) => ({
      method,
      path,
      headers: { ...headers },
      ...((form ?? anyPath) && {
        setupRequest: (request) => ({
          ...request,
          ...(form && { body: form() }),
          ...(anyPath && { path: anyPath() }),
        }),
      }),
    })),
  })
  const after = await server.figures()
  if (result.non2xx > 0 || result.errors > 0) {
    const { non2xx, errors } = result
    throw new Error(`${requests[0]?.path}: ${non2xx} answers are no 2xx, ${errors} errors`)
  }
  return {
    requestsPerSecond: amount / seconds,
    cpuMicrosecondsPerRequest: (after.cpuMicroseconds - before.cpuMicroseconds) / amount,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  }
}

/** What it counted, and the time from its begin to the last answer, which it does not tell so exactly. */
function fire(options: Options): Promise<{ result: Result; seconds: number }> {
  const begun = performance.now()
  let ended = begun
  const sleepAgain = stayAwake()
  return new Promise((resolve, reject) => {
    autocannon(options, (error, result) => {
      sleepAgain()
      error ? reject(error) : resolve({ result, seconds: (ended - begun) / 1000 })
    }).on('response', () => {
      ended = performance.now()
    })
  })
}

/**
 * Keeps this process from sleeping while it waits for answers, until the function that it gives is called.
 * To wake the reader of an answer is work of the server's: 8 us a request on one machine, 25 on another,
 * and less for a server so fast that its reader never comes to sleep.
 */
function stayAwake(): () => void {
  let isAwake = true
  const turn = () => {
    if (isAwake) {
      setImmediate(turn)
    }
  }
  turn()
  return () => {
    isAwake = false
  }
}
