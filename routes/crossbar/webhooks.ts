import type { JsonObject } from '../../db/store.ts'
import { requireLiving } from '../../lib/accounts/read.ts'
import { mergeDocument } from '../../lib/documents.ts'
import { DomainError } from '../../lib/errors.ts'
import {
  changeWebhook,
  createWebhook,
  listWebhooks,
  readWebhook,
  removeWebhook,
  rotateWebhookSecret,
  sendTestEvent,
} from '../../lib/webhooks/manage.ts'
import type { Webhook, WebhookInput } from '../../lib/webhooks/webhook.ts'
import { idOf } from '../../serializers/crossbar/account.ts'
import {
  givenWebhook,
  patchedWebhook,
  webhookDocument,
  webhookRevision,
} from '../../serializers/crossbar/webhook.ts'
import { namesRevision } from './entity-tags.ts'
import type { Answer, CrossbarRoute, Exchange } from './exchange.ts'
import { validated } from './validated.ts'

const answer = { schema: 'Envelope' } as const
const created = { status: 201, schema: 'Envelope' } as const
const json = 'webhooks'
const webhooksPath = '/accounts/:id/webhooks'
const webhookPath = `${webhooksPath}/:webhook`
const changeRefusals = [400, 404, 409, 412]

/** Where an account is told of its changes: signed and with its own document, unlike Kazoo's. */
export const webhookRoutes: readonly CrossbarRoute[] = [
  {
    method: 'GET',
    path: webhooksPath,
    operation: { summary: 'List the webhooks of an account', answer, refusals: [404] },
    handler: list,
  },
  {
    method: 'PUT',
    path: webhooksPath,
    operation: {
      summary: 'Make a webhook; its secret is shown this once',
      description: 'For Administrators of the account and of those above it.',
      json,
      answer: created,
      refusals: [400, 404, 409],
    },
    handler: create,
    again: createdBefore,
  },
  {
    method: 'GET',
    path: webhookPath,
    operation: { summary: 'Read a webhook and how its deliveries go', answer, refusals: [404] },
    handler: read,
  },
  {
    method: 'POST',
    path: webhookPath,
    operation: {
      summary: 'Replace the document of a webhook; disabling it gives up the events that wait',
      json,
      answer,
      refusals: changeRefusals,
    },
    handler: (exchange) => change(exchange, (_before, sent) => sent),
    again,
  },
  {
    method: 'PATCH',
    path: webhookPath,
    operation: {
      summary: 'Lay a patch over the document of a webhook',
      json,
      answer,
      refusals: changeRefusals,
    },
    handler: (exchange) => change(exchange, mergeDocument),
    again,
  },
  {
    method: 'DELETE',
    path: webhookPath,
    operation: {
      summary: 'Delete a webhook with the events that wait',
      answer,
      refusals: [404, 409, 412],
    },
    handler: remove,
  },
  {
    method: 'PUT',
    path: `${webhookPath}/secret`,
    operation: {
      summary: 'Give a webhook a new secret; for 24 hours the old one signs beside it',
      answer: created,
      refusals: [404, 409],
    },
    handler: rotate,
    again: async (exchange, sid) => ({ ...(await again(exchange, sid)), status: 201 }),
  },
  {
    method: 'PUT',
    path: `${webhookPath}/test`,
    operation: {
      summary: 'Send the event webhook.test to a webhook, also to a disabled one',
      answer: created,
      refusals: [404, 409],
    },
    handler: test,
    again: async (exchange, sid) => ({ ...(await again(exchange, sid)), status: 201 }),
  },
]

async function list({ services, caller, target }: Exchange): Promise<Answer> {
  return { data: (await listWebhooks(services, caller, target)).map(webhookDocument) }
}

async function create(exchange: Exchange): Promise<Answer> {
  const { services, caller } = exchange
  const account = requireLiving(caller, 'manageWebhooks', exchange.target)
  const input = inputFrom(await exchange.data())
  const { webhook, secret } = await createWebhook(services, caller, account, input)
  return createdAnswer(shown(webhook, secret), webhook)
}

async function createdBefore({ services, caller, target }: Exchange, sid: string): Promise<Answer> {
  const webhook = await readWebhook(services, caller, target, sid)
  return createdAnswer(shown(webhook), webhook)
}

function createdAnswer(answered: Answer, { accountSid, sid }: Webhook): Answer {
  const location = `/v2/accounts/${idOf(accountSid)}/webhooks/${idOf(sid)}`
  return { ...answered, status: 201, location }
}

/** A webhook that an equal request has changed, as it is now; a secret is shown once. */
async function again({ services, caller, target }: Exchange, sid: string): Promise<Answer> {
  return shown(await readWebhook(services, caller, target, sid))
}

async function read(exchange: Exchange): Promise<Answer> {
  const { services, caller, target } = exchange
  return shown(await readWebhook(services, caller, target, sidOf(exchange)))
}

async function change(
  exchange: Exchange,
  documentFrom: (before: JsonObject, sent: JsonObject) => JsonObject,
): Promise<Answer> {
  const { services, caller, data } = exchange
  const account = requireLiving(caller, 'manageWebhooks', exchange.target)
  const sent = await data()
  const inputFor = (before: Webhook) => {
    requireSeen(exchange, before)
    return inputFrom(documentFrom(patchedWebhook(before), sent))
  }
  return shown(await changeWebhook(services, caller, account, sidOf(exchange), inputFor))
}

async function remove(exchange: Exchange): Promise<Answer> {
  const { services, caller, target } = exchange
  const seen = (before: Webhook) => requireSeen(exchange, before)
  return shown(await removeWebhook(services, caller, target, sidOf(exchange), seen))
}

async function rotate(exchange: Exchange): Promise<Answer> {
  const { services, caller, target } = exchange
  const rotated = await rotateWebhookSecret(services, caller, target, sidOf(exchange))
  return { ...shown(rotated.webhook, rotated.secret), status: 201 }
}

async function test(exchange: Exchange): Promise<Answer> {
  const { services, caller, target } = exchange
  const webhook = await sendTestEvent(services, caller, target, sidOf(exchange))
  return { ...shown(webhook), status: 201 }
}

function sidOf({ name }: Exchange): string {
  return `WH${name}`
}

function shown(webhook: Webhook, secret?: string): Answer {
  const document = webhookDocument(webhook)
  return {
    data: secret === undefined ? document : { ...document, secret },
    revision: webhookRevision(webhook),
  }
}

/** Throws `ValidationError` for a document that breaks the schema. */
function inputFrom(sent: JsonObject): WebhookInput {
  const { name, uri, events, include_subaccounts, enabled } = validated(
    'webhooks',
    givenWebhook(sent),
  )
  return {
    name: typeof name === 'string' ? name : undefined,
    url: String(uri),
    events: Array.isArray(events) ? events.map(String) : [],
    includesBranch: include_subaccounts === true,
    enabled: enabled === true,
  }
}

/** With If-Match, refuses to write over what the client has not seen; deliveries that went on are no change. */
function requireSeen({ ifMatch }: Exchange, before: Webhook): void {
  const seen = ifMatch?.replace(/-[0-9a-f]{32}/g, '')
  if (seen !== undefined && !namesRevision(seen, String(before.revision))) {
    throw new DomainError({ kind: 'preconditionFailed' })
  }
}
