import { get } from 'node:http'
import { accountAt, type TreeShape } from '../../../fixtures/large-tree.ts'
import type { Child } from '../child.ts'
import { basicOf, lastParent } from './requests.ts'

/** What an unpaged list cost. */
export type Listed = {
  readonly firstByteMs: number
  readonly mib: number
  readonly cpuMs: number
  /** The most that the server had in memory meanwhile, and how much more that was than before. */
  readonly residentMib: number
  readonly grownMib: number
}

const mebibyte = 2 ** 20

/** Reads all children of the last parent, unpaged, each list from a server that has done nothing yet. */
export async function measureLists(
  startServer: () => Promise<Child>,
  shape: TreeShape,
): Promise<Readonly<Record<string, Listed>>> {
  const { index } = lastParent(shape)
  const paths = {
    'list as XML': '/2012-04-24/Accounts',
    'list as JSON': '/2012-04-24/Accounts.json',
    'list on /v2': `/v2/accounts/${accountAt(index).sid.slice(2)}/children?paginate=false`,
  }
  const figures: Record<string, Listed> = {}
  for (const [name, path] of Object.entries(paths)) {
    const server = await startServer()
    await receive(`${server.url}/2012-04-24/Accounts/${accountAt(index).sid}`, index)
    figures[name] = await measureList(server, path, index)
    await server.stop()
  }
  return figures
}

async function measureList(server: Child, path: string, index: number): Promise<Listed> {
  const before = await server.figures()
  let most = before.residentBytes
  let isOver = false
  const watching = (async () => {
    while (!isOver) {
      most = Math.max(most, (await server.figures()).residentBytes)
      await new Promise((resume) => setTimeout(resume, 20))
    }
  })()
  const { firstByteMs, bytes } = await receive(`${server.url}${path}`, index)
  isOver = true
  await watching
  const after = await server.figures()
  return {
    firstByteMs,
    mib: bytes / mebibyte,
    cpuMs: (after.cpuMicroseconds - before.cpuMicroseconds) / 1000,
    residentMib: most / mebibyte,
    grownMib: (most - before.residentBytes) / mebibyte,
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
