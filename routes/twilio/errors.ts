import { DomainError, type Refusal } from '../../lib/errors.ts'
import { printable } from '../flat-form.ts'
import { HttpError } from '../http-error.ts'
import { type Code, errorCodes } from './error-codes.ts'

/** What the client is told. */
export type Failure = {
  readonly code: Code
  readonly status: number
  readonly message: string
  readonly headers: Readonly<Record<string, string>>
}

/** A request refused for what this dialect alone asks. */
export class TwilioError extends Error {
  readonly code: Code

  constructor(code: Code, message: string = errorCodes[code].title) {
    super(message)
    this.name = 'TwilioError'
    this.code = code
  }
}

/** The answer to an error that is the client's doing; undefined for one that is ours. `path` names what was asked for. */
export function failureOf(error: unknown, path: string): Failure | undefined {
  if (error instanceof TwilioError) {
    return failure(error.code, path, error.message)
  }
  if (error instanceof DomainError) {
    return refused(error.refusal, path)
  }
  if (error instanceof HttpError) {
    return { ...failure(codeOfStatus(error.status), path, error.message), ...statusOf(error) }
  }
  return undefined
}

function failure(code: Code, path: string, text: string = errorCodes[code].title): Failure {
  const message = code === 20404 ? `The requested resource ${path} was not found` : text
  return { code, status: errorCodes[code].status, message: printable(message), headers: {} }
}

/** A body that is no form is an invalid parameter here; any other status stays what it is. */
function statusOf({ status, headers }: HttpError): Pick<Failure, 'status' | 'headers'> {
  return { status: status === 415 ? 400 : status, headers }
}

function codeOfStatus(status: number): Code {
  switch (status) {
    case 403:
      return 20403
    case 404:
      return 20404
    case 405:
      return 20004
    case 413:
      return 20413
    case 500:
      return 20500
    case 507:
      return 20507
    default:
      return status < 500 ? 20001 : 20503
  }
}

function refused(refusal: Refusal, path: string): Failure {
  switch (refusal.kind) {
    case 'unauthenticated':
      return { ...failure(20003, path), headers: { 'WWW-Authenticate': 'Basic realm="Strowger"' } }
    case 'throttled':
      return {
        ...failure(20429, path),
        headers: { 'Retry-After': String(refusal.retryAfterSeconds) },
      }
    case 'invalid':
      return invalid(refusal, path)
    default:
      return failure(codeOfRefusal(refusal), path)
  }
}

type Simple = Exclude<Refusal, { kind: 'unauthenticated' | 'throttled' | 'invalid' }>

function codeOfRefusal(refusal: Simple): Code {
  switch (refusal.kind) {
    case 'inactive':
      return 20005
    case 'forbidden':
      return forbiddenCodes[refusal.rule]
    case 'notFound':
      return 20404
    case 'duplicate':
    case 'conflict':
    case 'hasDescendants':
    case 'preconditionFailed':
      return 20409
    case 'quotaReached':
      return refusal.what === 'children' ? 21480 : 20409
    case 'notClosed':
    case 'closedAbove':
    case 'takenMeanwhile':
      return 20409
    case 'keyReused':
      return 20422
    case 'tooDeep':
      return 21101
    case 'closed':
      return 21479
    case 'ancestorInactive':
      return 21476
    case 'organizationMissing':
    case 'notTopLevel':
    case 'alreadyInOrganization':
      return 20001
  }
}

const forbiddenCodes = {
  access: 20403,
  outside: 20404,
  administratorOnly: 20403,
  root: 21477,
  own: 21477,
} as const

/** The domain's names of fields as this dialect spells them. */
const parameters: Readonly<Record<string, string>> = {
  email: 'EmailAddress',
  login: 'EmailAddress',
  password: 'Password',
  role: 'Role',
  expiresAt: 'ExpiresAt',
  idempotencyKey: 'Idempotency-Key',
}

function invalid({ field, fault }: Extract<Refusal, { kind: 'invalid' }>, path: string): Failure {
  if (field === 'friendlyName') {
    return failure(20002, path)
  }
  const name = parameters[field] ?? field
  const why = fault.rule === 'weak' ? ': too weak' : ''
  return failure(20001, path, `Invalid parameter: ${name}${why}`)
}
