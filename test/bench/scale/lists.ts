import { get } from 'node:http'
import { accountAt, type TreeShape } from '../../../fixtures/large-tree.ts'
import type { Child } from '../child.ts'
import { basicOf, lastParent } from './requests.ts'

/** What an unpaged list cost. */
export type Listed = {
  /** How many came at once. */
  readonly count: number
  /** Of several, that of the last. */
  readonly firstByteMs: number
  /** Sent, in MB. */
  readonly mb: number
  readonly cpuMs: number
  /** The most that the server ever had in memory, in MB. */
  readonly mostResidentMb: number
}

const megabyte = 1_000_000
const atOnce = 6

/** Reads all children of the last parent, unpaged, each list from a server that has done nothing yet. */
export async function measureLists(
  startServer: () => Promise<Child>,
  shape: TreeShape,
): Promise<Readonly<Record<string, Listed>>> {
  const { index } = lastParent(shape)
  const ofRestcomm = '/2012-04-24/Accounts'
  const ofCrossbar = `/v2/accounts/${accountAt(index).sid.slice(2)}/children?paginate=false`
  const wanted = {
    'list as XML': [ofRestcomm],
    'list as JSON': [`${ofRestcomm}.json`],
    'list on /v2': [ofCrossbar],
    [`${atOnce} lists at once`]: Array.from({ length: atOnce }, () => ofRestcomm),
  }
  const figures: Record<string, Listed> = {}
  for (const [name, paths] of Object.entries(wanted)) {
    const server = await startServer()
    await receive(`${server.url}/2012-04-24/Accounts/${accountAt(index).sid}`, index)
    figures[name] = await measureList(server, paths, index)
    await server.stop()
  }
  return figures
}

async function measureList(
  server: Child,
  paths: readonly string[],
  index: number,
): Promise<Listed> {
  const before = await server.figures()
  const received = await Promise.all(paths.map((path) => receive(`${server.url}${path}`, index)))
  const after = await server.figures()
  return {
    count: paths.length,
    firstByteMs: Math.max(...received.map(({ firstByteMs }) => firstByteMs)),
    mb: received.reduce((sum, { bytes }) => sum + bytes, 0) / megabyte,
    cpuMs: (after.cpuMicroseconds - before.cpuMicroseconds) / 1000,
    mostResidentMb: after.mostResidentBytes / megabyte,
  }
}

function receive(url: string, index: number): Promise<{ firstByteMs: number; bytes: number }> {
  const begun = performance.now()
  return new Promise((resolve, reject) => {
    get(url, { headers: { ...basicOf(index) }, agent: false }, (response) => {
      let firstByteMs = Number.NaN
      let bytes = 0
      response
        .on('data', (chunk: Uint8Array) => {
          firstByteMs = bytes === 0 ? performance.now() - begun : firstByteMs
          bytes += chunk.length
        })
        .once('end', () => {
          if (response.statusCode === 200) {
            resolve({ firstByteMs, bytes })
          } else {
            reject(new Error(`${url}: ${response.statusCode}`))
          }
        })
    }).once('error', reject)
  })
}
