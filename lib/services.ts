import type { Store } from '../db/store.ts'
import type { Origin } from './caller.ts'
import type { NumberForm } from './callflows/numbers.ts'
import type { CompilePattern } from './callflows/patterns.ts'
import type { DomainNameRule } from './domain-name.ts'
import type { PasswordPolicy } from './password-policy.ts'
import type { Passwords } from './passwords.ts'
import type { ProvenLogins } from './proven-logins.ts'
import type { Quotas } from './quotas.ts'
import type { RateLimits } from './rate-limits.ts'
import type { Secrets } from './secrets.ts'
import type { Throttle } from './throttle.ts'
import type { WorkQueue } from './work-queue.ts'

/** How SIDs and AuthTokens of accounts come about: at random, or as Restcomm derives them. */
export type IdentityRule = 'random' | 'restcomm'

/** What Kazoo keeps in its `crossbar.accounts` settings, by the same names. */
export type CrossbarPolicy = {
  /** Who moves a branch: the root alone, or any account above both ends. */
  readonly allowMove: 'superduper_admin' | 'tree'
  /** Whether an account may list those beside it. */
  readonly allowSiblingListing: boolean
  readonly ensureUniqueName: boolean
  /** What a random realm ends in. */
  readonly realmSuffix: string
  /** How the numbers of callflows are kept. */
  readonly numberForm: NumberForm
}

/** What the operator has set of the domain's rules. */
export type Policy = {
  readonly identities: IdentityRule
  readonly domainNames: DomainNameRule
  readonly passwords: PasswordPolicy
  readonly crossbar: CrossbarPolicy
  readonly quotas: Quotas
}

export type LoginFailure = 'credentials' | 'inactive' | 'throttled'

/** A login that failed by a name which is an account's: itself or one of its keys. */
export type KnownLogin = {
  /** What was to log in. */
  readonly sid: string
  readonly accountSid: string
  readonly origin: Origin
}

/** Everything that a use case needs from outside. */
export type Services = {
  readonly store: Store
  readonly secrets: Secrets
  readonly passwords: Passwords
  readonly provenLogins: ProvenLogins
  readonly throttle: Throttle
  readonly rateLimits: RateLimits
  readonly policy: Policy
  /** Remembers the patterns of callflows that were used last. */
  readonly compilePattern: CompilePattern
  /** Where pictures of callflows are drawn, one at a time. */
  readonly drawings: WorkQueue
  /** UTC milliseconds. */
  readonly now: () => number
  /** Told of each refused login, for metrics and, where somebody was meant by it, the audit. */
  readonly loginFailed: (failure: LoginFailure, login?: KnownLogin) => void
  /** Told when a branch was closed, so that the rows below are brought in line soon. */
  readonly branchClosed: () => void
}
