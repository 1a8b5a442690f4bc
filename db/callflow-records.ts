import type { JsonObject, QuotaReached } from './records.ts'

export type CallflowRecord = {
  /** 32 lower-case hex digits. */
  readonly id: string
  readonly accountSid: string
  /** As it was sent, its numbers and patterns included. */
  readonly document: JsonObject
  /** UTC milliseconds. */
  readonly createdAt: number
  /** UTC milliseconds. */
  readonly updatedAt: number
  /** Grows with every change. */
  readonly revision: number
}

/** A callflow as it is to be stored, with all that it takes calls for. */
export type CallflowDraft = Pick<CallflowRecord, 'id' | 'accountSid' | 'document'> & {
  readonly numbers: readonly string[]
  /** Texts of regular expressions. */
  readonly patterns: readonly string[]
}

/** A number, or the text of a pattern, that another callflow of the account has. */
export type NumberConflict = {
  readonly kind: 'number' | 'pattern'
  readonly value: string
  readonly callflowId: string
}

/** Callflows are listed in the order of their ids. */
export type CallflowPage = {
  /** The id that the page begins behind. */
  readonly after?: string
  readonly ascending: boolean
  readonly limit: number
}

export type CallflowOutcome =
  | { readonly outcome: 'stored'; readonly callflow: CallflowRecord }
  | { readonly outcome: 'duplicate'; readonly conflicts: readonly NumberConflict[] }
  | QuotaReached
  | { readonly outcome: 'stale' }
