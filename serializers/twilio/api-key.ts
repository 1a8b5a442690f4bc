import type { ApiKey, NewKey } from '../../lib/api-keys.ts'
import { rfcWithTwoDigitDay } from '../dates.ts'

/** A key with Twilio's own four fields and, behind them, what ours hold beyond (twilio.md 7). */
export function apiKeyJson(key: ApiKey): object {
  return {
    sid: key.sid,
    friendly_name: key.friendlyName,
    date_created: rfcWithTwoDigitDay(key.createdAt),
    date_updated: rfcWithTwoDigitDay(key.updatedAt),
    scope: key.scope,
    reach: key.reach,
    date_expires: key.expiresAt === undefined ? null : rfcWithTwoDigitDay(key.expiresAt),
    date_last_used: key.lastUsedAt === undefined ? null : rfcWithTwoDigitDay(key.lastUsedAt),
  }
}

/** A key that was just made, with its secret; a repeated request gets null in its place. */
export function newKeyJson({ key, secret }: NewKey): object {
  return { ...apiKeyJson(key), secret: secret ?? null }
}
