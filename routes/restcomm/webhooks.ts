import { requireLiving } from '../../lib/accounts/read.ts'
import {
  changeWebhook,
  createWebhook,
  listWebhooks,
  readWebhook,
  removeWebhook,
  rotateWebhookSecret,
  sendTestEvent,
} from '../../lib/webhooks/manage.ts'
import type { Webhook } from '../../lib/webhooks/webhook.ts'
import type { Resource } from '../../serializers/restcomm/document.ts'
import type { Face } from '../../serializers/restcomm/face.ts'
import { webhookJson, webhookXml } from '../../serializers/restcomm/webhook.ts'
import { webhookForm } from './description.ts'
import type { Answer, Exchange, RestcommRoute } from './exchange.ts'
import { readWebhook as readWebhookForm } from './params.ts'

const answer = { schema: 'Webhook' } as const
const webhooksPath = '/Accounts/:id/Webhooks'
const webhookPath = `${webhooksPath}/:webhook`

/** Where an account is told of its changes; Restcomm has nothing like it. */
export const webhookRoutes: readonly RestcommRoute[] = [
  {
    method: 'GET',
    path: webhooksPath,
    operation: {
      summary: 'List the webhooks of an account',
      answer: { ...answer, list: true },
      refusals: [404],
    },
    handler: list,
  },
  {
    method: 'POST',
    path: webhooksPath,
    operation: {
      summary: 'Create a webhook; its secret is shown this once',
      description: 'For Administrators of the account and of those above it. `Url` is required.',
      form: webhookForm,
      answer,
      refusals: [400, 404, 409],
    },
    handler: create,
    again,
  },
  {
    method: 'GET',
    path: webhookPath,
    operation: { summary: 'Read a webhook and how its deliveries go', answer, refusals: [404] },
    handler: read,
  },
  ...(['POST', 'PUT'] as const).map((method) => ({
    method,
    path: webhookPath,
    operation: {
      summary: 'Change a webhook',
      description: 'PUT and POST are the same. Disabling it gives up the events that wait.',
      form: webhookForm,
      answer,
      refusals: [400, 404, 409],
    },
    handler: change,
    again,
  })),
  {
    method: 'DELETE',
    path: webhookPath,
    operation: {
      summary: 'Delete a webhook with the events that wait',
      answer: { status: 204 },
      refusals: [404, 409],
    },
    handler: remove,
  },
  {
    method: 'POST',
    path: `${webhookPath}/Secret`,
    operation: {
      summary: 'Give a webhook a new secret; for 24 hours the old one signs beside it',
      answer,
      refusals: [404, 409],
    },
    handler: rotate,
    again,
  },
  {
    method: 'POST',
    path: `${webhookPath}/Test`,
    operation: {
      summary: 'Send the event `webhook.test` to a webhook, also to a disabled one',
      description: 'The event is queued; the webhook shows afterwards how its delivery went.',
      answer,
      refusals: [404, 409],
    },
    handler: test,
    again,
  },
]

async function list({ services, caller, target, face }: Exchange): Promise<Answer> {
  const webhooks = await listWebhooks(services, caller, target)
  return { many: onePage(webhooks, face), element: 'Webhook' }
}

async function create(exchange: Exchange): Promise<Answer> {
  const { services, caller, target, face, form } = exchange
  const account = requireLiving(caller, 'manageWebhooks', target)
  const input = readWebhookForm(form())(undefined)
  const { webhook, secret } = await createWebhook(services, caller, account, input)
  return { one: resource(webhook, face, secret) }
}

async function read({ services, caller, target, name, face }: Exchange): Promise<Answer> {
  return { one: resource(await readWebhook(services, caller, target, name), face) }
}

async function change({ services, caller, target, name, face, form }: Exchange): Promise<Answer> {
  const account = requireLiving(caller, 'manageWebhooks', target)
  const input = readWebhookForm(form())
  return { one: resource(await changeWebhook(services, caller, account, name, input), face) }
}

async function remove({ services, caller, target, name }: Exchange): Promise<Answer> {
  await removeWebhook(services, caller, target, name)
  return 'nothing'
}

async function rotate({ services, caller, target, name, face }: Exchange): Promise<Answer> {
  const { webhook, secret } = await rotateWebhookSecret(services, caller, target, name)
  return { one: resource(webhook, face, secret) }
}

async function test({ services, caller, target, name, face }: Exchange): Promise<Answer> {
  return { one: resource(await sendTestEvent(services, caller, target, name), face) }
}

/** A webhook that an equal request has made or changed, as it is now; a secret is shown once. */
async function again(exchange: Exchange, sid: string): Promise<Answer> {
  return read({ ...exchange, name: sid })
}

function resource(webhook: Webhook, face: Face, secret?: string): Resource {
  return {
    element: 'Webhook',
    xml: () => webhookXml(webhook, face, secret),
    json: () => webhookJson(webhook, face, secret),
  }
}

async function* onePage(webhooks: readonly Webhook[], face: Face): AsyncGenerator<Resource[]> {
  yield webhooks.map((webhook) => resource(webhook, face))
}
