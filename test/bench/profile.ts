import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { cases } from './cases.ts'
import { load } from './load.ts'
import { machine, machineText } from './machine.ts'
import { type Share, sharesOf } from './shares.ts'
import { seedFolder, startOurs } from './subjects.ts'
import { tableText } from './table.ts'

// Where the time of our server goes in a case of the benchmarks, the first whose name holds the word:
// node test/bench/profile.ts [word]

const warmUp = 30_000
const requests = 60_000
const heaviest = 25
const file = join(tmpdir(), 'strowger-bench.cpuprofile')

const [word = ''] = process.argv.slice(2)
const asked = cases.find(({ name }) => name.includes(word))
if (asked === undefined) {
  throw new Error(`no case has ${word} in its name`)
}
const folder = temporaryFolder()
try {
  const data = join(folder.path, 'data')
  await seedFolder(data)
  const server = await startOurs(data, join(folder.path, 'log'))
  const send = (count: number) => load(server, asked.requests, Math.ceil(count / asked.weight))
  await send(warmUp)
  const profile = await server.profile(() => send(requests))
  await server.stop()
  writeFileSync(file, JSON.stringify(profile))
  const { packages, functions } = sharesOf(profile)
  console.log(`${machineText(machine())}\n`)
  console.log(`${sharesText(asked.name, packages)}\n\n${sharesText('functions', functions)}`)
  console.log(`\nwritten to ${file}`)
} finally {
  await folder.remove()
}

function sharesText(title: string, shares: readonly Share[]): string {
  return tableText(
    [title, '% of the time'],
    shares.slice(0, heaviest).map(({ of, part }) => [of, (part * 100).toFixed(1)]),
  )
}
