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
import { openSqliteStore } from '../../db/sqlite/index.ts'
import { growTree, shapeFrom, sizeOf, type TreeShape } from '../../fixtures/large-tree.ts'
import { openTerminal } from '../../routes/terminal.ts'
import type { Child, Figures } from './child.ts'
import { machine, machineText } from './machine.ts'
import { measureBranches, type Stalls } from './scale/branches.ts'
import { goalLines } from './scale/goals.ts'
import { type Listed, measureLists } from './scale/lists.ts'
import { type Cost, measureRequests } from './scale/requests.ts'
import { resultText } from './scale/table.ts'
import { type Spread, spreadOf } from './statistics.ts'
import { startOurs } from './subjects.ts'

// What a request costs in small and large trees: node test/bench/scale.ts [--json FILE] [size or shape ...]

const branch = (parents: number, children: number): TreeShape => [
  { times: parents, below: [{ times: children }] },
]

/** Nearly as many as one parent may have below it: others come while it is measured. */
const most = 99_900

/**
 * Two kinds of branches: with a hundred parents in each, and with all below one parent. Those of a
 * million have 100,000 accounts each, those of the smaller trees half of all.
 */
const sizes: Readonly<Record<string, TreeShape>> = {
  '1k': [{ times: 1, below: branch(1, 500) }, ...branch(1, 500)],
  '100k': [{ times: 1, below: branch(100, 500) }, ...branch(1, 49_900)],
  '1m': [{ times: 9, below: branch(100, 1000) }, ...branch(1, most)],
}

export type Sized = {
  readonly size: string
  readonly accounts: number
  readonly fileMb: number
  readonly begin: Begin
  readonly resident: Figures
  /** By what was asked. */
  readonly requests: Readonly<Record<string, Cost>>
  readonly branches: Readonly<Record<string, Stalls>>
  readonly lists: Readonly<Record<string, Listed>>
}

/** In milliseconds: to open the file, and from the launch of the program until it listens, with the CPU time of that. */
type Begin = { readonly open: Spread; readonly ready: Spread; readonly readyCpu: Spread }

const terminal = openTerminal(process)
const launches = 5
const megabyte = 1_000_000

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
    for (const size of positionals.length > 0 ? positionals : Object.keys(sizes)) {
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
  terminal.note(`growing ${size}`)
  await growTree(data, { shape, progress: terminal.progress(`growing ${size}`) })
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
    const fileMb = statSync(join(tree.data, 'strowger.db')).size / megabyte
    const begin = await measureBegin(tree)
    begun.push({ tree, fileMb, begin, lists: await measureLists(tree.start, tree.shape) })
  }
  terminal.note('measuring requests')
  const served = []
  for (const { tree, ...before } of begun) {
    served.push({ ...before, tree, server: await tree.start(), shape: tree.shape })
  }
  const requests = await measureRequests(served)
  const results: Sized[] = []
  for (const [index, { tree, server, ...before }] of served.entries()) {
    const { size, shape, data } = tree
    terminal.note(`${size}: measuring branches`)
    const branches = await measureBranches(server, data, shape)
    const resident = await server.figures()
    await server.stop()
    const accounts = 1 + sizeOf(shape)
    results.push({ ...before, size, accounts, resident, requests: requests[index] ?? {}, branches })
  }
  return results
}

async function measureBegin({ data, start }: Tree): Promise<Begin> {
  const open: number[] = []
  const ready: number[] = []
  const readyCpu: number[] = []
  for (let left = launches; left > 0; left -= 1) {
    const begun = performance.now()
    const store = openSqliteStore(data)
    open.push(performance.now() - begun)
    await store.close()
    const server = await start()
    ready.push(server.readyMs)
    readyCpu.push((await server.figures()).cpuMicroseconds / 1000)
    await server.stop()
  }
  return { open: spreadOf(open), ready: spreadOf(ready), readyCpu: spreadOf(readyCpu) }
}
