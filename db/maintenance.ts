import type { AuditReading } from './audit-records.ts'
import type { CallflowRecord } from './callflow-records.ts'
import type { EventLog } from './event-log.ts'
import type {
  AccountKey,
  AccountStatus,
  AuditEntry,
  PlacedAccount,
  StoredToken,
} from './records.ts'
import type { Store } from './store.ts'

/** Told how far a long work has come. */
export type Progress = (done: number, total: number) => void

/** One account as it stands in the tree. */
export type AccountPlace = {
  readonly sid: string
  readonly parentSid: string | undefined
  readonly path: string
  readonly status: AccountStatus
  readonly closedBy: string | undefined
  readonly descendantsCount: number
}

/** A closed branch whose rows are marked up to `sweptTo`, or are losing their marks up to there. */
export type PendingSweep = {
  readonly path: string
  readonly sid: string
  readonly sweptTo: string
  /** Whether it is being reopened; any of its rows may have no mark then. */
  readonly isReopened: boolean
}

/** A value that only the sealing key opens, and whose it is. */
export type SealedValue = {
  readonly sid: string
  readonly which: 'AuthToken' | 'secondary AuthToken' | 'secret' | 'previous secret'
  readonly sealed: Uint8Array
  /** Of an AuthToken, by which it is recognised; a secret of a webhook has none. */
  readonly digest: Uint8Array | undefined
}

/** The secrets by which a webhook signs. */
export type SealedWebhook = {
  readonly sid: string
  readonly secret: Uint8Array
  readonly previousSecret: Uint8Array | undefined
}

/** What is found wrong, each fault in one line that names the row. */
export type Faults = Iterable<string>

/** The tokens of one account, for sealing them anew. */
export type SealedAccount = {
  readonly id: number
  readonly sid: string
  readonly token: StoredToken
  readonly secondaryToken: StoredToken | undefined
}

/** A database that is looked at as of one moment. */
export interface DatabaseReading {
  /** The rows of every table by its name. */
  counts(): ReadonlyMap<string, number>
  /** What SQLite's own check of the whole file finds. */
  damage(): Faults
  /** Rows that name one that is not there. */
  danglingRows(): Faults
  /** Facts that two rows claim though only one may, looked for without the indexes. */
  repeatedFacts(): Faults
  /** Columns that do not hold what is worked out from others, or cannot be read. */
  badColumns(): Faults
  places(): Iterable<AccountPlace>
  pendingSweeps(): readonly PendingSweep[]
  sealedValues(): Iterable<SealedValue>
  findAccount(key: AccountKey | undefined): PlacedAccount | undefined
  /** The callflows of an account, in the order of their ids. */
  callflowsOf(accountSid: string): readonly CallflowRecord[]
  close(): void
}

export interface Snapshot extends DatabaseReading {
  /** Writes what this moment holds to a new file of its own. */
  copyTo(file: string, progress: Progress): Promise<void>
}

/** A copy of a database that nobody else uses. */
export interface CopiedDatabase extends DatabaseReading {
  /** Lays the sealing key into the copy. */
  putKey(key: Uint8Array): void
  /** Takes the sealing key out, without a trace in the file; undefined when the copy has none. */
  takeKey(): Uint8Array | undefined
}

/** The sealed tokens of a data folder that no server runs on. */
export interface Resealing {
  /** The accounts behind `after`, by their ids. */
  page(after: number, limit: number): readonly SealedAccount[]
  count(): number
  /** The webhooks behind `after`, by their SIDs. */
  webhookPage(after: string, limit: number): readonly SealedWebhook[]
  /** Replaces the secrets of these webhooks in one transaction. */
  writeWebhooks(webhooks: readonly SealedWebhook[]): void
  /** Replaces the tokens of these accounts, with the audit row if one is given, in one transaction. */
  write(accounts: readonly SealedAccount[], audit: AuditEntry | undefined): void
  /** Writes the file anew, so that no value that was replaced is left in it. */
  purge(): void
  close(): void
}

export type FolderLock = { release(): void }

/** What the operator's commands do with the files of a data folder. */
export interface Maintenance {
  /**
   * Reads the database of a folder, beside a running server too, and neither makes nor changes a file.
   * Throws when there is none, when it is none of Strowger or newer, and, unless `orOlder`, when it is older.
   */
  openSnapshot(folder: string, orOlder?: 'orOlder'): Snapshot
  /** Reads the audit of a folder, beside a running server too. Throws as `openSnapshot` does. */
  openAudit(folder: string): AuditReading
  /** The events of a folder, beside a running server too. Throws when it has no database. */
  openEventLog(folder: string): EventLog
  /** Opens a file made by `copyTo`, or the copy of one. Throws as `openSnapshot` with `orOlder` does. */
  openCopy(file: string): CopiedDatabase
  /** Takes the folder, which must exist, for this process. Throws while a server has it. */
  lock(folder: string): FolderLock
  /** The store of a folder, for this process alone. Throws while a server has it. */
  openStore(folder: string): Store
  /** The tokens of a folder, for this process alone. Throws while a server has it. */
  openResealing(folder: string): Resealing
}
