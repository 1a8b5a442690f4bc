import { eventNames, webhookNameLimit, webhookUrlLimit } from '../../../lib/webhooks/webhook.ts'
import { named } from './schema.ts'

/**
 * Ours, with the words of Kazoo's where it has them. What it calls `hook` and `http_verb` is refused
 * like any other key that nothing would heed.
 */
export const webhooks = named('webhooks', {
  description: 'Where an account is told of its changes',
  type: 'object',
  required: ['uri'],
  additionalProperties: false,
  properties: {
    name: {
      description: 'What people call it; the host of the uri when it is left out',
      type: 'string',
      minLength: 1,
      maxLength: webhookNameLimit,
    },
    uri: {
      description: 'Where events are sent by POST: http or https, without a user or a fragment',
      type: 'string',
      minLength: 1,
      maxLength: webhookUrlLimit,
    },
    events: {
      description: 'What it is told of; all means those to come too',
      type: 'array',
      uniqueItems: true,
      items: { type: 'string', enum: eventNames },
      default: ['all'],
    },
    include_subaccounts: {
      description: 'Whether it is told of the accounts below as well',
      type: 'boolean',
      default: false,
    },
    enabled: {
      description: 'Whether events are queued for it',
      type: 'boolean',
      default: true,
    },
  },
})
