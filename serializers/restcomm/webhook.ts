import type { LastAttempt } from '../../db/store.ts'
import type { Webhook } from '../../lib/webhooks/webhook.ts'
import type { XmlContent } from '../xml.ts'
import { apiVersion, dateText, type Face } from './face.ts'

/** The elements of a webhook; its secret is given where it was just made. */
export function webhookXml(webhook: Webhook, face: Face, secret: string | undefined): XmlContent {
  const { deliveries, previousSecretUntil, failingSince } = webhook
  return {
    Sid: webhook.sid,
    AccountSid: webhook.accountSid,
    FriendlyName: webhook.name,
    Url: webhook.url,
    Events: webhook.events.join(','),
    IncludeSubaccounts: String(webhook.includesBranch),
    Enabled: String(webhook.enabled),
    DateCreated: dateText(webhook.createdAt, face),
    DateUpdated: dateText(webhook.updatedAt, face),
    Secret: secret,
    PreviousSecretUntil: previousSecretUntil && dateText(previousSecretUntil, face),
    PendingCount: String(deliveries.pending),
    FailedCount: String(deliveries.failed),
    FailingSince: failingSince && dateText(failingSince, face),
    LastAttempt: deliveries.last && attemptXml(deliveries.last, face),
    Uri: `/${apiVersion}/Accounts/${webhook.accountSid}/Webhooks/${webhook.sid}`,
  }
}

function attemptXml({ at, eventSid, status, error }: LastAttempt, face: Face): XmlContent {
  return {
    Date: dateText(new Date(at), face),
    EventSid: eventSid,
    Status: status === undefined ? undefined : String(status),
    Error: error,
  }
}

/** The keys of a webhook, with the same facts. */
export function webhookJson(webhook: Webhook, face: Face, secret: string | undefined): object {
  const { deliveries, previousSecretUntil, failingSince } = webhook
  return {
    sid: webhook.sid,
    account_sid: webhook.accountSid,
    friendly_name: webhook.name,
    url: webhook.url,
    events: webhook.events,
    include_subaccounts: webhook.includesBranch,
    enabled: webhook.enabled,
    date_created: dateText(webhook.createdAt, face),
    date_updated: dateText(webhook.updatedAt, face),
    secret,
    previous_secret_until: previousSecretUntil && dateText(previousSecretUntil, face),
    pending_count: deliveries.pending,
    failed_count: deliveries.failed,
    failing_since: failingSince && dateText(failingSince, face),
    last_attempt: deliveries.last && attemptJson(deliveries.last, face),
    uri: `/${apiVersion}/Accounts.json/${webhook.accountSid}/Webhooks/${webhook.sid}`,
  }
}

function attemptJson({ at, eventSid, status, error }: LastAttempt, face: Face): object {
  return { date: dateText(new Date(at), face), event_sid: eventSid, status, error }
}
