import type { Logger } from 'pino'
import type { Store } from '../db/store.ts'
import { keepAudit } from '../lib/audit-retention.ts'
import { createSweeper, type Sweeper } from '../lib/closed-branches.ts'
import type { Config } from '../lib/config.ts'
import { createFailedLogins, type FailedLogins } from '../lib/failed-logins.ts'
import type { Secrets } from '../lib/secrets.ts'
import { startDeliveries } from '../lib/webhooks/delivery.ts'
import { createWebhookSender } from './webhook-sender.ts'

/** What goes on beside the requests. */
export type Background = {
  readonly sweeper: Sweeper
  readonly failedLogins: FailedLogins
  /** Goes on with what an earlier run has left, and begins what is done by the clock. */
  begin(): void
  /** Resolves when nothing is under way; nothing is begun after it. */
  stop(): Promise<void>
}

export type BackgroundOptions = {
  readonly store: Store
  readonly secrets: Secrets
  readonly log: Logger
  /** UTC milliseconds. */
  readonly now: () => number
}

/** Sweeping of closed branches, failed logins, what the audit forgets, and webhooks; a fault of one goes to the log. */
export function createBackground(
  config: Pick<Config, 'auditRetentionDays' | 'webhookAllowPrivate'>,
  { store, secrets, log, now }: BackgroundOptions,
): Background {
  const told = (text: string) => (err: unknown) => log.error({ err }, text)
  const sweeper = createSweeper(store, told('a closed branch waits to be swept'))
  const failedLogins = createFailedLogins({
    store,
    now,
    lost: (count, err) => log.warn({ err, count }, 'failed logins are not in the audit'),
  })
  const workers: { stop(): Promise<void> }[] = [sweeper, failedLogins]
  return {
    sweeper,
    failedLogins,
    begin() {
      sweeper.wake()
      const failed = told('old audit rows wait to be removed')
      workers.push(keepAudit({ store, days: config.auditRetentionDays, now, failed }))
      const deliver = createWebhookSender({ allowPrivate: config.webhookAllowPrivate })
      const unsent = told('an event waits to be sent')
      const chance = { random: Math.random }
      workers.push(startDeliveries({ store, secrets, now, ...chance, deliver, failed: unsent }))
    },
    async stop() {
      await Promise.all(workers.map((worker) => worker.stop()))
    },
  }
}
