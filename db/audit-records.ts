import type { AuditEntry } from './records.ts'

/** An audit row as it is read. */
export type AuditRecord = Omit<AuditEntry, 'accountSid'> & {
  readonly sid: string
  /** Undefined in rows so old that nobody recorded it. */
  readonly accountSid: string | undefined
}

/** Of whom and when rows are exported; all that is given must hold. */
export type AuditRange = {
  readonly accountSid?: string
  /** UTC milliseconds, inclusive. */
  readonly from?: number
  /** UTC milliseconds, inclusive. */
  readonly to?: number
}

/** The audit of a data folder as it stood when the reading of its rows began; a server may run on it. */
export interface AuditReading {
  /** The oldest first, one at a time in memory. */
  rows(range: AuditRange): Iterable<AuditRecord>
  hasAccount(sid: string): boolean
  close(): void
}

/** Rows of one account, the newest first; among those of one moment the last written. */
export type AuditPage = {
  /** UTC milliseconds, inclusive. */
  readonly from?: number
  /** UTC milliseconds, inclusive. */
  readonly to?: number
  /** The SID of the row behind which the page begins. */
  readonly after?: string
  readonly limit: number
}
