import { Agent, get } from 'node:http'

export type Readers = {
  /** What was measured so far is put aside. */
  begin(): void
  /** All latencies since then in milliseconds, the shortest first. */
  soFar(): readonly number[]
  stop(): Promise<void>
}

type Wanted = { readonly path: string; readonly headers: Readonly<Record<string, string>> }

/** So many clients that each ask again as soon as they are answered. */
export function startReaders(url: string, count: number, wanted: () => Wanted): Readers {
  const agent = new Agent({ keepAlive: true, maxSockets: count })
  let latencies: number[] = []
  let isOver = false
  const ask = () => {
    const { path, headers } = wanted()
    return latency(`${url}${path}`, headers, agent)
  }
  const clients = Array.from({ length: count }, async () => {
    while (!isOver) {
      const ms = await ask()
      latencies.push(ms)
    }
  })
  return {
    begin() {
      latencies = []
    },
    soFar: () => latencies.toSorted((one, other) => one - other),
    async stop() {
      isOver = true
      await Promise.all(clients)
      agent.destroy()
    },
  }
}

function latency(
  url: string,
  headers: Readonly<Record<string, string>>,
  agent: Agent,
): Promise<number> {
  const begun = performance.now()
  return new Promise((resolve, reject) => {
    get(url, { headers: { ...headers }, agent }, (response) => {
      response.resume().once('end', () => {
        if (response.statusCode !== 200) {
          reject(new Error(`a reader was answered ${response.statusCode}`))
        }
        resolve(performance.now() - begun)
      })
    }).once('error', reject)
  })
}
