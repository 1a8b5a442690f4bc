import type { Sized } from '../scale.ts'
import { kinds } from './requests.ts'

/** A line for each goal that was measured: what is wanted, what there is. Ratios are between the largest tree and the smallest. */
export function goalLines(results: readonly Sized[]): readonly string[] {
  const [small] = results
  const large = results.at(-1)
  if (small === undefined || large === undefined) {
    return []
  }
  return [...(small === large ? [] : ratios(small, large)), ...pages(large), ...absolutes(large)]
}

const most = { read: 2, same: 1.5, middle: 1.5 }

function ratios(small: Sized, large: Sized): readonly string[] {
  const between = (kind: string, wanted: number) =>
    line(
      `${kind}, ${large.size} by ${small.size}`,
      cost(large, kind) / cost(small, kind),
      wanted,
      'times',
    )
  return [
    between(kinds.inUse, most.read),
    between(kinds.bySid, most.read),
    between(kinds.byEmail, most.read),
    between(kinds.middlePage, most.middle),
    between(kinds.suspend, most.same),
  ]
}

function pages(large: Sized): readonly string[] {
  const beside = (kind: string, first: string) =>
    line(`${kind} by the first`, cost(large, kind) / cost(large, first), most.middle, 'times')
  return [
    beside(kinds.middlePage, kinds.firstPage),
    beside(kinds.middleDescendants, kinds.descendants),
  ]
}

function absolutes({ ready, residentMib, branches, lists }: Sized): readonly string[] {
  const { close, 'readers alone': alone } = branches
  return [
    line('launch to ready', ready.ms, 1000, 'ms'),
    line('resident at the end', residentMib, 250, 'MiB'),
    ...(close && alone
      ? [
          line('close: all rows done', close.doneMs ?? Number.NaN, 10_000, 'ms'),
          line('close: added to the readers’ p99.9', close.p999Ms - alone.p999Ms, 50, 'ms'),
        ]
      : []),
    ...Object.entries(lists).flatMap(([name, { firstByteMs, residentMib }]) => [
      line(`${name}: first byte`, firstByteMs, 100, 'ms'),
      line(`${name}: resident`, residentMib, 250, 'MiB'),
    ]),
  ]
}

function cost({ requests }: Sized, kind: string): number {
  return requests[kind] ?? Number.NaN
}

function line(what: string, is: number, wanted: number, unit: string): string {
  const digits = wanted < 10 ? 2 : 0
  return `${is <= wanted ? 'reached' : 'MISSED '}  ${is.toFixed(digits)} of at most ${wanted} ${unit}  ${what}`
}
