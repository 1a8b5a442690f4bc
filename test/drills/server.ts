import { availableParallelism, loadavg } from 'node:os'
import * as assert from 'uvu/assert'
import { basic } from '../support/restcomm.ts'
import { type Program, type ProgramOptions, startProgram } from '../support/start-process.ts'
import { settle } from './known.ts'
import { readyWithinMs } from './length.ts'
import { readWhole } from './stored.ts'
import { demo, type Place, type Writer } from './writers.ts'

/** Milliseconds from starts, or from the ends of faults, to readiness. */
export type ReadyTimes = number[]

/** Starts the server again, which is to be ready as soon as it listens. */
export async function restart(
  folder: string,
  times: ReadyTimes = [],
  options: ProgramOptions = {},
): Promise<Program> {
  const begun = performance.now()
  const program = await startProgram(folder, demo, options)
  assert.ok(await isReady(program), 'ready as soon as it listens')
  times.push(Math.round(performance.now() - begun))
  return program
}

/** Under coverage, or where others keep the machine busy, a start waits for its turn and the bar says nothing. */
function isMeasured(): boolean {
  const [load = 0] = loadavg()
  return process.env.NODE_V8_COVERAGE === undefined && load < 2 * availableParallelism()
}

/**
 * Half of the times at least are to be under the bar. Not all of them: one start may have to wait for
 * other work of the machine, which the longest of them, told here, then shows.
 */
export function readyFigures(since: string, times: ReadyTimes): Readonly<Record<string, number>> {
  const sorted = times.toSorted((one, other) => one - other)
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0
  assert.ok(!isMeasured() || median < readyWithinMs, `ready after ${median} ms`)
  return {
    [`ms from ${since} to ready as a rule`]: median,
    [`ms from ${since} at most`]: sorted.at(-1) ?? 0,
  }
}

export async function isReady({ url }: Place): Promise<boolean> {
  return (await fetch(`${url}/ready`)).ok
}

/** Waits until the server is ready; throws when that takes far longer than the bar. */
export async function readyAgain(place: Place, times: ReadyTimes): Promise<void> {
  const begun = performance.now()
  while (!(await isReady(place))) {
    assert.ok(performance.now() - begun < 5 * readyWithinMs, 'not ready again')
  }
  times.push(Math.round(performance.now() - begun))
}

/** Nothing acknowledged is missing and nothing is half done. */
export function assertKept(folder: string, writers: readonly Writer[]): void {
  const stored = readWhole(folder)
  const known = writers.reduce((sum, writer) => sum + settle(writer, stored), 0)
  assert.is(stored.size, 1 + writers.length + known)
}

/** Accounts whose password was changed are reached by the new one, those of a closed branch by none. */
export async function assertLogins(place: Place, writers: readonly Writer[]): Promise<void> {
  for (const { accounts, passwords } of writers) {
    for (const [sid, password] of [...passwords].slice(-3)) {
      const account = accounts.get(sid)
      const parent = accounts.get(account?.parentSid ?? '')
      const isActive = account?.status === 'active' && parent?.status !== 'closed'
      const headers = { Authorization: basic(sid, password) }
      const { status } = await fetch(`${place.url}/2012-04-24/Accounts/${sid}.json`, { headers })
      assert.is(status, isActive ? 200 : 403, `${sid} with its password`)
    }
    passwords.clear()
  }
}

export function answeredBy(writers: readonly Writer[]): number {
  return writers.reduce((sum, { answered }) => sum + answered, 0)
}
