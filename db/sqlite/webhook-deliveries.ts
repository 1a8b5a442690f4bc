import type {
  BusyWebhooks,
  DeliveryAttempt,
  DeliveryCounts,
  DueDelivery,
  WebhookRecord,
} from '../store.ts'
import { type AuditRow, recordFrom as eventFrom } from './audit.ts'
import type { Connection } from './connection.ts'

export type DeliveryRows = {
  /** Queues the event of an audit row for every webhook that is to be told of it. */
  queue(auditId: number | bigint): void
  /** Queues an audit row for one webhook, whatever it is told of otherwise, and ahead of what waits. */
  queueFor(auditId: number | bigint, webhookSid: string): void
  /** The longest due of each webhook but the busy ones. */
  due(now: number, busy: BusyWebhooks, limit: number): readonly DueDelivery[]
  /** Writes how a pending one ended, and lets the next of its line go; gives its webhook. */
  finish(attempt: DeliveryAttempt): string | undefined
  hasMorePending(webhookSid: string, than: number): boolean
  /** Gives up all that is pending. */
  giveUp(webhookSid: string, error: string, at: number): void
  count(): DeliveryCounts
  prune(before: number, limit: number): number
}

type DueRow = Omit<AuditRow, 'sid'> & {
  id: number
  attempts: number
  webhook_sid: string
  owner_sid: string
  url: string
  sealed_secret: Uint8Array
  previous_sealed_secret: Uint8Array | null
  previous_until: number | null
  failing_since: number | null
  event_sid: string | null
}

export function deliveryRows(connection: Connection): DeliveryRows {
  const statements = { ...prepareQueue(connection), ...prepareOutcomes(connection) }
  return {
    queue(auditId) {
      statements.queue.run({ auditId })
    },
    queueFor(auditId, webhookSid) {
      statements.queueFor.run({ auditId, webhookSid })
    },
    due(now, { webhooks, accounts }, limit) {
      const busy = { webhooks: JSON.stringify(webhooks), accounts: JSON.stringify(accounts) }
      return statements.due.all({ now, limit, ...busy }).map(dueFrom)
    },
    finish({ id, at, status = null, error = null, result }) {
      const state = typeof result === 'string' ? result : 'pending'
      const nextAt = typeof result === 'string' ? null : result.at
      const line = statements.finish.get({ id, at, status, error, state, nextAt })
      if (line !== undefined && state !== 'pending') {
        statements.letNextGo.run({ ...line, at })
      }
      return line?.webhookSid
    },
    hasMorePending: (webhookSid, than) => statements.beyond.get({ webhookSid, than }) !== undefined,
    giveUp(webhookSid, error, at) {
      statements.giveUp.run({ webhookSid, error, at })
    },
    count: () => statements.count.get() ?? { pending: 0, failed: 0 },
    prune: (before, limit) => statements.prune.run({ before, limit }).changes,
  }
}

const queue = `
  INSERT INTO webhook_deliveries (webhook_sid, event_sid, account_sid, state, attempts, next_at)
  SELECT webhook.sid, event.sid, event.account_sid, 'pending', 0,
`

/** An event goes out when nothing earlier about its account is pending to the same webhook. */
const queued = `${queue}
    CASE WHEN EXISTS (
      SELECT 1
      FROM webhook_deliveries AS earlier
      WHERE earlier.webhook_sid = webhook.sid AND earlier.account_sid = event.account_sid
        AND earlier.state = 'pending'
    ) THEN NULL ELSE event.at END
`

type DueTerms = { now: number; limit: number; webhooks: string; accounts: string }

function prepareQueue(connection: Connection) {
  return {
    // A move concerns both places: those above the old one would otherwise never hear that it went.
    // Behind a SELECT the id is no value to plan by: SQLite would plan anew for each, at 0.1 ms a write.
    queue: connection.prepare(`
      WITH event AS (
        SELECT sid, at, action, account_sid,
          CASE WHEN action = 'account.move' THEN json_extract(changes, '$.parentSid.from') END
            AS old_parent_sid
        FROM audit
        WHERE id = (SELECT @auditId) AND (action LIKE 'account.%' OR action LIKE 'callflow.%')
      ),
      told AS (
        SELECT step.value AS sid
        FROM event
        JOIN accounts AS account ON account.sid IN (event.account_sid, event.old_parent_sid)
        JOIN json_each('["' || replace(rtrim(account.path, '/'), '/', '","') || '"]') AS step
      )
      ${queued}
      FROM event
      JOIN webhooks AS webhook ON webhook.account_sid IN (SELECT sid FROM told)
      WHERE webhook.enabled = 1
        AND (webhook.includes_branch = 1 OR webhook.account_sid = event.account_sid)
        AND (
          webhook.events = '[]'
          OR event.action IN (SELECT value FROM json_each(webhook.events))
        )
    `),
    queueFor: connection.prepare(`
      ${queue} event.at
      FROM audit AS event
      JOIN webhooks AS webhook ON webhook.sid = @webhookSid
      WHERE event.id = (SELECT @auditId)
    `),
    due: connection.prepare<DueTerms, DueRow>(`
      SELECT due.id, due.attempts, webhook.sid AS webhook_sid, webhook.account_sid AS owner_sid,
        webhook.url, webhook.sealed_secret, webhook.previous_sealed_secret,
        webhook.previous_until, webhook.failing_since, event.sid AS event_sid, event.account_sid,
        event.at, event.action, event.target_sid, event.actor_sid, event.actor_key_sid,
        event.request_id, event.address, event.dialect, event.changes
      FROM (
        SELECT id, webhook_sid, event_sid, attempts, min(next_at) AS next_at
        FROM webhook_deliveries
        WHERE next_at <= @now
          AND webhook_sid NOT IN (SELECT value FROM json_each(@webhooks))
          AND webhook_sid NOT IN (
            SELECT sid
            FROM webhooks
            WHERE account_sid IN (SELECT value FROM json_each(@accounts))
          )
        GROUP BY webhook_sid
      ) AS due
      JOIN webhooks AS webhook ON webhook.sid = due.webhook_sid
      LEFT JOIN audit AS event ON event.sid = due.event_sid
      ORDER BY due.next_at
      LIMIT @limit
    `),
  }
}

type Line = { webhookSid: string; accountSid: string }
type Finishing = {
  id: number
  at: number
  status: number | null
  error: string | null
  state: string
  nextAt: number | null
}

function prepareOutcomes(connection: Connection) {
  return {
    finish: connection.prepare<Finishing, Line>(`
      UPDATE webhook_deliveries
      SET attempts = attempts + 1,
        attempted_at = @at,
        status = @status,
        error = @error,
        state = @state,
        next_at = @nextAt,
        finished_at = CASE WHEN @state = 'pending' THEN NULL ELSE @at END
      WHERE id = @id AND state = 'pending'
      RETURNING webhook_sid AS webhookSid, account_sid AS accountSid
    `),
    letNextGo: connection.prepare<Line & { at: number }>(`
      UPDATE webhook_deliveries
      SET next_at = @at
      WHERE id = (
        SELECT min(id)
        FROM webhook_deliveries
        WHERE webhook_sid = @webhookSid AND account_sid = @accountSid AND state = 'pending'
      )
    `),
    beyond: connection.prepare<{ webhookSid: string; than: number }, unknown>(`
      SELECT 1
      FROM webhook_deliveries
      WHERE webhook_sid = @webhookSid AND state = 'pending'
      LIMIT 1 OFFSET @than
    `),
    giveUp: connection.prepare(`
      UPDATE webhook_deliveries
      SET state = 'failed', next_at = NULL, finished_at = @at, error = @error, status = NULL
      WHERE webhook_sid = @webhookSid AND state = 'pending'
    `),
    count: connection.prepare<[], DeliveryCounts>(`
      SELECT
        (SELECT count(*) FROM webhook_deliveries WHERE state = 'pending') AS pending,
        (SELECT count(*) FROM webhook_deliveries WHERE state = 'failed') AS failed
    `),
    prune: connection.prepare(`
      DELETE FROM webhook_deliveries
      WHERE id IN (
        SELECT id FROM webhook_deliveries WHERE finished_at < @before LIMIT @limit
      )
    `),
  }
}

function dueFrom(row: DueRow): DueDelivery {
  const { id, attempts, event_sid: eventSid } = row
  return {
    id,
    attempts,
    webhook: webhookFrom(row),
    event: eventSid === null ? undefined : eventFrom({ ...row, sid: eventSid }),
  }
}

function webhookFrom(row: DueRow): DueDelivery['webhook'] {
  const { previous_sealed_secret: sealed, previous_until: until } = row
  const previousSecret: WebhookRecord['previousSecret'] =
    sealed === null || until === null ? undefined : { sealed, until }
  return {
    sid: row.webhook_sid,
    accountSid: row.owner_sid,
    url: row.url,
    secret: row.sealed_secret,
    previousSecret,
    failingSince: row.failing_since ?? undefined,
  }
}
