import { accountStatuses } from '../../lib/account-status.ts'
import { auditActions } from '../../lib/audit.ts'
import { roles } from '../../lib/roles.ts'
import { eventNames, webhookNameLimit, webhookUrlLimit } from '../../lib/webhooks/webhook.ts'
import type { Parameter } from '../route.ts'
import { booleans, friendlyNameLimit } from './params.ts'

const friendlyName: Parameter = {
  name: 'FriendlyName',
  description: 'What people call the account. The e-mail when it is left out at creation.',
  maxLength: friendlyNameLimit,
}

const password: Parameter = {
  name: 'Password',
  description: 'A new password gives a new AuthToken and ends the old one.',
  maxLength: 72,
}

const status: Parameter = {
  name: 'Status',
  description: 'Read in any letter case. Only an account above reopens what is `closed`.',
  values: accountStatuses,
}

const role: Parameter = {
  name: 'Role',
  description:
    'For an Administrator to choose; left out at creation, the caller hands down its own.',
  values: roles,
}

export const newAccountForm: readonly Parameter[] = [
  { name: 'EmailAddress', required: true, description: 'Unique among all accounts, for ever.' },
  { ...password, required: true },
  friendlyName,
  status,
  role,
  { name: 'OrganizationSid', description: "For the root; anyone else's accounts share the own." },
]

export const changeForm: readonly Parameter[] = [
  friendlyName,
  status,
  password,
  role,
  {
    name: 'DryRun',
    description: 'With `Status=closed` and nothing else: answers what the close would hit.',
    values: ['true', 'false'],
  },
]

export const organizationForm: readonly Parameter[] = [
  {
    name: 'Organization',
    required: true,
    description: 'SID or domain name of the organization to move to.',
  },
]

export const organizationQuery: readonly Parameter[] = [
  { name: 'OrganizationSid', description: 'All accounts of this organization. For the root.' },
  { name: 'DomainName', description: 'The same by domain name.' },
]

export const organizationStatusQuery: readonly Parameter[] = [
  { name: 'Status', description: 'Only those that stand so.', values: ['active', 'closed'] },
]

export const auditQuery: readonly Parameter[] = [
  { name: 'StartTime', description: 'Not before this time: ISO 8601, or a date in UTC.' },
  { name: 'EndTime', description: 'Not after this time; a date is its first moment.' },
  { name: 'Action', description: 'Of this action alone.', values: auditActions },
  { name: 'Actor', description: 'Done by the account, or with the API key, of this SID.' },
  {
    name: 'Target',
    description: 'Done to the account, key, callflow, webhook or organization of this SID.',
  },
  { name: 'PageSize', description: 'Up to 1000; 50 when it is left out.' },
  { name: 'PageToken', description: 'As NextPageUri has it.' },
]

export const webhookForm: readonly Parameter[] = [
  {
    name: 'Url',
    description: 'Where events are sent by POST: http or https, without a user or a fragment.',
    maxLength: webhookUrlLimit,
  },
  {
    name: 'FriendlyName',
    description: 'What people call it. The host of the URL when it is left out at creation.',
    maxLength: webhookNameLimit,
  },
  {
    name: 'Events',
    description: 'What it is told of, comma between; `all`, the standard, means those to come too.',
  },
  {
    name: 'IncludeSubaccounts',
    description: 'Whether it is told of the accounts below as well; not by standard.',
    values: booleans,
  },
  {
    name: 'Enabled',
    description: 'Whether events are queued for it; by standard they are.',
    values: booleans,
  },
]

const text = { type: 'string' } as const
const count = { type: 'integer', minimum: 0 } as const
const openStatuses = ['active', 'uninitialized', 'inactive', 'suspended'] as const
const countNames = [
  'accounts',
  'api_keys',
  'callflows',
  'numbers',
  'sessions',
  'realms',
  'names',
] as const
const date = { type: 'string', description: 'ISO 8601 in UTC with milliseconds.' } as const

const auditEntry = {
  type: 'object',
  required: ['sid', 'account_sid', 'date_created', 'action', 'target_sid', 'changes'],
  additionalProperties: false,
  properties: {
    sid: { type: 'string', pattern: '^AU[0-9a-f]{32}$' },
    account_sid: text,
    date_created: date,
    action: text,
    target_sid: { ...text, description: 'Of the account, or of what belongs to it.' },
    actor_sid: {
      ...text,
      description: 'Absent when the program acted, or nobody had proved to be.',
    },
    actor_key_sid: { ...text, description: 'The API key, when one was used.' },
    request_id: text,
    address: text,
    dialect: text,
    changes: {
      type: 'object',
      description: 'By field; of a secret only that it was changed.',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: { from: text, to: text },
      },
    },
  },
} as const

/** The JSON forms of what this dialect answers; XML holds the same facts. */
export const schemas = {
  ChangedAccount: {
    oneOf: [
      { $ref: '#/components/schemas/RestcommAccount' },
      { $ref: '#/components/schemas/RestcommClosePreview' },
    ],
  },
  ClosePreview: {
    type: 'object',
    required: [...countNames, 'sid', 'accounts_by_status'],
    additionalProperties: false,
    properties: {
      sid: { type: 'string', pattern: '^[0-9A-Za-z]{34}$' },
      accounts_by_status: {
        type: 'object',
        description: 'By own status.',
        required: [...openStatuses],
        additionalProperties: false,
        properties: Object.fromEntries(openStatuses.map((name) => [name, count])),
      },
      ...Object.fromEntries(countNames.map((name) => [name, count])),
    },
  },
  Account: {
    type: 'object',
    required: ['sid', 'organization', 'friendly_name', 'type', 'status', 'role', 'uri'],
    additionalProperties: false,
    properties: {
      sid: { type: 'string', pattern: '^[0-9A-Za-z]{34}$' },
      organization: { type: 'string', pattern: '^[0-9A-Za-z]{34}$' },
      friendly_name: text,
      email_address: { ...text, description: 'Absent when the account has none.' },
      type: { enum: ['Full', 'Trial'] },
      status: { enum: accountStatuses, description: 'The worst of its own and those above it.' },
      role: { enum: roles },
      date_created: date,
      date_updated: date,
      auth_token: {
        type: 'string',
        pattern: '^[0-9a-f]{32}$',
        description: 'Absent for callers who may not change the account.',
      },
      uri: text,
      subresource_uris: { type: 'object', additionalProperties: text },
    },
  },
  Webhook: {
    type: 'object',
    required: [
      ...['sid', 'account_sid', 'friendly_name', 'url', 'events', 'include_subaccounts', 'enabled'],
      ...['date_created', 'date_updated', 'pending_count', 'failed_count', 'uri'],
    ],
    additionalProperties: false,
    properties: {
      sid: { type: 'string', pattern: '^WH[0-9a-f]{32}$' },
      account_sid: { type: 'string', pattern: '^[0-9A-Za-z]{34}$' },
      friendly_name: text,
      url: text,
      events: { type: 'array', minItems: 1, items: { enum: eventNames } },
      include_subaccounts: { type: 'boolean' },
      enabled: { type: 'boolean' },
      date_created: date,
      date_updated: date,
      secret: { ...text, description: 'Shown when it was just made, and never again.' },
      previous_secret_until: { ...date, description: 'Until then the secret before signs too.' },
      pending_count: { type: 'integer', minimum: 0 },
      failed_count: { type: 'integer', minimum: 0, description: 'Given up in the last 7 days.' },
      failing_since: { ...date, description: 'Absent when the last attempt was a success.' },
      last_attempt: {
        type: 'object',
        required: ['date', 'event_sid'],
        additionalProperties: false,
        properties: { date, event_sid: text, status: { type: 'integer' }, error: text },
      },
      uri: text,
    },
  },
  Organization: {
    type: 'object',
    required: ['sid', 'domain_name', 'status', 'date_created', 'date_updated'],
    additionalProperties: false,
    properties: {
      sid: { type: 'string', pattern: '^[0-9A-Za-z]{34}$' },
      domain_name: text,
      status: { enum: ['active', 'closed'] },
      date_created: date,
      date_updated: date,
    },
  },
  Audit: {
    type: 'object',
    required: ['page_size', 'uri', 'audit_entries'],
    additionalProperties: false,
    properties: {
      page_size: { type: 'integer', minimum: 1 },
      uri: text,
      next_page_uri: { ...text, description: 'Absent on the last page.' },
      audit_entries: { type: 'array', items: auditEntry },
    },
  },
  Error: {
    type: 'object',
    required: ['message'],
    additionalProperties: false,
    properties: { message: text },
  },
} as const
