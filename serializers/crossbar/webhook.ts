import type { JsonObject, LastAttempt } from '../../db/store.ts'
import { withoutPrivate } from '../../lib/documents.ts'
import { md5Hex } from '../../lib/secrets.ts'
import type { Webhook } from '../../lib/webhooks/webhook.ts'
import { gregorianSeconds } from '../dates.ts'
import { idOf } from './account.ts'

/** Keys that only the server sets; clients send them back as read, and they are ignored. */
const ownedKeys = ['id', 'created', 'modified', 'secret', 'previous_secret_until', 'deliveries']

/** What of a document a client decides. */
export function givenWebhook(document: JsonObject): JsonObject {
  return withoutPrivate(document, ownedKeys)
}

/** What a patch is laid over. */
export function patchedWebhook(webhook: Webhook): JsonObject {
  return {
    name: webhook.name,
    uri: webhook.url,
    events: webhook.events,
    include_subaccounts: webhook.includesBranch,
    enabled: webhook.enabled,
  }
}

/** A webhook with how its deliveries go. Times are gregorian seconds. */
export function webhookDocument(webhook: Webhook): JsonObject {
  const { deliveries, previousSecretUntil, failingSince } = webhook
  const { pending, failed, last } = deliveries
  return {
    ...patchedWebhook(webhook),
    id: idOf(webhook.sid),
    created: gregorianSeconds(webhook.createdAt),
    modified: gregorianSeconds(webhook.updatedAt),
    ...(previousSecretUntil && { previous_secret_until: gregorianSeconds(previousSecretUntil) }),
    deliveries: {
      ...{ pending, failed },
      ...(failingSince && { failing_since: gregorianSeconds(failingSince) }),
      ...(last && { last_attempt: attemptDocument(last) }),
    },
  }
}

function attemptDocument({ at, eventSid, status, error }: LastAttempt): JsonObject {
  return {
    at: gregorianSeconds(new Date(at)),
    event_id: eventSid,
    ...(status !== undefined && { status }),
    ...(error !== undefined && { error }),
  }
}

/** Another text whenever anything that is shown is another; it begins with what counts the changes. */
export function webhookRevision(webhook: Webhook): string {
  return `${webhook.revision}-${md5Hex(JSON.stringify(webhookDocument(webhook)))}`
}
