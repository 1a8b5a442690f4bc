import type { Sized } from '../scale.ts'
import { type Spread, spreadOf } from '../statistics.ts'
import { type Bound, verdict } from '../verdict.ts'
import { kinds } from './requests.ts'

/** A line for each goal that was measured: what there is, what is wanted. Ratios are between the largest tree and the smallest. */
export function goalLines(results: readonly Sized[]): readonly string[] {
  const [small] = results
  const large = results.at(-1)
  if (small === undefined || large === undefined) {
    return []
  }
  return [...(small === large ? [] : ratios(small, large)), ...pages(large), ...absolutes(large)]
}

const most = { read: '<= 2', same: '<= 1.5', middle: '<= 1.5' } as const

function ratios(small: Sized, large: Sized): readonly string[] {
  const between = (kind: string, bound: Bound) =>
    verdict(
      `${kind}, ${large.size} by ${small.size}`,
      large.requests[kind]?.byFirst ?? nothing,
      bound,
    ).line
  return [
    between(kinds.inUse, most.read),
    between(kinds.bySid, most.read),
    between(kinds.byEmail, most.read),
    between(kinds.firstPage, most.middle),
    between(kinds.middlePage, most.middle),
    between(kinds.suspend, most.same),
  ]
}

function pages({ requests }: Sized): readonly string[] {
  const cost = (kind: string) => requests[kind]?.cpuMicroseconds.median ?? Number.NaN
  const beside = (kind: string, first: string) =>
    verdict(`${kind}, by the first`, spreadOf([cost(kind) / cost(first)]), most.middle).line
  return [
    beside(kinds.middlePage, kinds.firstPage),
    beside(kinds.middleDescendants, kinds.descendants),
  ]
}

const nothing = spreadOf([])
const mostMb = 250

function absolutes({ begin, resident, branches, lists }: Sized): readonly string[] {
  const { close, 'readers alone': alone } = branches
  const one = (figure: number) => spreadOf([figure])
  const inMb = (bytes: number) => one(bytes / 1_000_000)
  return [
    verdict('launch to ready', begin.ready, '<= 1000', 'ms'),
    verdict('resident at the end', inMb(resident.residentBytes), `<= ${mostMb}`, 'MB'),
    verdict('most resident but in lists', inMb(resident.mostResidentBytes), `<= ${mostMb}`, 'MB'),
    ...(close && alone
      ? [
          verdict('close: all rows done', close.done, '<= 10000', 'ms'),
          verdict('close: added to the readers’ p99.9', above(close.p999, alone), '<= 50', 'ms'),
        ]
      : []),
    ...Object.entries(lists).flatMap(([name, { count, firstByteMs, mostResidentMb }]) => [
      ...(count === 1 ? [verdict(`${name}: first byte`, one(firstByteMs), '<= 100', 'ms')] : []),
      verdict(`${name}: most resident`, one(mostResidentMb), `<= ${mostMb}`, 'MB'),
    ]),
  ].map(({ line }) => line)
}

/** What lies above the middle of the readers that were alone. */
function above(figure: Spread, { p999 }: { readonly p999: Spread }): Spread {
  const { median, least, most } = figure
  return {
    median: median - p999.median,
    least: least - p999.median,
    most: most - p999.median,
  }
}
