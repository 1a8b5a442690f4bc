import { quantile, type Spread, spreadOf } from './statistics.ts'
import { type Bound, verdict } from './verdict.ts'

export type Contender = () => Promise<unknown>

/**
 * How much longer `one` takes than `other`: both take turns, so that whatever else the machine does
 * falls on both alike. It only ever adds, so of each round the lower quartiles are compared; the figure
 * is of the rounds.
 */
export async function ratioOf(
  one: Contender,
  other: Contender,
  { rounds, turns }: { readonly rounds: number; readonly turns: number },
): Promise<Spread> {
  const ratios: number[] = []
  await round(one, other, turns)
  for (let done = 0; done < rounds; done += 1) {
    ratios.push(await round(one, other, turns))
  }
  return spreadOf(ratios)
}

/** Prints a figure beside its bound, and makes the run fail when it is on the wrong side. */
export function report(what: string, figure: Spread, bound: Bound): void {
  const { holds, line } = verdict(what, figure, bound)
  console.log(line)
  if (!holds) {
    process.exitCode = 1
  }
}

async function round(one: Contender, other: Contender, turns: number): Promise<number> {
  const times: [number[], number[]] = [[], []]
  for (let turn = 0; turn < turns; turn += 1) {
    // Each goes first as often as the other.
    if (turn % 2 === 0) {
      times[0].push(await timeOf(one))
      times[1].push(await timeOf(other))
    } else {
      times[1].push(await timeOf(other))
      times[0].push(await timeOf(one))
    }
  }
  return lowerQuartile(times[0]) / lowerQuartile(times[1])
}

function lowerQuartile(values: readonly number[]): number {
  return quantile(
    values.toSorted((one, other) => one - other),
    0.25,
  )
}

async function timeOf(run: Contender): Promise<number> {
  const begun = process.hrtime.bigint()
  await run()
  return Number(process.hrtime.bigint() - begun)
}
