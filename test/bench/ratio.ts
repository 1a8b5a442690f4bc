import { loadavg } from 'node:os'

export type Contender = () => Promise<unknown>

/**
 * How much longer `one` takes than `other`: both take turns, so that whatever else the machine does
 * falls on both alike. It only ever adds, so of each round the lower quartiles are compared, and of
 * the rounds the median is taken.
 */
export async function ratioOf(
  one: Contender,
  other: Contender,
  { rounds, turns }: { readonly rounds: number; readonly turns: number },
): Promise<number> {
  const ratios: number[] = []
  await round(one, other, turns)
  for (let done = 0; done < rounds; done += 1) {
    ratios.push(await round(one, other, turns))
  }
  return median(ratios)
}

/** Prints a figure beside its bound, and makes the run fail when it is on the wrong side. */
export function report(what: string, figure: number, bound: `<= ${number}` | `>= ${number}`): void {
  const [sign, limit] = bound.split(' ')
  const holds = sign === '<=' ? figure <= Number(limit) : figure >= Number(limit)
  const load = loadavg()[0]?.toFixed(1)
  console.log(`${what}: ${figure.toFixed(3)} (${bound}) ${holds ? 'ok' : 'MISSED'}, load ${load}`)
  if (!holds) {
    process.exitCode = 1
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2
}

function lowerQuartile(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)] ?? 0
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

async function timeOf(run: Contender): Promise<number> {
  const begun = process.hrtime.bigint()
  await run()
  return Number(process.hrtime.bigint() - begun)
}
