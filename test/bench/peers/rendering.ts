import { createHash, randomBytes } from 'node:crypto'
import type { PeerAccount } from './data.ts'

// The same bytes as ours, made the shortest way there is: a yardstick that stays while ours changes.

const links = [
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

const twilioLinks = [
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

/** An account with its AuthToken. */
export type Opened = { readonly row: PeerAccount; readonly token: string }

export function xmlOf(opened: Opened): string {
  return `<RestcommResponse>\n${accountXml(opened, '  ')}\n</RestcommResponse>`
}

export function xmlList(list: readonly Opened[]): string {
  const items = list.map((opened) => accountXml(opened, '    ')).join('\n')
  return `<RestcommResponse>\n  <Accounts>\n${items}\n  </Accounts>\n</RestcommResponse>`
}

function accountXml({ row, token }: Opened, indent: string): string {
  const uri = `/2012-04-24/Accounts/${row.sid}`
  const inner = `\n${indent}  `
  const sub = links.map(([element, , path]) => `${inner}  <${element}>${uri}/${path}</${element}>`)
  const email =
    row.email === null ? '' : `${inner}<EmailAddress>${escaped(row.email)}</EmailAddress>`
  return (
    `${indent}<Account>${inner}<Sid>${row.sid}</Sid>` +
    `${inner}<organization>${row.organization_sid}</organization>` +
    `${inner}<FriendlyName>${escaped(row.friendly_name)}</FriendlyName>${email}` +
    `${inner}<Status>${row.status}</Status>${inner}<Role>${row.role}</Role>` +
    `${inner}<Type>${row.type}</Type>${inner}<DateCreated>${iso(row.created_at)}</DateCreated>` +
    `${inner}<DateUpdated>${iso(row.updated_at)}</DateUpdated>` +
    `${inner}<AuthToken>${token}</AuthToken>${inner}<Uri>${uri}</Uri>` +
    `${inner}<SubresourceUris>${sub.join('')}${inner}</SubresourceUris>\n${indent}</Account>`
  )
}

function escaped(text: string): string {
  return /[&<>"']/.test(text)
    ? text
        .replaceAll('&', '&amp;')
        .replaceAll('>', '&gt;')
        .replaceAll('<', '&lt;')
        .replaceAll('"', '&quot;')
        .replaceAll("'", '&apos;')
    : text
}

function iso(at: number): string {
  return new Date(at).toISOString().replace('Z', '+00:00')
}

export function jsonOf(opened: Opened): string {
  return JSON.stringify(accountJson(opened), null, 2)
}

export function jsonList(list: readonly Opened[]): string {
  return JSON.stringify(list.map(accountJson), null, 2)
}

function accountJson({ row, token }: Opened): object {
  const uri = `/2012-04-24/Accounts/${row.sid}`
  return {
    sid: row.sid,
    organization: row.organization_sid,
    friendly_name: row.friendly_name,
    email_address: row.email ?? undefined,
    type: row.type,
    status: row.status,
    role: row.role,
    date_created: iso(row.created_at),
    date_updated: iso(row.updated_at),
    auth_token: token,
    uri: `/2012-04-24/Accounts.json/${row.sid}`,
    subresource_uris: Object.fromEntries(
      links.map(([, key, path]) => [key, `${uri}/${path}.json`]),
    ),
  }
}

export function twilioOf({ row, token }: Opened): string {
  const path = `/2010-04-01/Accounts/${row.sid}`
  const date = (at: number) => new Date(at).toUTCString().replace('GMT', '+0000')
  return JSON.stringify({
    sid: row.sid,
    friendly_name: row.friendly_name,
    status: row.status,
    type: row.type,
    auth_token: token,
    owner_account_sid: row.parent_sid,
    date_created: date(row.created_at),
    date_updated: date(row.updated_at),
    uri: `${path}.json`,
    subresource_uris: Object.fromEntries(
      twilioLinks.map(([key, name]) => [key, `${path}/${name}.json`]),
    ),
  })
}

/** Kazoo's document of an account below the root, in its envelope. */
export function crossbarOf({ row }: Opened): { readonly body: string; readonly revision: string } {
  const shared = {
    ...{ call_restriction: {}, caller_id: {}, dial_plan: {}, language: 'en-us' },
    ...{ music_on_hold: {}, preflow: {}, ringtones: {}, timezone: 'America/Los_Angeles' },
    ...JSON.parse(row.document),
    id: row.sid.slice(2),
    name: row.friendly_name,
    realm: row.realm,
    enabled: row.status === 'active',
    created: Math.floor(row.created_at / 1000) + 62_167_219_200,
    is_reseller: row.is_reseller === 1,
    reseller_id: row.path.slice(2, 34),
    superduper_admin: row.parent_sid === null,
    wnm_allow_additions: false,
  }
  const digest = createHash('md5').update(JSON.stringify(shared)).digest('hex')
  const revision = `${row.revision}-${digest}`
  const body = JSON.stringify({
    data: { ...shared, billing_mode: 'normal' },
    revision,
    timestamp: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    version: '2',
    request_id: randomBytes(16).toString('hex'),
    status: 'success',
  })
  return { body, revision }
}
