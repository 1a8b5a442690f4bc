import {
  createApiKey,
  listApiKeys,
  readApiKey,
  removeApiKey,
  renameApiKey,
} from '../../lib/api-keys.ts'
import { authorize } from '../../lib/permissions.ts'
import { apiKeyJson, newKeyJson } from '../../serializers/twilio/api-key.ts'
import { pageJson, type TwilioPage } from '../../serializers/twilio/page.ts'
import { keyNameForm, newKeyForm, pageQuery } from './description.ts'
import type { Answer, Exchange, TwilioRoute } from './exchange.ts'
import { cutPage, readPageRequest } from './paging.ts'
import { readKeyName, readNewKey } from './params.ts'

/** The same keys under both of Twilio's names; only the key of the list differs (twilio.md 7). */
export const keyRoutes: readonly TwilioRoute[] = [
  ...routesOf('Keys', 'keys', 'KeyPage'),
  ...routesOf('SigningKeys', 'signing_keys', 'SigningKeyPage'),
]

function routesOf(
  collection: 'Keys' | 'SigningKeys',
  listName: TwilioPage['name'],
  pageSchema: string,
): readonly TwilioRoute[] {
  const path = `/Accounts/:id/${collection}`
  return [
    {
      method: 'GET',
      path,
      operation: {
        summary: 'List the API keys of an account',
        query: pageQuery,
        answer: { schema: pageSchema },
        refusals: [404],
      },
      handler: (exchange) => list(exchange, listName),
    },
    {
      method: 'POST',
      path,
      operation: {
        summary: 'Create an API key; its secret is shown this once',
        form: newKeyForm,
        answer: { status: 201, schema: 'NewKey' },
        refusals: [404, 409],
      },
      handler: create,
      again: createdBefore,
    },
    ...itemRoutes(`${path}/:key`),
  ]
}

function itemRoutes(path: string): readonly TwilioRoute[] {
  return [
    {
      method: 'GET',
      path,
      operation: { summary: 'Fetch an API key', answer: { schema: 'Key' }, refusals: [404] },
      handler: fetch,
    },
    {
      method: 'POST',
      path,
      operation: {
        summary: 'Rename an API key',
        form: keyNameForm,
        answer: { schema: 'Key' },
        refusals: [404],
      },
      handler: rename,
      again: fetch,
    },
    {
      method: 'DELETE',
      path,
      operation: { summary: 'Delete an API key', answer: { status: 204 }, refusals: [404] },
      handler: remove,
    },
  ]
}

async function list(
  { services, caller, target, listPath, query }: Exchange,
  name: TwilioPage['name'],
): Promise<Answer> {
  authorize(caller, 'manageSecrets', target)
  const request = readPageRequest(query())
  const keys = await listApiKeys(services, caller, target, request.read)
  const { rows, ...page } = cutPage(request, keys)
  const items = rows.map(apiKeyJson)
  return { status: 200, body: pageJson({ name, items, path: listPath, filters: {}, ...page }) }
}

async function create({ services, caller, target, form }: Exchange): Promise<Answer> {
  authorize(caller, 'manageSecrets', target)
  const input = readNewKey(form(), new Date(services.now()))
  return { status: 201, body: newKeyJson(await createApiKey(services, caller, target, input)) }
}

/** The secret is not kept, so it was shown once. */
async function createdBefore(exchange: Exchange, sid: string): Promise<Answer> {
  const { services, caller, target } = exchange
  const key = await readApiKey(services, caller, target, sid)
  return { status: 201, body: newKeyJson({ key, secret: undefined }) }
}

async function fetch({ services, caller, target, name }: Exchange): Promise<Answer> {
  return { status: 200, body: apiKeyJson(await readApiKey(services, caller, target, name)) }
}

async function rename({ services, caller, target, name, form }: Exchange): Promise<Answer> {
  authorize(caller, 'manageSecrets', target)
  const friendlyName = readKeyName(form())
  const key = await renameApiKey(services, caller, target, name, friendlyName)
  return { status: 200, body: apiKeyJson(key) }
}

async function remove({ services, caller, target, name }: Exchange): Promise<Answer> {
  await removeApiKey(services, caller, target, name)
  return { status: 204 }
}
