import { cpSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { accountAt } from '../../fixtures/large-tree.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type BenchRequest, cases } from './cases.ts'
import type { Child } from './child.ts'
import { openPeerData } from './peers/data.ts'
import { ratioOf, report } from './ratio.ts'
import { seedFolder, startOurs } from './subjects.ts'

// How long a create takes, over HTTP and one after another, beside nothing but its row inserted with
// synchronous=FULL on the same disk and the same hashes. Usage: node test/bench/creates.ts

const most = '<= 1.3'
const sizes = {
  'create with password': { rounds: 7, turns: 12 },
  'create without password': { rounds: 15, turns: 200 },
}

const folder = temporaryFolder()
const agent = new Agent({ keepAlive: true })
try {
  const [data, bare] = [join(folder.path, 'data'), join(folder.path, 'bare')]
  await seedFolder(data)
  cpSync(data, bare, { recursive: true })
  const server = await startOurs(data, join(folder.path, 'log'))
  const rows = openPeerData(bare)
  const { caller: parent } = rows.pair(accountAt(1).sid, undefined)
  for (const [name, size] of Object.entries(sizes)) {
    const [asked] = cases.find((each) => each.name === name)?.requests ?? []
    if (parent === undefined || asked?.form === undefined) {
      throw new Error(`${name} cannot be measured`)
    }
    const { form } = asked
    const insert = () => rows.insert(parent, new URLSearchParams(form()))
    const figure = await ratioOf(() => create(server, asked), insert, size)
    report(`${name}, by a bare INSERT with its hashes`, figure, most)
  }
  await server.stop()
} finally {
  agent.destroy()
  await folder.remove()
}

function create(server: Child, { method, path, headers, form }: BenchRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    request(`${server.url}${path}`, { method, headers: { ...headers }, agent }, (response) => {
      const { statusCode = 0 } = response
      response.resume().once('end', () => {
        statusCode < 300 ? resolve() : reject(new Error(`${path}: ${statusCode}`))
      })
    })
      .once('error', reject)
      .end(form?.())
  })
}
