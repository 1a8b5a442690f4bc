import {
  createSecondaryToken,
  promoteSecondaryToken,
  removeSecondaryToken,
} from '../../lib/auth-tokens.ts'
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
    handler: create,
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
    handler: promote,
  },
]

async function create({ services, caller, publicUrl }: Exchange): Promise<Answer> {
  const shown = await createSecondaryToken(services, caller)
  const url = publicUrl(`${authTokensPrefix}/Secondary`)
  return { status: 201, body: secondaryTokenJson(shown, url) }
}

async function remove({ services, caller }: Exchange): Promise<Answer> {
  await removeSecondaryToken(services, caller)
  return { status: 204 }
}

async function promote({ services, caller, publicUrl }: Exchange): Promise<Answer> {
  const shown = await promoteSecondaryToken(services, caller)
  return { status: 200, body: promotedTokenJson(shown, publicUrl(`${authTokensPrefix}/Promote`)) }
}
