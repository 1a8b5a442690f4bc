import type { Store } from '../db/store.ts'

const chunk = 500
const everyMs = 60 * 60 * 1000
const dayMs = 24 * 60 * 60 * 1000

export type Retention = {
  /** Resolves when the chunk in hand is done; nothing is begun after it. */
  stop(): Promise<void>
}

export type RetentionOptions = {
  readonly store: Pick<Store, 'pruneAudit'>
  /** 0 for ever. */
  readonly days: number
  /** UTC milliseconds. */
  readonly now: () => number
  /** Told of a broken store. */
  readonly failed: (error: unknown) => void
  readonly everyMs?: number
}

/**
 * Removes the audit rows that are older than the operator keeps them, at once and then every hour, 500
 * at a time and letting requests pass between. Nothing else removes any.
 */
export function keepAudit(options: RetentionOptions): Retention {
  const { store, days, now, failed } = options
  let stopped = false
  let running: Promise<void> | undefined

  async function prune(): Promise<void> {
    const before = now() - days * dayMs
    while (!stopped && (await store.pruneAudit(before, chunk)) === 'more') {
      await new Promise((resume) => setImmediate(resume))
    }
  }

  function wake(): void {
    running ??= prune()
      .catch(failed)
      .finally(() => {
        running = undefined
      })
  }

  if (days === 0) {
    return { async stop() {} }
  }
  wake()
  const timer = setInterval(wake, options.everyMs ?? everyMs).unref()
  return {
    async stop() {
      stopped = true
      clearInterval(timer)
      await running
    },
  }
}
