import type { Measured } from './measure.ts'
import type { Spread } from './statistics.ts'
import { ceiling, ours } from './subjects.ts'
import { verdict } from './verdict.ts'

/** A ratio of project by peer that is to be reached. */
type Goal = { readonly case: string; readonly subject: string; readonly ratio: number }

const goals: readonly Goal[] = [
  { case: 'one account, Restcomm XML', subject: ceiling, ratio: 0.25 },
  { case: 'one account, Restcomm XML', subject: 'express', ratio: 2.5 },
  { case: 'one account, Restcomm XML', subject: 'fastify', ratio: 1.1 },
  { case: 'one account, Restcomm XML', subject: 'koa', ratio: 1.5 },
  { case: 'page of 50, XML', subject: 'koa', ratio: 1.6 },
  { case: 'page of 50, JSON', subject: 'fastify', ratio: 1.4 },
]

const dialects = [
  'one account, Restcomm XML',
  'one account, Restcomm JSON',
  'one account, Twilio JSON',
  'one account, Crossbar JSON',
]
const mostBetweenDialects = 1.25

/** A line for each goal whose case was measured: what there is, what is wanted. */
export function goalLines(measured: readonly Measured[]): readonly string[] {
  const found = (name: string, subject: string) =>
    measured.find((one) => one.case === name && one.subject === subject)
  const lines = goals.flatMap((goal) => {
    const one = found(goal.case, goal.subject)
    const what = `${goal.case}, by ${goal.subject}`
    return one === undefined ? [] : [verdict(what, one.ratio, `>= ${goal.ratio}`).line]
  })
  const costs = dialects.flatMap((name) => found(name, ours)?.cpuMicroseconds ?? [])
  if (costs.length < dialects.length) {
    return lines
  }
  const what = 'the dearest dialect by the cheapest'
  return [...lines, verdict(what, dearestByCheapest(costs), `<= ${mostBetweenDialects}`).line]
}

/** Of the middles; at the ends of their spreads it would be more or less by so much. */
function dearestByCheapest(costs: readonly Spread[]): Spread {
  const sorted = costs.toSorted((one, other) => one.median - other.median)
  const [cheapest, dearest] = [sorted[0], sorted.at(-1)]
  const by = (kind: keyof Spread, other: keyof Spread) =>
    (dearest?.[kind] ?? Number.NaN) / (cheapest?.[other] ?? Number.NaN)
  return { median: by('median', 'median'), least: by('least', 'most'), most: by('most', 'least') }
}
