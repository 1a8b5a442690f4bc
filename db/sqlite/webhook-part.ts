import type { Store } from '../store.ts'
import type { Connection } from './connection.ts'
import type { Tables } from './tables.ts'
import {
  changingWebhook,
  insertingWebhook,
  queueingTestEvent,
  recordingAttempt,
  removingWebhook,
} from './webhook-transactions.ts'

type WebhookMethods =
  | 'findWebhook'
  | 'webhooksOf'
  | 'insertWebhook'
  | 'changeWebhook'
  | 'removeWebhook'
  | 'queueTestEvent'

export function webhookPart(connection: Connection, tables: Tables): Pick<Store, WebhookMethods> {
  const { webhooks } = tables
  const insert = connection.transaction(insertingWebhook(tables))
  const change = connection.transaction(changingWebhook(tables))
  const remove = connection.transaction(removingWebhook(tables))
  const queueTestEvent = connection.transaction(queueingTestEvent(tables))
  return {
    async findWebhook(accountSid, sid) {
      const webhook = webhooks.find(sid)
      return webhook?.accountSid === accountSid ? webhook : undefined
    },
    webhooksOf: async (accountSid) => webhooks.of(accountSid),
    insertWebhook: async (...args) => insert.immediate(...args),
    changeWebhook: async (...args) => change.immediate(...args),
    removeWebhook: async (...args) => remove.immediate(...args),
    queueTestEvent: async (...args) => queueTestEvent.immediate(...args),
  }
}

type DeliveryMethods = 'dueDeliveries' | 'recordAttempt' | 'countDeliveries' | 'pruneDeliveries'

export function deliveryPart(connection: Connection, tables: Tables): Pick<Store, DeliveryMethods> {
  const { deliveries } = tables
  const recordAttempt = connection.transaction(recordingAttempt(tables))
  const prune = connection.transaction(deliveries.prune)
  return {
    dueDeliveries: async (...args) => deliveries.due(...args),
    recordAttempt: async (...args) => recordAttempt.immediate(...args),
    countDeliveries: async () => deliveries.count(),
    pruneDeliveries: async (before, limit) =>
      prune.immediate(before, limit) < limit ? 'done' : 'more',
  }
}
