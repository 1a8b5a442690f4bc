import {
  createSecondaryToken,
  promoteSecondaryToken,
  readAuthToken,
  readSecondaryToken,
  removeSecondaryToken,
  type ShownToken,
} from '../../lib/auth-tokens.ts'
import type { Caller } from '../../lib/caller.ts'
import type { Services } from '../../lib/services.ts'
import { promotedTokenJson, secondaryTokenJson } from '../../serializers/twilio/auth-token.ts'
import type { Answer, Exchange, TwilioRoute } from './exchange.ts'

/** Below `/v1/AuthTokens`, which Twilio serves on a host of its own (twilio.md 7). */
export const authTokensPrefix = '/v1/AuthTokens'

export const authTokenRoutes: readonly TwilioRoute[] = [
  {
    method: 'POST',
    path: '/Secondary',
    operation: {
      summary: "Give the caller's account a secondary AuthToken beside the first",
      answer: { status: 201, schema: 'SecondaryToken' },
      refusals: [409],
    },
    handler: (exchange) => created(exchange, createSecondaryToken),
    again: (exchange) => created(exchange, readSecondaryToken),
  },
  {
    method: 'DELETE',
    path: '/Secondary',
    operation: {
      summary: 'Take the secondary AuthToken away',
      answer: { status: 204 },
      refusals: [404, 409],
    },
    handler: remove,
  },
  {
    method: 'POST',
    path: '/Promote',
    operation: {
      summary: 'Make the secondary AuthToken the only one',
      answer: { schema: 'PromotedToken' },
      refusals: [404, 409],
    },
    handler: (exchange) => promoted(exchange, promoteSecondaryToken),
    again: (exchange) => promoted(exchange, readAuthToken),
  },
]

type Showing = (services: Services, caller: Caller) => Promise<ShownToken>

async function created({ services, caller, publicUrl }: Exchange, shown: Showing): Promise<Answer> {
  const url = publicUrl(`${authTokensPrefix}/Secondary`)
  return { status: 201, body: secondaryTokenJson(await shown(services, caller), url) }
}

async function remove({ services, caller }: Exchange): Promise<Answer> {
  await removeSecondaryToken(services, caller)
  return { status: 204 }
}

async function promoted(
  { services, caller, publicUrl }: Exchange,
  shown: Showing,
): Promise<Answer> {
  const url = publicUrl(`${authTokensPrefix}/Promote`)
  return { status: 200, body: promotedTokenJson(await shown(services, caller), url) }
}
