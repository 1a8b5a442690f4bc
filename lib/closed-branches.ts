import { setImmediate as nextTurn } from 'node:timers/promises'
import { StoreError } from '../db/errors.ts'
import type { Store } from '../db/store.ts'

const chunk = 500
const retryAfterMs = 1_000

export type Sweeper = {
  /** Begins, unless it is already at it, to bring the rows below closed accounts in line. */
  wake(): void
  /** Resolves when the chunk in hand is done; nothing is begun after it. */
  stop(): Promise<void>
}

/**
 * Marks the accounts below closed ones, 500 at a time and letting requests pass between. Nothing that
 * a client sees waits for it: the close itself holds from its own commit on, through the lineage.
 * What it does not finish is finished after the next start. `failed` is told of a broken store; when the
 * disk is to blame, it tries again every second.
 */
export function createSweeper(store: Store, failed: (error: unknown) => void): Sweeper {
  let running: Promise<void> | undefined
  let wokenAgain = false
  let stopped = false
  let retry: NodeJS.Timeout | undefined

  async function sweep(): Promise<void> {
    // The first turn may be the one in which the close was asked for: nobody new is heard before the second.
    await nextTurn()
    await nextTurn()
    while (!stopped && (await store.sweepClosedBranches(chunk)) === 'more') {
      await nextTurn()
    }
  }

  function wake(): void {
    clearTimeout(retry)
    if (running !== undefined) {
      wokenAgain = true
      return
    }
    running = sweep()
      .catch((error) => {
        failed(error)
        if (error instanceof StoreError && !stopped) {
          retry = setTimeout(wake, retryAfterMs)
        }
      })
      .finally(() => {
        running = undefined
        if (wokenAgain) {
          wokenAgain = false
          wake()
        }
      })
  }

  return {
    wake,
    async stop() {
      stopped = true
      clearTimeout(retry)
      await running
    },
  }
}
