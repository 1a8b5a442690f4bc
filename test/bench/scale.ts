import {
  closeSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { growTree, shapeFrom, sizeOf, type TreeShape } from '../../fixtures/large-tree.ts'
import { newSealingKey } from '../../lib/secrets.ts'
import { openTerminal } from '../../routes/terminal.ts'
import type { Child } from './child.ts'
import { machine, machineText } from './machine.ts'
import { measureBranches, type Stalls } from './scale/branches.ts'
import { goalLines } from './scale/goals.ts'
import { type Listed, measureLists } from './scale/lists.ts'
import { measureRequests } from './scale/requests.ts'
import { spreadOf } from './statistics.ts'
import { startOurs } from './subjects.ts'
import { tableText } from './table.ts'

// What a request costs in small and large trees: node test/bench/scale.ts [--json FILE] [size or shape ...]

const branch = (parents: number, children: number): TreeShape => [
  { times: parents, below: [{ times: children }] },
]

/** Nearly as many as one parent may have below it: others come while it is measured. */
const most = 99_900

/** Branches of 100,000 accounts, the last of them with all below one parent; the small one has 500 in each. */
const sizes: Readonly<Record<string, TreeShape>> = {
  '1k': [{ times: 1, below: branch(1, 500) }, ...branch(1, 500)],
  '200k': [{ times: 1, below: branch(100, 1000) }, ...branch(1, most)],
  '1m': [{ times: 9, below: branch(100, 1000) }, ...branch(1, most)],
}

export type Sized = {
  readonly size: string
  readonly accounts: number
  readonly fileMib: number
  /** From the launch on, the middle of some. */
  readonly ready: { readonly ms: number; readonly cpuMs: number }
  readonly residentMib: number
  /** Microseconds of CPU a request, by what was asked. */
  readonly requests: Readonly<Record<string, number>>
  readonly branches: Readonly<Record<string, Stalls>>
  readonly lists: Readonly<Record<string, Listed>>
}

const terminal = openTerminal(process)
const launches = 5
const mebibyte = 2 ** 20

await main()

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'string', default: join(tmpdir(), 'strowger-bench-scale.json') } },
  })
  const before = machine()
  console.log(`${machineText(before)}\n`)
  const folder = mkdtempSync(join(tmpdir(), 'strowger-scale-'))
  try {
    const trees: Tree[] = []
    for (const size of positionals.length > 0 ? positionals : ['1k', '200k']) {
      trees.push(await grownTree(folder, size))
    }
    const results = await measureTrees(trees)
    console.log(`${resultText(results)}\n\n${goalLines(results).join('\n')}`)
    writeFileSync(values.json, JSON.stringify({ before, after: machine(), results }, null, 2))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  console.log(`\nwritten to ${values.json}`)
}

type Tree = {
  readonly size: string
  readonly shape: TreeShape
  readonly data: string
  readonly start: () => Promise<Child>
}

async function grownTree(folder: string, size: string): Promise<Tree> {
  const data = join(folder, size)
  const shape = sizes[size] ?? shapeFrom(size)
  mkdirSync(data, { mode: 0o700 })
  const sealingKey = newSealingKey()
  await growTree(data, { shape, sealingKey, progress: terminal.progress(`growing ${size}`) })
  const key = Buffer.from(sealingKey).toString('hex')
  writeFileSync(join(data, 'strowger.key'), key, { mode: 0o600 })
  const database = openSync(join(data, 'strowger.db'), 'r+')
  // What the tree has left for the disk to write is not to be waited for in what is measured.
  fsyncSync(database)
  closeSync(database)
  return { size, shape, data, start: () => startOurs(data, join(folder, 'log')) }
}

async function measureTrees(trees: readonly Tree[]): Promise<readonly Sized[]> {
  const begun = []
  for (const tree of trees) {
    terminal.note(`${tree.size}: measuring starts and lists`)
    const fileMib = statSync(join(tree.data, 'strowger.db')).size / mebibyte
    const ready = await measureLaunch(tree.start)
    begun.push({ tree, fileMib, ready, lists: await measureLists(tree.start, tree.shape) })
  }
  terminal.note('measuring requests')
  const served = []
  for (const { tree, ...before } of begun) {
    served.push({ ...before, tree, server: await tree.start(), shape: tree.shape })
  }
  const requests = await measureRequests(served)
  const results: Sized[] = []
  for (const [index, { tree, server, fileMib, ready, lists }] of served.entries()) {
    const { size, shape, data } = tree
    terminal.note(`${size}: measuring branches`)
    const branches = await measureBranches(server, data, shape)
    const residentMib = (await server.figures()).residentBytes / mebibyte
    await server.stop()
    const accounts = 1 + sizeOf(shape)
    const asked = requests[index] ?? {}
    results.push({ size, accounts, fileMib, ready, residentMib, requests: asked, branches, lists })
  }
  return results
}

async function measureLaunch(startServer: () => Promise<Child>): Promise<Sized['ready']> {
  const ms: number[] = []
  const cpuMs: number[] = []
  for (let left = launches; left > 0; left -= 1) {
    const server = await startServer()
    ms.push(server.readyMs)
    cpuMs.push((await server.figures()).cpuMicroseconds / 1000)
    await server.stop()
  }
  return { ms: spreadOf(ms).median, cpuMs: spreadOf(cpuMs).median }
}

function resultText(results: readonly Sized[]): string {
  const row = (name: string, cell: (sized: Sized) => string) => [name, ...results.map(cell)]
  const [first] = results
  return tableText(
    ['', ...results.map(({ size }) => size)],
    [
      row('accounts', ({ accounts }) => accounts.toLocaleString('en')),
      row('file, MiB', ({ fileMib }) => fileMib.toFixed(1)),
      row('launch to ready, ms', ({ ready }) => ready.ms.toFixed(0)),
      row('launch to ready, ms CPU', ({ ready }) => ready.cpuMs.toFixed(0)),
      row('resident at the end, MiB', ({ residentMib }) => residentMib.toFixed(0)),
      ...Object.keys(first?.requests ?? {}).map((name) =>
        row(`${name}, us CPU`, ({ requests }) => requests[name]?.toFixed(0) ?? ''),
      ),
      ...Object.keys(first?.lists ?? {}).flatMap((name) => listRows(name, row)),
      ...Object.keys(first?.branches ?? {}).flatMap((name) => stallRows(name, row)),
    ],
  )
}

type Row = (name: string, cell: (sized: Sized) => string) => string[]

function listRows(name: string, row: Row) {
  const figure = (what: string, of: (listed: Listed) => number) =>
    row(`${name}: ${what}`, ({ lists }) => {
      const listed = lists[name]
      return (listed && of(listed))?.toFixed(0) ?? ''
    })
  return [
    figure('first byte after, ms', ({ firstByteMs }) => firstByteMs),
    figure('sent, MiB', ({ mib }) => mib),
    figure('CPU, ms', ({ cpuMs }) => cpuMs),
    figure('most resident, MiB', ({ residentMib }) => residentMib),
    figure('of it grown, MiB', ({ grownMib }) => grownMib),
  ]
}

function stallRows(name: string, row: Row) {
  const figure = (what: string, of: (stalls: Stalls) => number | undefined) =>
    row(`${name}: ${what}`, ({ branches }) => {
      const stalls = branches[name]
      return (stalls && of(stalls))?.toFixed(0) ?? ''
    })
  return [
    figure('answered after, ms', ({ answeredMs }) => answeredMs),
    figure('all rows done after, ms', ({ doneMs }) => doneMs),
    figure('readers p99.9, ms', ({ p999Ms }) => p999Ms),
    figure('longest stall of a reader, ms', ({ longestMs }) => longestMs),
  ]
}
