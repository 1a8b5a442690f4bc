import { DomainError } from './errors.ts'

/** How many of each kind an account may have. */
export type Quotas = {
  /** Directly below it, closed ones not counted. */
  readonly children: number
  readonly apiKeys: number
  readonly callflows: number
  readonly webhooks: number
}

/** The refusal of one more. */
export function quotaReached(quotas: Quotas, what: keyof Quotas): DomainError {
  return new DomainError({ kind: 'quotaReached', what, limit: quotas[what] })
}
