import type { Spread } from './statistics.ts'

export type Bound = `<= ${number}` | `>= ${number}`

/** Whether the middle of a figure lies on the right side of its bound, and the line that says so. */
export function verdict(
  what: string,
  { median, least, most }: Spread,
  bound: Bound,
  unit = '',
): { readonly holds: boolean; readonly line: string } {
  const [sign, limit] = bound.split(' ')
  const wanted = Number(limit)
  const holds = sign === '<=' ? median <= wanted : median >= wanted
  const digits = wanted < 10 ? 2 : 0
  const [is, from, to] = [median, least, most].map((figure) => figure.toFixed(digits))
  const told = `${is} (${from}-${to}), wanted ${sign} ${wanted.toFixed(digits)} ${unit}`.trimEnd()
  return { holds, line: `${holds ? 'reached' : 'MISSED '}  ${what}: ${told}` }
}
