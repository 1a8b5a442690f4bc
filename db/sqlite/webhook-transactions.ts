import type { AuditEntry, Lineage, Store, WebhookRecord } from '../store.ts'
import { isCurrent, type Sync, type Tables } from './tables.ts'

export function insertingWebhook(tables: Tables): Sync<Store['insertWebhook']> {
  const { webhooks, audit } = tables
  return (webhook, lineage, entry, atMost = Number.POSITIVE_INFINITY) => {
    if (!isCurrent(tables, lineage, entry)) {
      return { outcome: 'stale' }
    }
    if (webhooks.count(webhook.accountSid) >= atMost) {
      return { outcome: 'quotaReached' }
    }
    webhooks.insert(webhook)
    audit.insert(entry)
    return { outcome: 'inserted' }
  }
}

export function changingWebhook(tables: Tables): Sync<Store['changeWebhook']> {
  const { webhooks, deliveries, audit } = tables
  return (before, change, lineage, entry) => {
    if (!isUntouched(tables, before, lineage, entry)) {
      return { outcome: 'stale' }
    }
    webhooks.change(before.sid, change, entry.at)
    if (change.enabled === false) {
      deliveries.giveUp(before.sid, 'disabled', entry.at)
    }
    audit.insert(entry)
    const webhook = webhooks.find(before.sid)
    if (webhook === undefined) {
      throw new Error(`webhook ${before.sid} is gone in the middle of a transaction`)
    }
    return { outcome: 'changed', webhook }
  }
}

export function removingWebhook(tables: Tables): Sync<Store['removeWebhook']> {
  return (before, lineage, entry) => {
    if (!isUntouched(tables, before, lineage, entry)) {
      return 'stale'
    }
    tables.webhooks.remove(before.sid)
    tables.audit.insert(entry)
    return 'removed'
  }
}

export function queueingTestEvent(tables: Tables): Sync<Store['queueTestEvent']> {
  return (before, lineage, entry) => {
    if (!isUntouched(tables, before, lineage, entry)) {
      return 'stale'
    }
    tables.deliveries.queueFor(tables.audit.insert(entry), before.sid)
    return 'queued'
  }
}

function isUntouched(
  tables: Tables,
  { sid, revision }: WebhookRecord,
  lineage: Lineage,
  entry: AuditEntry,
): boolean {
  return tables.webhooks.find(sid)?.revision === revision && isCurrent(tables, lineage, entry)
}

export function recordingAttempt(tables: Tables): Sync<Store['recordAttempt']> {
  const { webhooks, deliveries, audit } = tables
  return (attempt, terms, entry) => {
    const webhookSid = deliveries.finish(attempt)
    if (webhookSid === undefined) {
      return
    }
    const { at, result } = attempt
    webhooks.setFailing(webhookSid, result === 'delivered' ? undefined : at)
    const webhook = webhooks.find(webhookSid)
    if (result === 'delivered' || webhook?.enabled !== true) {
      return
    }
    const { failingSince = at } = webhook
    if (
      failingSince <= terms.failingSince ||
      deliveries.hasMorePending(webhookSid, terms.mostPending)
    ) {
      webhooks.change(webhookSid, { enabled: false }, at)
      deliveries.giveUp(webhookSid, 'disabled', at)
      audit.insert(entry)
    }
  }
}
