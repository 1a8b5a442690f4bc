import type { Account } from '../../lib/account.ts'
import type { XmlContent } from '../xml.ts'
import { apiVersion, dateText, type Face } from './face.ts'

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
    SubresourceUris: linksXml(uri),
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
    subresource_uris: linksJson(uri),
  }
}

/** Written out, since to make them of a table took a sixth of the time of the whole text. */
function linksXml(uri: string) {
  return {
    AvailablePhoneNumbers: `${uri}/AvailablePhoneNumbers`,
    Calls: `${uri}/Calls`,
    Conferences: `${uri}/Conferences`,
    IncomingPhoneNumbers: `${uri}/IncomingPhoneNumbers`,
    Notifications: `${uri}/Notifications`,
    OutgoingCallerIds: `${uri}/OutgoingCallerIds`,
    Recordings: `${uri}/Recordings`,
    Sandbox: `${uri}/Sandbox`,
    SMSMessages: `${uri}/SMS/Messages`,
    Transcriptions: `${uri}/Transcriptions`,
  }
}

function linksJson(uri: string) {
  return {
    available_phone_numbers: `${uri}/AvailablePhoneNumbers.json`,
    calls: `${uri}/Calls.json`,
    conferences: `${uri}/Conferences.json`,
    incoming_phone_numbers: `${uri}/IncomingPhoneNumbers.json`,
    notifications: `${uri}/Notifications.json`,
    outgoing_caller_ids: `${uri}/OutgoingCallerIds.json`,
    recordings: `${uri}/Recordings.json`,
    sandbox: `${uri}/Sandbox.json`,
    sms_messages: `${uri}/SMS/Messages.json`,
    transcriptions: `${uri}/Transcriptions.json`,
  }
}
