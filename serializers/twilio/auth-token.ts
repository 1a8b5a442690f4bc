import type { ShownToken } from '../../lib/auth-tokens.ts'
import { isoToTheSecond } from '../dates.ts'

/** The tokens' API writes its dates in ISO 8601, unlike the accounts' (twilio.md 7). */
export function secondaryTokenJson(shown: ShownToken, url: string): object {
  return {
    account_sid: shown.accountSid,
    date_created: isoToTheSecond(shown.createdAt),
    date_updated: isoToTheSecond(shown.updatedAt),
    secondary_auth_token: shown.token,
    url,
  }
}

export function promotedTokenJson(shown: ShownToken, url: string): object {
  return {
    account_sid: shown.accountSid,
    auth_token: shown.token,
    date_created: isoToTheSecond(shown.createdAt),
    date_updated: isoToTheSecond(shown.updatedAt),
    url,
  }
}
