import { DomainError, type InvalidFault, type Refusal } from '../../lib/errors.ts'
import { idOf } from '../../serializers/crossbar/account.ts'
import { printable } from '../flat-form.ts'
import { HttpError } from '../http-error.ts'
import type { SegmentedPath } from '../path.ts'
import { type Faults, required } from './validation/faults.ts'

/** What the client is told: a status, the token that consoles compare, and what it is about. */
export type Failure = {
  readonly status: number
  readonly message: string
  readonly data: object
  readonly headers: Readonly<Record<string, string>>
}

/** A body that breaks the rules of its document; all of them are told at once. */
export class ValidationError extends Error {
  readonly faults: Faults

  constructor(faults: Faults) {
    super('validation error')
    this.name = 'ValidationError'
    this.faults = faults
  }
}

/** A login to an account that exists and is disabled, which consoles tell from a wrong one (kazoo.md 1.4). */
export class LockedError extends Error {
  constructor() {
    super('locked')
    this.name = 'LockedError'
  }
}

/** An id that the body names and that nothing has; one in the path needs no error of its own. */
export class UnknownIdError extends Error {
  readonly id: string

  constructor(id: string) {
    super('unknown id')
    this.name = 'UnknownIdError'
    this.id = id
  }
}

/** The answer to an error that is the client's doing; undefined for one that is ours. `path` is what was asked for. */
export function failureOf(error: unknown, path: SegmentedPath): Failure | undefined {
  if (error instanceof ValidationError) {
    return failure(400, 'validation error', error.faults)
  }
  if (error instanceof LockedError) {
    return failure(423, 'locked', { account: { disabled: { message: 'Account is disabled' } } })
  }
  if (error instanceof UnknownIdError) {
    return unknownId(error.id)
  }
  if (error instanceof DomainError) {
    return refused(error.refusal, path)
  }
  if (error instanceof HttpError) {
    const token = statusTokens[error.status] ?? 'invalid_request'
    const { status, message, headers } = error
    const data = status === 413 ? { file: { maxSize: { message } } } : { message }
    return { ...failure(status, token, data), headers }
  }
  return undefined
}

function failure(status: number, message: string, data: object): Failure {
  return { status, message, data, headers: {} }
}

const statusTokens: Readonly<Record<number, string>> = {
  403: 'forbidden',
  404: 'not_found',
  405: 'invalid_method',
  406: 'not_acceptable',
  412: 'precondition_failed',
  413: 'request_too_large',
  415: 'invalid_content_type',
  429: 'too_many_requests',
  500: 'internal_error',
  503: 'datastore_unavailable',
  507: 'datastore_full',
}

function refused(refusal: Refusal, { segments = [] }: SegmentedPath): Failure {
  switch (refusal.kind) {
    case 'unauthenticated':
    case 'inactive':
      return failure(401, 'invalid_credentials', { message: 'Invalid credentials' })
    case 'forbidden':
      return failure(403, 'forbidden', { message: 'You may not do this' })
    case 'notFound':
      return unknownId(segments[positionOf[refusal.what]] ?? '')
    case 'closed':
      return unknownId(segments[1] ?? '')
    case 'hasDescendants':
      return failure(409, 'account_has_descendants', { message: 'The account has others below it' })
    case 'notClosed':
      return failure(409, 'account_not_closed', { message: 'The account is not closed' })
    case 'closedAbove':
      return failure(409, 'closed_above', {
        message: 'The account is closed with the one above it, which is to be reopened first',
        cause: idOf(refusal.sid),
      })
    case 'quotaReached':
      return failure(409, 'quota_reached', fieldFault(refusal))
    case 'conflict':
    case 'alreadyInOrganization':
    case 'ancestorInactive':
    case 'notTopLevel':
    case 'organizationMissing':
      return failure(409, 'datastore_conflict', { message: 'The account was changed meanwhile' })
    case 'keyReused':
      return failure(422, 'idempotency_key_reused', {
        message: 'The Idempotency-Key was used before for another request',
      })
    case 'preconditionFailed':
      return failure(412, 'precondition_failed', { message: 'The revision is another one' })
    case 'throttled':
      return {
        ...failure(429, 'too_many_requests', { message: 'Too many requests' }),
        headers: { 'Retry-After': String(refusal.retryAfterSeconds) },
      }
    case 'duplicate':
    case 'takenMeanwhile':
    case 'tooDeep':
    case 'invalid':
      return failure(400, 'validation error', fieldFault(refusal))
  }
}

/** Where in a path the id of each kind stands. */
const positionOf = {
  account: 1,
  organization: 1,
  apiKey: 1,
  secondaryToken: 1,
  schema: 1,
  callflow: 3,
  webhook: 3,
} as const

function unknownId(id: string): Failure {
  const data = { message: 'There is nothing of this id', cause: printable(id) }
  return failure(404, 'bad_identifier', data)
}

type FieldRefusal = Extract<
  Refusal,
  { kind: 'duplicate' | 'takenMeanwhile' | 'quotaReached' | 'tooDeep' | 'invalid' }
>

/** A value that another account has. */
export function inUse(field: string, cause: string | undefined) {
  const message = `The ${field} is in use by another account`
  return { unique: { message, ...(cause !== undefined && { cause }) } }
}

/** The domain's names of fields as this dialect spells them, where it does otherwise. */
const fieldNames: Readonly<Record<string, string>> = {
  friendlyName: 'name',
  webhookName: 'name',
  url: 'uri',
  idempotencyKey: 'Idempotency-Key',
}

function fieldFault(refusal: FieldRefusal): Faults {
  switch (refusal.kind) {
    case 'duplicate':
      return { [refusal.field]: inUse(refusal.field, refusal.value) }
    case 'takenMeanwhile': {
      const message = `The ${refusal.field} of this account has been taken meanwhile`
      return { [refusal.field]: { unique: { message, cause: idOf(refusal.sid) } } }
    }
    case 'quotaReached': {
      const message = 'There are as many as there may be'
      const { limit } = refusal
      return { [refusal.what]: { maximum: { message, target: limit, value: limit + 1 } } }
    }
    case 'tooDeep': {
      const message = 'The tree would become too deep'
      return { tree: { maximum: { message, target: refusal.maxDepth, value: refusal.levels } } }
    }
    case 'invalid': {
      const field = fieldNames[refusal.field] ?? refusal.field
      return { [field]: valueFault(field, refusal.fault) }
    }
  }
}

function valueFault(field: string, fault: InvalidFault): Faults[string] {
  switch (fault.rule) {
    case 'required':
      return { required }
    case 'tooLong':
      return {
        maxLength: {
          message: `The ${field} is too long`,
          target: fault.limit,
          ...(fault.value !== undefined && { cause: fault.value, value: fault.value }),
        },
      }
    default: {
      const cause = 'value' in fault ? fault.value : undefined
      const message = `The ${field} cannot be used`
      return { invalid: { message, ...(cause !== undefined && { cause: printable(cause) }) } }
    }
  }
}
