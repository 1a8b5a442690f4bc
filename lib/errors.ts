import type { Quotas } from './quotas.ts'

/** Why a request was refused, in the domain's words. Each dialect has one table from these to its own. */
export type Refusal =
  /** No credentials, or wrong ones, or of nobody: never told apart. */
  | { readonly kind: 'unauthenticated' }
  /** The right credentials of an account that is not active. */
  | { readonly kind: 'inactive' }
  | { readonly kind: 'forbidden'; readonly rule: ForbiddenRule }
  | {
      readonly kind: 'notFound'
      readonly what:
        | 'account'
        | 'organization'
        | 'apiKey'
        | 'secondaryToken'
        | 'schema'
        | 'callflow'
        | 'webhook'
    }
  | {
      readonly kind: 'duplicate'
      readonly field: 'email' | 'domainName' | 'realm' | 'name'
      /** What was asked for, where a dialect repeats it. */
      readonly value?: string | undefined
    }
  | { readonly kind: 'invalid'; readonly field: string; readonly fault: InvalidFault }
  /** The tree would have this many levels, which is more than `maxDepth`. */
  | { readonly kind: 'tooDeep'; readonly levels: number; readonly maxDepth: number }
  /** The account has as many as it may have. */
  | { readonly kind: 'quotaReached'; readonly what: keyof Quotas; readonly limit: number }
  /** A closed account refuses every change. */
  | { readonly kind: 'closed' }
  /** Only what is closed can be reopened. */
  | { readonly kind: 'notClosed' }
  /** What lies in the closed branch of another account is reopened with that one. */
  | { readonly kind: 'closedAbove'; readonly sid: string }
  /** A living account elsewhere has got what this one in a closed branch had. */
  | { readonly kind: 'takenMeanwhile'; readonly field: 'realm' | 'name'; readonly sid: string }
  /** An account cannot be made active below one that is not. */
  | { readonly kind: 'ancestorInactive' }
  /** What was asked for names no organization, or one that does not exist. */
  | { readonly kind: 'organizationMissing' }
  | { readonly kind: 'notTopLevel' }
  | { readonly kind: 'alreadyInOrganization' }
  /** An account with others below it cannot be deleted, nor one with a reseller below it change that it is one. */
  | { readonly kind: 'hasDescendants' }
  /** The account is no longer as the client has seen it. */
  | { readonly kind: 'preconditionFailed' }
  /** An idempotency key was used before for something else. */
  | { readonly kind: 'keyReused' }
  /** The account kept changing under the request. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }

export type ForbiddenRule =
  /** The role or the key does not hold the permission. */
  | 'access'
  /** The account is not in the caller's branch, or does not exist: never told apart. */
  | 'outside'
  /** Only a caller with the role Administrator changes a role. */
  | 'administratorOnly'
  /** The root account cannot be closed, suspended or given another role. */
  | 'root'
  /** Nobody raises the own status or changes the own role. */
  | 'own'

/** What is wrong with a value, with the text or the limit that a message needs. */
export type InvalidFault =
  | { readonly rule: 'required' }
  | {
      readonly rule: 'tooLong'
      readonly limit: number
      readonly unit: 'characters' | 'bytes'
      /** Left out of what is a secret. */
      readonly value?: string
    }
  | { readonly rule: 'malformed'; readonly value: string }
  /** A character that no text may hold, such as U+0000 or half of a surrogate pair. */
  | { readonly rule: 'characters'; readonly value?: string }
  | { readonly rule: 'unknown'; readonly value: string; readonly allowed?: readonly string[] }
  | { readonly rule: 'weak' }

/** The one error that the domain throws on purpose; everything else is a bug or a broken disk. */
export class DomainError extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.kind)
    this.name = 'DomainError'
    this.refusal = refusal
  }
}

export function invalid(field: string, fault: InvalidFault): DomainError {
  return new DomainError({ kind: 'invalid', field, fault })
}
