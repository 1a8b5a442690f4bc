import { type Case, cases } from './cases.ts'
import { load, type Run } from './load.ts'
import { ratiosOf, type Spread, spreadOf } from './statistics.ts'
import { ceiling, koaCeiling, limited, ours, type Subjects } from './subjects.ts'

export type Effort = {
  readonly rounds: number
  /** Requests of weight 1 in one run, and before the first. */
  readonly requests: number
  readonly warmUp: number
}

/** What one subject did in one case. */
export type Measured = {
  readonly case: string
  readonly subject: string
  readonly cpuMicroseconds: Spread
  readonly requestsPerSecond: Spread
  readonly p99Ms: Spread
  /** Project by peer, from the CPU time of the same round: above 1 ours needs less. */
  readonly ratio: Spread
}

const fewest = 8
const warmAfter = 30_000

/**
 * What all cases of a server share is compiled as well as it will be after so many requests: from
 * 8,000 to 25,000 a read of ours still went from 43 us to 36.
 */
export async function warmUp(subjects: Subjects): Promise<void> {
  const [first] = cases
  for (const server of subjects.values()) {
    await load(server, first?.requests ?? [], warmAfter)
  }
}

/**
 * Runs all subjects of a case after another, round by round, so that whatever else the machine does
 * falls on all of them; ours is compared with each within a round.
 */
export async function measure(
  { name, requests, weight, weights, peers }: Case,
  subjects: Subjects,
  effort: Effort,
): Promise<readonly Measured[]> {
  const chosen = [...subjects].filter(
    ([subject]) =>
      [ours, limited, ceiling, koaCeiling].includes(subject) ||
      peers === undefined ||
      peers.includes(subject),
  )
  const amount = (subject: string, count: number) =>
    Math.max(fewest, requests.length, Math.ceil(count / (weights?.[subject] ?? weight)))
  const runs = new Map<string, Run[]>(chosen.map(([subject]) => [subject, []]))
  for (const [subject, server] of chosen) {
    await load(server, requests, amount(subject, effort.warmUp))
  }
  for (let round = 0; round < effort.rounds; round += 1) {
    for (const [subject, server] of chosen) {
      runs.get(subject)?.push(await load(server, requests, amount(subject, effort.requests)))
    }
  }
  const costs = (done: readonly Run[]) => done.map((run) => run.cpuMicrosecondsPerRequest)
  const own = costs(runs.get(ours) ?? [])
  return [...runs].map(([subject, done]) => ({
    case: name,
    subject,
    cpuMicroseconds: spreadOf(costs(done)),
    requestsPerSecond: spreadOf(done.map((run) => run.requestsPerSecond)),
    p99Ms: spreadOf(done.map((run) => run.p99Ms)),
    ratio: ratiosOf(costs(done), own),
  }))
}
