import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { growTree, shapeFrom, sizeOf } from '../../fixtures/large-tree.ts'
import { newSealingKey } from '../../lib/secrets.ts'
import { openTerminal } from '../../routes/terminal.ts'
import { machine, machineText } from './machine.ts'
import { measureBranches, type Stalls } from './scale/branches.ts'
import { measureRequests } from './scale/requests.ts'
import { startOurs } from './subjects.ts'
import { tableText } from './table.ts'

// What a request costs in small and large trees: node test/bench/scale.ts [--json FILE] [size or shape ...]

/** Branches of 100,000 accounts and parents of 1,000, but for the small one. */
const sizes: Readonly<Record<string, string>> = {
  '1k': '2x1x500',
  '100k': '2x100x1000',
  '1m': '10x100x1000',
}

type Sized = {
  readonly size: string
  readonly accounts: number
  readonly fileMib: number
  readonly readyMs: number
  readonly residentMib: number
  /** Microseconds of CPU a request, by what was asked. */
  readonly requests: Readonly<Record<string, number>>
  readonly branches: Readonly<Record<string, Stalls>>
}

await main()

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'string', default: join(tmpdir(), 'strowger-bench-scale.json') } },
  })
  const before = machine()
  console.log(`${machineText(before)}\n`)
  const results: Sized[] = []
  for (const size of positionals.length > 0 ? positionals : ['1k', '100k']) {
    results.push(await measureSize(size))
  }
  console.log(resultText(results))
  writeFileSync(values.json, JSON.stringify({ before, after: machine(), results }, null, 2))
  console.log(`\nwritten to ${values.json}`)
}

async function measureSize(size: string): Promise<Sized> {
  const folder = mkdtempSync(join(tmpdir(), 'strowger-scale-'))
  const data = join(folder, 'data')
  const shape = shapeFrom(sizes[size] ?? size)
  const terminal = openTerminal(process)
  try {
    mkdirSync(data, { mode: 0o700 })
    const sealingKey = newSealingKey()
    await growTree(data, { shape, sealingKey, progress: terminal.progress(`growing ${size}`) })
    const key = Buffer.from(sealingKey).toString('hex')
    writeFileSync(join(data, 'strowger.key'), key, { mode: 0o600 })
    const fileMib = statSync(join(data, 'strowger.db')).size / 2 ** 20
    const server = await startOurs(data, join(folder, 'log'))
    terminal.note(`${size}: measuring`)
    const requests = await measureRequests(server, shape)
    const branches = await measureBranches(server, data, shape)
    const { residentBytes } = await server.figures()
    await server.stop()
    const { readyMs } = server
    const residentMib = residentBytes / 2 ** 20
    return { size, accounts: 1 + sizeOf(shape), fileMib, readyMs, residentMib, requests, branches }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function resultText(results: readonly Sized[]): string {
  const row = (name: string, cell: (sized: Sized) => string) => [name, ...results.map(cell)]
  const [first] = results
  return tableText(
    ['', ...results.map(({ size }) => size)],
    [
      row('accounts', ({ accounts }) => accounts.toLocaleString('en')),
      row('file, MiB', ({ fileMib }) => fileMib.toFixed(1)),
      row('launch to ready, ms', ({ readyMs }) => readyMs.toFixed(0)),
      row('resident at the end, MiB', ({ residentMib }) => residentMib.toFixed(0)),
      ...Object.keys(first?.requests ?? {}).map((name) =>
        row(`${name}, us CPU`, ({ requests }) => requests[name]?.toFixed(0) ?? ''),
      ),
      ...Object.keys(first?.branches ?? {}).flatMap((name) => stallRows(name, row)),
    ],
  )
}

function stallRows(name: string, row: (name: string, cell: (sized: Sized) => string) => string[]) {
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
