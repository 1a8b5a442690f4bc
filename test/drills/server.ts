import * as assert from 'uvu/assert'
import { basic } from '../support/restcomm.ts'
import { type Program, type ProgramOptions, startProgram } from '../support/start-process.ts'
import { settle } from './known.ts'
import { readyWithinMs } from './length.ts'
import { readWhole } from './stored.ts'
import { demo, type Place, type Writer } from './writers.ts'

/** Under coverage every process is several times slower, and the bar says nothing. */
const isMeasured = process.env.NODE_V8_COVERAGE === undefined

export type Restarted = { readonly program: Program; readonly readyMs: number }

/** Starts the server again and sees that it is ready within the bar. */
export async function restart(folder: string, options: ProgramOptions = {}): Promise<Restarted> {
  const begun = performance.now()
  const program = await startProgram(folder, demo, options)
  assert.ok(await isReady(program), 'ready as soon as it listens')
  const readyMs = Math.round(performance.now() - begun)
  assert.ok(!isMeasured || readyMs < readyWithinMs, `ready after ${readyMs} ms`)
  return { program, readyMs }
}

export async function isReady({ url }: Place): Promise<boolean> {
  return (await fetch(`${url}/ready`)).ok
}

/** Waits until the server is ready; throws when that takes longer than the bar. Gives the milliseconds. */
export async function readyAgain(place: Place): Promise<number> {
  const begun = performance.now()
  while (!(await isReady(place))) {
    assert.ok(performance.now() - begun < readyWithinMs, 'not ready again')
  }
  return Math.round(performance.now() - begun)
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
