import type { AuditRecord } from './audit-records.ts'
import type { QuotaReached } from './records.ts'

/** Where an account is told of its changes. */
export type WebhookRecord = {
  readonly sid: string
  readonly accountSid: string
  readonly name: string
  readonly url: string
  /** The actions that it is told of; empty for all. */
  readonly events: readonly string[]
  /** Whether it is told of the accounts below its own as well. */
  readonly includesBranch: boolean
  readonly enabled: boolean
  /** Sealed for its SID. */
  readonly secret: Uint8Array
  /** The one before, which signs beside it for a while. */
  readonly previousSecret: PreviousSecret | undefined
  /** UTC milliseconds. */
  readonly createdAt: number
  /** UTC milliseconds. */
  readonly updatedAt: number
  /** Grows with every change by a client. */
  readonly revision: number
  /** Since when every attempt has failed, in UTC milliseconds; undefined when the last one did not. */
  readonly failingSince: number | undefined
  readonly deliveries: WebhookDeliveries
}

export type PreviousSecret = {
  readonly sealed: Uint8Array
  /** UTC milliseconds. */
  readonly until: number
}

export type DeliveryCounts = { readonly pending: number; readonly failed: number }

/** What became of the events of a webhook, of those that are not forgotten yet. */
export type WebhookDeliveries = DeliveryCounts & {
  readonly last: LastAttempt | undefined
}

export type LastAttempt = {
  readonly eventSid: string
  /** UTC milliseconds. */
  readonly at: number
  /** What the receiver answered; undefined when it did not. */
  readonly status: number | undefined
  /** Why there was no answer. */
  readonly error: string | undefined
}

export type NewWebhook = Omit<
  WebhookRecord,
  'previousSecret' | 'updatedAt' | 'revision' | 'failingSince' | 'deliveries'
>

/** The columns to write; what is absent stays. Disabling gives up what is queued. */
export type WebhookChange = Partial<
  Pick<WebhookRecord, 'name' | 'url' | 'events' | 'includesBranch' | 'enabled' | 'secret'>
> & {
  readonly previousSecret?: PreviousSecret
}

export type WebhookInsertOutcome =
  | { readonly outcome: 'inserted' }
  | QuotaReached
  | { readonly outcome: 'stale' }

export type WebhookChangeOutcome =
  | { readonly outcome: 'changed'; readonly webhook: WebhookRecord }
  | { readonly outcome: 'stale' }

/** To which nothing more is to be sent for now: webhooks, and all those of accounts. */
export type BusyWebhooks = {
  readonly webhooks: readonly string[]
  readonly accounts: readonly string[]
}

/** An event that is to be sent now, with all that this takes. */
export type DueDelivery = {
  readonly id: number
  /** How often it was tried before. */
  readonly attempts: number
  readonly webhook: Pick<
    WebhookRecord,
    'sid' | 'accountSid' | 'url' | 'secret' | 'previousSecret' | 'failingSince'
  >
  /** Undefined when the audit has forgotten it. */
  readonly event: AuditRecord | undefined
}

/** How an attempt ended, and what follows from it. */
export type DeliveryAttempt = {
  readonly id: number
  /** UTC milliseconds. */
  readonly at: number
  readonly status?: number
  readonly error?: string
  /** Done, or when it is tried again, in UTC milliseconds, or given up. */
  readonly result: 'delivered' | 'failed' | { readonly at: number }
}

/** When a webhook is disabled, unless the attempt was a success. */
export type DisableTerms = {
  /** When it has been failing since this moment or longer, in UTC milliseconds. */
  readonly failingSince: number
  /** When more than these are pending. */
  readonly mostPending: number
}
