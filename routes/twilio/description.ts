import { keyReaches, keyScopes } from '../../lib/api-keys.ts'
import { roles } from '../../lib/roles.ts'
import type { Parameter } from '../route.ts'
import { friendlyNameLimit } from './params.ts'

const friendlyName: Parameter = {
  name: 'FriendlyName',
  description: 'What people call it; made up from the time when it is left out at creation.',
  maxLength: friendlyNameLimit,
}

const statuses = ['active', 'suspended', 'closed'] as const

export const newAccountForm: readonly Parameter[] = [
  friendlyName,
  { name: 'EmailAddress', description: 'Extension: a name to log in by, beside the SID.' },
  { name: 'Password', description: 'Extension: logs in beside the AuthToken.', maxLength: 72 },
  { name: 'Role', description: "Extension: the creator's own when left out.", values: roles },
]

export const changeForm: readonly Parameter[] = [
  friendlyName,
  {
    name: 'Status',
    description: "Not of the caller's own account. What is `closed` takes no update.",
    values: statuses,
  },
]

export const filterQuery: readonly Parameter[] = [
  { name: 'FriendlyName', description: 'The whole name, letter by letter.' },
  { name: 'Status', description: 'Only those that stand so.', values: statuses },
]

export const pageQuery: readonly Parameter[] = [
  { name: 'PageSize', description: '50 when left out; more than 1000 counts as 1000.' },
  { name: 'Page', description: 'Counted from 0.' },
  { name: 'PageToken', description: 'As the links of the page before give it.' },
]

export const newKeyForm: readonly Parameter[] = [
  friendlyName,
  {
    name: 'Scope',
    description:
      'Extension: `read` looks, `write` also makes and changes accounts, `admin` (the standard) may ' +
      'all that its account may: AuthTokens, passwords, roles and keys too.',
    values: keyScopes,
  },
  {
    name: 'Reach',
    description:
      'Extension: the own account alone, whose secrets it then never sees, or (the standard) the ' +
      'branch below as well.',
    values: keyReaches,
  },
  { name: 'ExpiresAt', description: 'Extension: a time in ISO 8601 from which it is no key.' },
]

export const keyNameForm: readonly Parameter[] = [friendlyName]

const text = { type: 'string' } as const
const nullableText = { type: ['string', 'null'] } as const
const date = {
  type: 'string',
  pattern: '^[A-Z][a-z]{2}, \\d{2} [A-Z][a-z]{2} \\d{4} \\d{2}:\\d{2}:\\d{2} \\+0000$',
} as const
const nullableDate = { ...date, type: ['string', 'null'] } as const
const isoDate = { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$' } as const
const sid = { type: 'string', pattern: '^[0-9A-Za-z]{34}$' } as const
const token = { type: 'string', pattern: '^[0-9a-f]{32}$' } as const
const count = { type: 'integer', minimum: 0 } as const

function closedObject(properties: Readonly<Record<string, object>>): object {
  return {
    type: 'object',
    required: Object.keys(properties),
    additionalProperties: false,
    properties,
  }
}

const key = {
  sid,
  friendly_name: text,
  date_created: date,
  date_updated: date,
  scope: { enum: keyScopes },
  reach: { enum: keyReaches },
  date_expires: nullableDate,
  date_last_used: nullableDate,
}

function page(name: string, schema: string): object {
  return closedObject({
    first_page_uri: text,
    end: count,
    previous_page_uri: nullableText,
    [name]: { type: 'array', items: { $ref: `#/components/schemas/Twilio${schema}` } },
    uri: text,
    page_size: { type: 'integer', minimum: 1, maximum: 1000 },
    start: count,
    next_page_uri: nullableText,
    page: count,
  })
}

/** What this dialect answers: every key every time. */
export const schemas = {
  Account: closedObject({
    sid,
    friendly_name: text,
    status: { enum: statuses },
    type: { enum: ['Full', 'Trial'] },
    auth_token: { type: ['string', 'null'], description: 'Null for who may not set it anew.' },
    owner_account_sid: sid,
    date_created: date,
    date_updated: date,
    uri: text,
    subresource_uris: { type: 'object', additionalProperties: text },
  }),
  AccountPage: page('accounts', 'Account'),
  Key: closedObject(key),
  NewKey: closedObject({ ...key, secret: nullableText }),
  KeyPage: page('keys', 'Key'),
  SigningKeyPage: page('signing_keys', 'Key'),
  SecondaryToken: closedObject({
    account_sid: sid,
    date_created: isoDate,
    date_updated: isoDate,
    secondary_auth_token: token,
    url: text,
  }),
  PromotedToken: closedObject({
    account_sid: sid,
    auth_token: token,
    date_created: isoDate,
    date_updated: isoDate,
    url: text,
  }),
  Error: closedObject({
    code: { type: 'integer' },
    message: { type: 'string', minLength: 1 },
    more_info: text,
    status: { type: 'integer' },
  }),
}
