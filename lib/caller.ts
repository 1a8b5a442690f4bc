import type { ApiKeyRecord, IdempotentRequest, PlacedAccount } from '../db/store.ts'

/** Where a request came from, as the audit records it. */
export type Origin = {
  readonly requestId: string
  readonly address: string
  readonly dialect: string
}

export type CallerKey = Pick<ApiKeyRecord, 'sid' | 'scope' | 'reach'> &
  Partial<Pick<ApiKeyRecord, 'expiresAt'>>

/**
 * Who asks. `selfOnly` is the standing of an uninitialized account, which may read and change itself
 * and nothing else (decisions.md 16).
 */
export type Caller = {
  readonly account: PlacedAccount
  readonly standing: 'full' | 'selfOnly'
  /** The key that was used; undefined for the account's own token or password, which may everything. */
  readonly apiKey: CallerKey | undefined
  readonly origin: Origin
  /** Whether the AuthToken or Password that was used is right for the account as it is by now. */
  readonly stillFits?: (account: PlacedAccount) => boolean
  /** The request that it makes, where that may be sent again; what it changes is recorded with it. */
  readonly idempotent?: IdempotentRequest
}
