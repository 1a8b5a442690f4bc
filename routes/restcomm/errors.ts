import { DomainError, type InvalidFault, type Refusal } from '../../lib/errors.ts'
import { printable } from '../flat-form.ts'
import { HttpError } from '../http-error.ts'

/** What the client is told. */
export type Failure = {
  readonly status: number
  readonly message: string
  readonly headers: Readonly<Record<string, string>>
}

/** The answer to an error that is the client's doing; undefined for one that is ours. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof HttpError) {
    return { status: error.status, message: error.message, headers: error.headers }
  }
  if (error instanceof DomainError) {
    const [status, message, headers = {}] = refused(error.refusal)
    return { status, message: printable(message), headers }
  }
  return undefined
}

type Refused = readonly [status: number, message: string, headers?: Record<string, string>]

/** The words are those that clients and Restcomm's own tests look for (restcomm.md 4). */
function refused(refusal: Refusal): Refused {
  switch (refusal.kind) {
    case 'unauthenticated':
      return [401, 'Authentication failed', { 'WWW-Authenticate': 'Basic realm="Restcomm realm"' }]
    case 'inactive':
      return [403, 'Provided Account is not active']
    case 'forbidden':
      return [403, forbiddenText[refusal.rule]]
    case 'notFound':
      return [404, notFoundText[refusal.what]]
    case 'duplicate':
      return [409, duplicateText[refusal.field]]
    case 'invalid':
      return [400, invalidText(refusal.field, refusal.fault)]
    case 'tooDeep':
      return [400, 'This account is not allowed to have sub-accounts']
    case 'quotaReached':
      return [409, `The account has ${refusal.limit} ${quotaText[refusal.what]}, as many as it may`]
    case 'closed':
      return [400, 'Account is closed']
    case 'notClosed':
      return [400, 'Account is not closed']
    case 'closedAbove':
      return [400, `Account is closed with ${refusal.sid} above it, which is to be reopened first`]
    case 'takenMeanwhile':
      return [409, `The ${refusal.field} of account ${refusal.sid} has been taken meanwhile`]
    case 'ancestorInactive':
      return [400, 'Status active is invalid while an account above this one is not active']
    case 'organizationMissing':
      return [412, 'Missing Organization SID or Domain Name']
    case 'notTopLevel':
      return [400, 'Account is not a top level account']
    case 'alreadyInOrganization':
      return [400, 'Account already in the requested Organization']
    case 'hasDescendants':
      return [409, 'The account has others below it']
    case 'preconditionFailed':
      return [412, 'The account has changed meanwhile']
    case 'keyReused':
      return [422, 'The Idempotency-Key was used before for another request']
    case 'conflict':
      return [409, 'The account kept changing meanwhile. Please, try again.']
    case 'throttled':
      return [
        429,
        'Too many requests. Please, try again later.',
        { 'Retry-After': String(refusal.retryAfterSeconds) },
      ]
  }
}

const quotaText = {
  children: 'accounts directly below it',
  apiKeys: 'keys',
  callflows: 'callflows',
  webhooks: 'webhooks',
} as const

const notFoundText = {
  account: 'Account not found',
  organization: 'Organization not found',
  apiKey: 'Key not found',
  schema: 'Schema not found',
  callflow: 'Callflow not found',
  webhook: 'Webhook not found',
  secondaryToken: 'There is no secondary AuthToken',
} as const

const forbiddenText = {
  access: 'Access denied',
  outside: 'Access denied',
  administratorOnly: 'Only Administrator allowed',
  root: 'Status and Role of the root account can not be changed',
  own: 'An account can not raise its own Status or change its own Role',
} as const

const duplicateText = {
  realm: 'The realm is already in use.',
  name: 'The name is already in use.',
  email: 'The email address used for the new account is already in use.',
  domainName: 'This domain name is not available. Please, choose a different name and try again.',
} as const

/** The domain's names of fields as this dialect spells them. */
const parameters: Readonly<Record<string, string>> = {
  email: 'EmailAddress',
  password: 'Password',
  friendlyName: 'FriendlyName',
  status: 'Status',
  role: 'Role',
  organizationSid: 'OrganizationSid',
  organizationStatus: 'Status',
  domainName: 'DomainName',
  dryRun: 'DryRun',
  webhookName: 'FriendlyName',
  url: 'Url',
  events: 'Events',
  includesBranch: 'IncludeSubaccounts',
  enabled: 'Enabled',
  idempotencyKey: 'Idempotency-Key',
}

function invalidText(field: string, fault: InvalidFault): string {
  const parameter = parameters[field] ?? field
  switch (fault.rule) {
    case 'required':
      return requiredText[field] ?? `${parameter} can not be null.`
    case 'tooLong':
      return `${parameter} is invalid: longer than ${fault.limit} ${fault.unit}`
    case 'characters':
      return `${parameter} is invalid: it contains invalid character(s)`
    case 'weak':
      return 'Password too weak'
    case 'malformed':
      return malformedText(field, parameter, fault.value)
    case 'unknown':
      return unknownText(field, parameter, fault)
  }
}

const requiredText: Readonly<Record<string, string>> = {
  email: 'Email address can not be null.',
}

function malformedText(field: string, parameter: string, value: string): string {
  switch (field) {
    case 'email':
      return `Provided email address ${value} is not valid`
    case 'login':
      return `Login ${value} contains invalid character(s) `
    case 'organizationSid':
      return `${value} is an INVALID_SID sid value.`
    case 'domainName':
      return `DomainName ${value} is invalid: up to 255 letters, digits and hyphens`
    default:
      return `${parameter} ${value} is invalid`
  }
}

function unknownText(
  field: string,
  parameter: string,
  { value, allowed = [] }: Extract<InvalidFault, { rule: 'unknown' }>,
): string {
  switch (field) {
    case 'status':
      return `${value} is not a valid account status.`
    case 'organizationStatus':
      return `${value} is not a valid organization status.`
    case 'organizationSid':
      return 'provided OrganizationSid does not exist'
    default:
      return `${parameter} ${value} is invalid: one of ${allowed.join(', ')}`
  }
}
