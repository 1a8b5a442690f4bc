import type { Measured } from './measure.ts'
import { ceiling, ours } from './subjects.ts'

/** A ratio of project by peer that is to be reached. */
type Goal = { readonly case: string; readonly subject: string; readonly ratio: number }

const goals: readonly Goal[] = [
  { case: 'one account, Restcomm XML', subject: ceiling, ratio: 0.25 },
  { case: 'one account, Restcomm XML', subject: 'express', ratio: 2.5 },
  { case: 'one account, Restcomm XML', subject: 'fastify', ratio: 1.1 },
  { case: 'one account, Restcomm XML', subject: 'koa', ratio: 1.5 },
  { case: 'page of 50, XML', subject: 'koa', ratio: 1.6 },
  { case: 'page of 50, JSON', subject: 'fastify', ratio: 1.4 },
  { case: 'create with password', subject: 'node:http', ratio: 1 / 1.3 },
  { case: 'create without password', subject: 'node:http', ratio: 1 / 1.3 },
]

const dialects = [
  'one account, Restcomm XML',
  'one account, Restcomm JSON',
  'one account, Twilio JSON',
  'one account, Crossbar JSON',
]
const mostBetweenDialects = 1.25

/** A line for each goal whose case was measured: what is wanted, what there is. */
export function goalLines(measured: readonly Measured[]): readonly string[] {
  const found = (name: string, subject: string) =>
    measured.find((one) => one.case === name && one.subject === subject)
  const lines = goals.flatMap((goal) => {
    const one = found(goal.case, goal.subject)
    return one === undefined
      ? []
      : [line(`${goal.case} by ${goal.subject}`, one.ratio.median, goal.ratio)]
  })
  const costs = dialects.flatMap((name) => found(name, ours)?.cpuMicroseconds.median ?? [])
  if (costs.length < dialects.length) {
    return lines
  }
  const between = Math.max(...costs) / Math.min(...costs)
  return [
    ...lines,
    line('the cheapest dialect by the dearest', 1 / between, 1 / mostBetweenDialects),
  ]
}

function line(what: string, is: number, wanted: number): string {
  return `${is >= wanted ? 'reached' : 'MISSED '}  ${is.toFixed(2)} of ${wanted.toFixed(2)}  ${what}`
}
