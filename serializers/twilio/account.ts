import type { AccountStatus } from '../../db/store.ts'
import type { Account } from '../../lib/account.ts'
import { accountStatuses } from '../../lib/account-status.ts'
import { remembered } from '../../lib/remembered.ts'
import { rfcWithTwoDigitDay } from '../dates.ts'

/** Where this API's links begin, whatever prefix the server is mounted below (twilio.md 1). */
export const apiBase = '/2010-04-01'

/** The status words of this dialect. */
export type TwilioStatus = 'active' | 'suspended' | 'closed'

const subresources = [
  ['available_phone_numbers', 'AvailablePhoneNumbers'],
  ['calls', 'Calls'],
  ['conferences', 'Conferences'],
  ['incoming_phone_numbers', 'IncomingPhoneNumbers'],
  ['notifications', 'Notifications'],
  ['outgoing_caller_ids', 'OutgoingCallerIds'],
  ['recordings', 'Recordings'],
  ['transcriptions', 'Transcriptions'],
  ['addresses', 'Addresses'],
  ['signing_keys', 'SigningKeys'],
  ['connect_apps', 'ConnectApps'],
  ['sip', 'SIP'],
  ['authorized_connect_apps', 'AuthorizedConnectApps'],
  ['usage', 'Usage'],
  ['keys', 'Keys'],
  ['applications', 'Applications'],
  ['short_codes', 'SMS/ShortCodes'],
  ['queues', 'Queues'],
  ['messages', 'Messages'],
  ['balance', 'Balance'],
] as const

/** An account with every key every time (twilio.md 3): twilio-node makes a missing date the current time. */
export const accountJson = remembered((account: Account): object => {
  const path = `${apiBase}/Accounts/${account.sid}`
  return {
    sid: account.sid,
    friendly_name: account.friendlyName,
    status: twilioStatus(account.status),
    type: account.type,
    auth_token: account.authToken ?? null,
    owner_account_sid: account.parentSid ?? account.sid,
    date_created: rfcWithTwoDigitDay(account.createdAt),
    date_updated: rfcWithTwoDigitDay(account.updatedAt),
    uri: `${path}.json`,
    subresource_uris: Object.fromEntries(
      subresources.map(([key, name]) => [key, `${path}/${name}.json`]),
    ),
  }
})

/** Java's SDK turns a word that it does not know into null. */
function twilioStatus(status: AccountStatus): TwilioStatus {
  switch (status) {
    case 'active':
    case 'uninitialized':
      return 'active'
    case 'inactive':
    case 'suspended':
      return 'suspended'
    case 'closed':
      return 'closed'
  }
}

/** The statuses of the tree that this dialect calls by that word. */
export function statusesNamed(status: TwilioStatus): readonly AccountStatus[] {
  return accountStatuses.filter((candidate) => twilioStatus(candidate) === status)
}
