import type { Sized } from '../scale.ts'
import { type Spread, spreadText } from '../statistics.ts'
import { tableText } from '../table.ts'
import type { Stalls } from './branches.ts'
import type { Listed } from './lists.ts'

const megabyte = 1_000_000

/** All that was measured, a column for each tree; of what was measured more than once its middle, least and most. */
export function resultText(results: readonly Sized[]): string {
  const row = (name: string, cell: (sized: Sized) => string) => [name, ...results.map(cell)]
  const [first] = results
  const namesIn = (part: 'requests' | 'lists' | 'branches') => Object.keys(first?.[part] ?? {})
  return tableText(
    ['', ...results.map(({ size }) => size)],
    [
      row('accounts', ({ accounts }) => accounts.toLocaleString('en')),
      row('file, MB', ({ fileMb }) => fileMb.toFixed(1)),
      row('open the file, ms', ({ begin }) => spreadText(begin.open, 0)),
      row('launch to ready, ms', ({ begin }) => spreadText(begin.ready, 0)),
      row('launch to ready, ms CPU', ({ begin }) => spreadText(begin.readyCpu, 0)),
      ...namesIn('requests').flatMap((name) => costRows(name, row)),
      ...namesIn('lists').flatMap((name) => listRows(name, row)),
      ...namesIn('branches').flatMap((name) => stallRows(name, row)),
      row('resident at the end, MB', ({ resident }) => inMb(resident.residentBytes)),
      row('most resident but in lists, MB', ({ resident }) => inMb(resident.mostResidentBytes)),
    ],
  )
}

type Row = (name: string, cell: (sized: Sized) => string) => string[]

function inMb(bytes: number): string {
  return (bytes / megabyte).toFixed(0)
}

function costRows(name: string, row: Row) {
  const figure = (what: string, of: (sized: Sized) => Spread | undefined, digits: number) =>
    row(`${name}${what}`, (sized) => toldIn(of(sized), digits))
  return [
    figure(', us CPU', ({ requests }) => requests[name]?.cpuMicroseconds, 0),
    figure(': by the first', ({ requests }) => requests[name]?.byFirst, 2),
  ]
}

function listRows(name: string, row: Row) {
  const figure = (what: string, of: (listed: Listed) => number) =>
    row(`${name}: ${what}`, ({ lists }) => {
      const listed = lists[name]
      return listed === undefined ? '' : of(listed).toFixed(0)
    })
  return [
    figure('first byte after, ms', ({ firstByteMs }) => firstByteMs),
    figure('sent, MB', ({ mb }) => mb),
    figure('CPU, ms', ({ cpuMs }) => cpuMs),
    figure('most resident, MB', ({ mostResidentMb }) => mostResidentMb),
  ]
}

function stallRows(name: string, row: Row) {
  const figure = (what: string, kind: keyof Stalls) =>
    row(`${name}: ${what}`, ({ branches }) => toldIn(branches[name]?.[kind], 0))
  return [
    figure('answered after, ms', 'answered'),
    figure('all rows done after, ms', 'done'),
    figure('readers p99.9, ms', 'p999'),
    figure('longest stall of a reader, ms', 'longest'),
  ].filter(([, ...cells]) => cells.some((cell) => cell !== ''))
}

function toldIn(figure: Spread | undefined, digits: number): string {
  return figure === undefined || Number.isNaN(figure.median) ? '' : spreadText(figure, digits)
}
