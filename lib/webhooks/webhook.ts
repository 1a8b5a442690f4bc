import type { AuditChanges, WebhookRecord } from '../../db/store.ts'
import { auditActions, differences } from '../audit.ts'
import { invalid } from '../errors.ts'
import { checkedText } from '../text.ts'

/** Stands for every event, those to come included. */
export const allEvents = 'all'

/** What a list of events may name: a webhook is told of accounts and callflows. */
export const eventNames: readonly string[] = [
  allEvents,
  ...auditActions.filter((action) => /^(account|callflow)\./.test(action)),
]

export const webhookNameLimit = 128
export const webhookUrlLimit = 2048

/** What a client decides of a webhook. */
export type WebhookInput = {
  /** Undefined for the host of the URL. */
  readonly name: string | undefined
  readonly url: string
  /** At least one; each of `eventNames`. */
  readonly events: readonly string[]
  readonly includesBranch: boolean
  readonly enabled: boolean
}

/** A webhook as its account sees it; never with its secret. */
export type Webhook = Pick<
  WebhookRecord,
  'sid' | 'accountSid' | 'name' | 'url' | 'includesBranch' | 'enabled' | 'revision' | 'deliveries'
> & {
  /** At least one; each of `eventNames`. */
  readonly events: readonly string[]
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly failingSince: Date | undefined
  /** Until when what is sent is signed with the secret before the present one as well. */
  readonly previousSecretUntil: Date | undefined
}

export type StoredInput = Pick<
  WebhookRecord,
  'name' | 'url' | 'events' | 'includesBranch' | 'enabled'
>

/** The input as it is stored. Throws `invalid` for a bad URL, name or event. */
export function checkedInput({ events, ...input }: WebhookInput): StoredInput {
  const url = checkedUrl(input.url)
  const name = checkedText('webhookName', input.name ?? url.host, webhookNameLimit)
  const unknown = events.find((event) => !eventNames.includes(event))
  if (unknown !== undefined) {
    throw invalid('events', { rule: 'unknown', value: unknown, allowed: eventNames })
  }
  if (events.length === 0) {
    throw invalid('events', { rule: 'required' })
  }
  const named = events.includes(allEvents) ? [] : [...new Set(events)]
  return { ...input, name, url: url.href, events: named }
}

/** Where it really leads is seen when it is called: a name may point elsewhere by then. */
function checkedUrl(text: string): URL {
  if (text === '') {
    throw invalid('url', { rule: 'required' })
  }
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain =
    url !== undefined &&
    ['http:', 'https:'].includes(url.protocol) &&
    [url.username, url.password, url.hash].every((part) => part === '')
  if (!isPlain) {
    throw invalid('url', { rule: 'malformed', value: text.slice(0, 100) })
  }
  if (url.href.length > webhookUrlLimit) {
    const fault = { rule: 'tooLong', limit: webhookUrlLimit, unit: 'characters' } as const
    throw invalid('url', { ...fault, value: text })
  }
  return url
}

export function webhookFrom(record: WebhookRecord): Webhook {
  const { sid, accountSid, name, url, includesBranch, enabled, revision, deliveries } = record
  const { failingSince, previousSecret } = record
  return {
    ...{ sid, accountSid, name, url, includesBranch, enabled, revision, deliveries },
    events: record.events.length === 0 ? [allEvents] : record.events,
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.updatedAt),
    failingSince: failingSince === undefined ? undefined : new Date(failingSince),
    previousSecretUntil: previousSecret && new Date(previousSecret.until),
  }
}

/** What of a webhook is different, for the audit. */
export function webhookDifferences(
  before: StoredInput | undefined,
  after: StoredInput,
): AuditChanges {
  return differences(before === undefined ? {} : textsOf(before), textsOf(after))
}

function textsOf({ name, url, events, includesBranch, enabled }: StoredInput) {
  return {
    ...{ name, url },
    events: events.length === 0 ? allEvents : events.join(','),
    includesBranch: String(includesBranch),
    enabled: String(enabled),
  }
}
