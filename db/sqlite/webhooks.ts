import type { NewWebhook, WebhookChange, WebhookRecord } from '../store.ts'
import type { Connection } from './connection.ts'

export type WebhookRows = {
  find(sid: string): WebhookRecord | undefined
  of(accountSid: string): readonly WebhookRecord[]
  count(accountSid: string): number
  insert(webhook: NewWebhook): void
  change(sid: string, change: WebhookChange, at: number): void
  remove(sid: string): void
  /** Notes that an attempt failed or, without a time, that one did not. */
  setFailing(sid: string, since: number | undefined): void
}

type WebhookRow = {
  sid: string
  account_sid: string
  name: string
  url: string
  events: string
  includes_branch: number
  enabled: number
  sealed_secret: Uint8Array
  previous_sealed_secret: Uint8Array | null
  previous_until: number | null
  created_at: number
  updated_at: number
  revision: number
  failing_since: number | null
  pending: number
  failed: number
  last_event_sid: string | null
  last_at: number | null
  last_status: number | null
  last_error: string | null
}

export function webhookRows(connection: Connection): WebhookRows {
  const statements = prepareWebhooks(connection)
  return {
    find(sid) {
      const row = statements.find.get(sid)
      return row && recordFrom(row)
    },
    of: (accountSid) => statements.of.all(accountSid).map(recordFrom),
    count: (accountSid) => statements.count.get(accountSid)?.number ?? 0,
    insert(webhook) {
      statements.insert.run({ ...webhook, ...flags(webhook), events: eventsText(webhook.events) })
    },
    change(sid, change, at) {
      const { name = null, url = null, events, secret = null, previousSecret } = change
      statements.change.run({
        ...{ sid, at, name, url, secret, ...flags(change) },
        events: events === undefined ? null : eventsText(events),
        previous: previousSecret?.sealed ?? null,
        previousUntil: previousSecret?.until ?? null,
      })
    },
    remove(sid) {
      statements.remove.run(sid)
    },
    setFailing(sid, since) {
      statements.setFailing.run({ sid, since: since ?? null })
    },
  }
}

function eventsText(events: readonly string[]): string {
  return JSON.stringify(events)
}

function flags({ includesBranch, enabled }: Pick<WebhookChange, 'includesBranch' | 'enabled'>) {
  return {
    includesBranch: includesBranch === undefined ? null : Number(includesBranch),
    enabled: enabled === undefined ? null : Number(enabled),
  }
}

const selected = `
  SELECT webhook.sid, webhook.account_sid, name, url, events, includes_branch, enabled,
    sealed_secret, previous_sealed_secret, previous_until, created_at, updated_at, revision,
    failing_since,
    (
      SELECT count(*)
      FROM webhook_deliveries
      WHERE webhook_sid = webhook.sid AND state = 'pending'
    ) AS pending,
    (
      SELECT count(*)
      FROM webhook_deliveries
      WHERE webhook_sid = webhook.sid AND state = 'failed'
    ) AS failed,
    last.event_sid AS last_event_sid, last.attempted_at AS last_at, last.status AS last_status,
    last.error AS last_error
  FROM webhooks AS webhook
  LEFT JOIN webhook_deliveries AS last ON last.id = (
    SELECT id
    FROM webhook_deliveries
    WHERE webhook_sid = webhook.sid AND attempted_at IS NOT NULL
    ORDER BY attempted_at DESC, id DESC
    LIMIT 1
  )
`

function prepareWebhooks(connection: Connection) {
  return {
    find: connection.prepare<[string], WebhookRow>(`${selected} WHERE webhook.sid = ?`),
    of: connection.prepare<[string], WebhookRow>(`
      ${selected} WHERE webhook.account_sid = ? ORDER BY webhook.created_at, webhook.sid
    `),
    count: connection.prepare<[string], { number: number }>(
      'SELECT count(*) AS number FROM webhooks WHERE account_sid = ?',
    ),
    insert: connection.prepare(`
      INSERT INTO webhooks (
        sid, account_sid, name, url, events, includes_branch, enabled, sealed_secret, created_at,
        updated_at, revision
      )
      VALUES (
        @sid, @accountSid, @name, @url, @events, @includesBranch, @enabled, @secret, @createdAt,
        @createdAt, 1
      )
    `),
    change: connection.prepare(`
      UPDATE webhooks
      SET name = coalesce(@name, name),
        url = coalesce(@url, url),
        events = coalesce(@events, events),
        includes_branch = coalesce(@includesBranch, includes_branch),
        failing_since = CASE WHEN @enabled = 1 AND enabled = 0 THEN NULL ELSE failing_since END,
        enabled = coalesce(@enabled, enabled),
        sealed_secret = coalesce(@secret, sealed_secret),
        previous_sealed_secret = coalesce(@previous, previous_sealed_secret),
        previous_until = coalesce(@previousUntil, previous_until),
        updated_at = @at,
        revision = revision + 1
      WHERE sid = @sid
    `),
    remove: connection.prepare('DELETE FROM webhooks WHERE sid = ?'),
    setFailing: connection.prepare(`
      UPDATE webhooks
      SET failing_since = CASE WHEN @since IS NULL THEN NULL ELSE coalesce(failing_since, @since) END
      WHERE sid = @sid
    `),
  }
}

function recordFrom(row: WebhookRow): WebhookRecord {
  const { previous_sealed_secret: sealed, previous_until: until } = row
  const { last_event_sid: eventSid, last_at: at } = row
  return {
    sid: row.sid,
    accountSid: row.account_sid,
    name: row.name,
    url: row.url,
    events: JSON.parse(row.events),
    includesBranch: row.includes_branch === 1,
    enabled: row.enabled === 1,
    secret: row.sealed_secret,
    previousSecret: sealed === null || until === null ? undefined : { sealed, until },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    revision: row.revision,
    failingSince: row.failing_since ?? undefined,
    deliveries: {
      pending: row.pending,
      failed: row.failed,
      last:
        eventSid === null || at === null
          ? undefined
          : {
              ...{ eventSid, at },
              ...{ status: row.last_status ?? undefined, error: row.last_error ?? undefined },
            },
    },
  }
}
