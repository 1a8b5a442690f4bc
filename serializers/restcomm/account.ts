import type { Account } from '../../lib/account.ts'
import type { XmlContent } from '../xml.ts'
import { apiVersion, dateText, type Face } from './face.ts'

/** The links of an account: their element, their JSON key and the path behind the account's own. */
const subresources = [
  ['AvailablePhoneNumbers', 'available_phone_numbers', 'AvailablePhoneNumbers'],
  ['Calls', 'calls', 'Calls'],
  ['Conferences', 'conferences', 'Conferences'],
  ['IncomingPhoneNumbers', 'incoming_phone_numbers', 'IncomingPhoneNumbers'],
  ['Notifications', 'notifications', 'Notifications'],
  ['OutgoingCallerIds', 'outgoing_caller_ids', 'OutgoingCallerIds'],
  ['Recordings', 'recordings', 'Recordings'],
  ['Sandbox', 'sandbox', 'Sandbox'],
  ['SMSMessages', 'sms_messages', 'SMS/Messages'],
  ['Transcriptions', 'transcriptions', 'Transcriptions'],
] as const

/** An account's elements in Restcomm's order (restcomm.md 3.1). */
export function accountXml(account: Account, face: Face): XmlContent {
  const uri = `/${apiVersion}/Accounts/${account.sid}`
  return {
    Sid: account.sid,
    organization: account.organizationSid,
    FriendlyName: account.friendlyName,
    EmailAddress: account.email,
    Status: account.status,
    Role: account.role,
    Type: account.type,
    DateCreated: dateText(account.createdAt, face),
    DateUpdated: dateText(account.updatedAt, face),
    AuthToken: account.authToken,
    Uri: uri,
    SubresourceUris: Object.fromEntries(
      subresources.map(([element, , path]) => [element, `${uri}/${path}`]),
    ),
  }
}

/** An account's keys in Restcomm's order, which is not that of the XML (restcomm.md 3.2). */
export function accountJson(account: Account, face: Face): object {
  const uri = `/${apiVersion}/Accounts/${account.sid}`
  return {
    sid: account.sid,
    organization: account.organizationSid,
    friendly_name: account.friendlyName,
    email_address: account.email,
    type: account.type,
    status: account.status,
    role: account.role,
    date_created: dateText(account.createdAt, face),
    date_updated: dateText(account.updatedAt, face),
    auth_token: account.authToken,
    uri: `/${apiVersion}/Accounts.json/${account.sid}`,
    subresource_uris: Object.fromEntries(
      subresources.map(([, key, path]) => [key, `${uri}/${path}.json`]),
    ),
  }
}
