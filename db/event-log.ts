import type { AuditRecord } from './audit-records.ts'

/** The events of a data folder, read beside a running server. */
export interface EventLog {
  /** The place behind the last event so far. */
  end(): number
  /** Events of an account and those below it, or of all, behind a place; with the place behind the last of them. */
  after(
    place: number,
    account: string | undefined,
  ): { readonly events: readonly AuditRecord[]; readonly end: number }
  hasAccount(sid: string): boolean
  close(): void
}
