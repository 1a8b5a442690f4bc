import type { ClosePreview } from '../lib/accounts/close-preview.ts'
import type { XmlContent } from './xml.ts'

/** What a close would hit, as JSON in every dialect, but for the account's id. */
export function previewCounts(preview: ClosePreview) {
  return {
    accounts: preview.accounts,
    accounts_by_status: preview.byStatus,
    api_keys: preview.apiKeys,
    callflows: preview.callflows,
    numbers: preview.numbers,
    sessions: preview.sessions,
    realms: preview.realms,
    names: preview.names,
  }
}

/** The same facts in elements. */
export function previewXml(preview: ClosePreview): XmlContent {
  const { active, uninitialized, inactive, suspended } = preview.byStatus
  return {
    Sid: preview.sid,
    Accounts: String(preview.accounts),
    AccountsByStatus: {
      Active: String(active),
      Uninitialized: String(uninitialized),
      Inactive: String(inactive),
      Suspended: String(suspended),
    },
    ApiKeys: String(preview.apiKeys),
    Callflows: String(preview.callflows),
    Numbers: String(preview.numbers),
    Sessions: String(preview.sessions),
    Realms: String(preview.realms),
    Names: String(preview.names),
  }
}
