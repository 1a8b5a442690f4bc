import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cases } from './cases.ts'
import { goalLines } from './goals.ts'
import { connections } from './load.ts'
import { machine, machineText } from './machine.ts'
import { type Effort, type Measured, measure, warmUp } from './measure.ts'
import type { Spread } from './statistics.ts'
import { startSubjects } from './subjects.ts'
import { tableText } from './table.ts'

// Our server beside peers that do the same work: node test/bench/main.ts [--quick] [--json FILE] [word ...]
// Words choose the cases whose names hold one of them.

const efforts: Readonly<Record<'quick' | 'full', Effort>> = {
  quick: { rounds: 3, requests: 1200, warmUp: 1500 },
  full: { rounds: 9, requests: 3000, warmUp: 6000 },
}

await main()

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'string', default: join(tmpdir(), 'strowger-bench.json') },
    },
  })
  const effort = efforts[values.quick ? 'quick' : 'full']
  const chosen = cases.filter(
    ({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)),
  )
  const before = machine()
  console.log(`${machineText(before)}\n${connections} connections, ${effort.rounds} rounds\n`)
  const folder = mkdtempSync(join(tmpdir(), 'strowger-bench-'))
  const measured: Measured[] = []
  try {
    const subjects = await startSubjects(folder)
    await warmUp(subjects)
    for (const each of chosen) {
      const rows = await measure(each, subjects, effort)
      measured.push(...rows)
      console.log(`${caseText(rows)}\n`)
    }
    await Promise.all([...subjects.values()].map((subject) => subject.stop()))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  console.log(goalLines(measured).join('\n'))
  const after = machine()
  writeFileSync(values.json, JSON.stringify({ before, after, effort, measured }, null, 2))
  console.log(`\nload at the end: ${after.loadAverage.join(' ')}; written to ${values.json}`)
}

function caseText(rows: readonly Measured[]): string {
  const [first] = rows
  return tableText(
    [
      first?.case ?? '',
      'us CPU a request',
      'least-most',
      'ours by it',
      'least-most',
      'req/s',
      'p99 ms',
    ],
    rows.map(({ subject, cpuMicroseconds, ratio, requestsPerSecond, p99Ms }) => [
      subject,
      cpuMicroseconds.median.toFixed(0),
      between(cpuMicroseconds, 0),
      ratio.median.toFixed(2),
      between(ratio, 2),
      requestsPerSecond.median.toFixed(0),
      p99Ms.median.toFixed(0),
    ]),
  )
}

function between({ least, most }: Spread, digits: number): string {
  return `${least.toFixed(digits)}-${most.toFixed(digits)}`
}
