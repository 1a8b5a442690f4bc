/** How an account stands by itself; what its ancestors add to that is worked out in `lib/account-status.ts`. */
export type AccountStatus = 'active' | 'uninitialized' | 'inactive' | 'suspended' | 'closed'

export type AccountType = 'Full' | 'Trial'

/** One account on the way from the root down to an account. */
export type LineageStep = {
  readonly sid: string
  readonly status: AccountStatus
  readonly revision: number
}

/** The way from the root down to an account, the account itself last. Never empty. */
export type Lineage = readonly LineageStep[]

export type AccountRecord = {
  readonly sid: string
  /** Undefined for the root alone. */
  readonly parentSid: string | undefined
  /** The SIDs from the root to this account, each followed by `/`, so that no path is the prefix of a sibling's. */
  readonly path: string
  readonly organizationSid: string
  readonly friendlyName: string
  /** Folded as `lib/email.ts` folds it; unique among all accounts, the closed ones too. */
  readonly email: string | undefined
  readonly status: AccountStatus
  /** The root of the closed branch this account lies in, itself included; undefined while it lives. */
  readonly closedBy: string | undefined
  readonly role: string
  readonly type: AccountType
  /** Unique among the living. */
  readonly realm: string
  /** UTC milliseconds. */
  readonly createdAt: number
  /** UTC milliseconds. */
  readonly updatedAt: number
  readonly sealedToken: Uint8Array
  /** HMAC of the AuthToken, so that a presented token is checked without opening the sealed one. */
  readonly tokenDigest: Uint8Array
  readonly passwordHash: string | undefined
  /** Living accounts below this one, at all levels. */
  readonly descendantsCount: number
  /** Grows with every change of this row that a client can see. */
  readonly revision: number
}

/** An account together with the statuses above it, read in one transaction. */
export type PlacedAccount = AccountRecord & { readonly lineage: Lineage }

export type AccountKey = { readonly sid: string } | { readonly email: string }

export type NewAccount = Omit<
  AccountRecord,
  'path' | 'closedBy' | 'descendantsCount' | 'revision' | 'updatedAt'
>

/** The columns to write; what is absent stays. A status of `closed` closes the whole branch. */
export type AccountChange = {
  readonly friendlyName?: string
  readonly status?: AccountStatus
  readonly role?: string
  readonly credentials?: AccountCredentials
}

export type AccountCredentials = Pick<AccountRecord, 'sealedToken' | 'tokenDigest' | 'passwordHash'>

export type OrganizationStatus = 'active' | 'closed'

export type OrganizationRecord = {
  readonly sid: string
  readonly domainName: string
  readonly status: OrganizationStatus
  /** UTC milliseconds. */
  readonly createdAt: number
  /** UTC milliseconds. */
  readonly updatedAt: number
}

export type OrganizationKey = { readonly sid: string } | { readonly domainName: string }

/** What is recorded of a change, in the transaction of that change. Values never hold a secret. */
export type AuditEntry = {
  /** UTC milliseconds. */
  readonly at: number
  readonly action: string
  readonly targetSid: string
  /** Absent when the program itself acts, as at the first start. */
  readonly actorSid?: string
  readonly requestId?: string
  readonly address?: string
  readonly dialect?: string
  readonly changes: AuditChanges
}

export type AuditChanges = Readonly<Record<string, AuditValues>>
export type AuditValues = { readonly from?: string; readonly to?: string }

/** Where a page of a list ended: lists are ordered by creation, then SID. */
export type PagePosition = { readonly createdAt: number; readonly sid: string }

export type Page = { readonly after?: PagePosition; readonly limit: number }

export type InsertOutcome =
  | { readonly outcome: 'inserted'; readonly account: PlacedAccount }
  | { readonly outcome: 'duplicate'; readonly field: 'sid' | 'email' | 'realm' }
  | { readonly outcome: 'stale' }

export type ChangeOutcome =
  | { readonly outcome: 'changed'; readonly account: PlacedAccount }
  | { readonly outcome: 'stale' }

export type OrganizationInsertOutcome =
  | { readonly outcome: 'inserted' }
  | { readonly outcome: 'duplicate' }

/** Who made a data folder: the demo switch or an ordinary first start. */
export type InstallationKind = 'demo' | 'ordinary'

/**
 * Everything that is kept. Each method is one atomic intent and one transaction: either all of it
 * has happened, durably, when its promise resolves, or none of it. A write names the lineage it was
 * decided on and answers `stale`, changing nothing, when any account on it has changed since.
 */
export interface Store {
  /** The accounts named, in the order of the keys and as of one moment; undefined where there is none. */
  findAccounts(
    keys: readonly (AccountKey | undefined)[],
  ): Promise<readonly (PlacedAccount | undefined)[]>
  /** The root account; undefined before the first start has finished. */
  findRoot(): Promise<PlacedAccount | undefined>
  /** The direct children of an account, closed ones too. */
  childrenPage(parentSid: string, page: Page): Promise<readonly PlacedAccount[]>
  /** The accounts of an organization at every level. */
  organizationAccountsPage(organizationSid: string, page: Page): Promise<readonly PlacedAccount[]>
  /** Puts a child below the last account of `parentLineage` and counts it in its ancestors. */
  insertAccount(
    account: NewAccount,
    parentLineage: Lineage,
    audit: AuditEntry,
  ): Promise<InsertOutcome>
  /** Changes the last account of `lineage`; the change counts as made at `audit.at`. */
  changeAccount(lineage: Lineage, change: AccountChange, audit: AuditEntry): Promise<ChangeOutcome>
  /** Gives the last account of `lineage` and everything below it another organization. */
  migrateBranch(
    lineage: Lineage,
    organizationSid: string,
    audit: AuditEntry,
  ): Promise<ChangeOutcome>
  /**
   * Marks up to `limit` accounts below a closed one as closed by it. Says `more` while any closed
   * branch is not yet marked to its end, and goes on where it stopped, also after a restart.
   */
  sweepClosedBranches(limit: number): Promise<'more' | 'done'>

  findOrganization(key: OrganizationKey): Promise<OrganizationRecord | undefined>
  organizationsPage(
    status: OrganizationStatus | undefined,
    page: Page,
  ): Promise<readonly OrganizationRecord[]>
  insertOrganization(
    organization: OrganizationRecord,
    audit: AuditEntry,
  ): Promise<OrganizationInsertOutcome>

  /** What made this store's data; undefined while it is empty. */
  installationKind(): Promise<InstallationKind | undefined>
  /** Lays the first organization and the root account into an empty store. */
  install(
    kind: InstallationKind,
    organization: OrganizationRecord,
    root: NewAccount,
    audit: AuditEntry,
  ): Promise<void>
  /** Audit rows of a target, oldest first. */
  auditOf(targetSid: string): Promise<readonly AuditEntry[]>
  /** Rejects when the store cannot be written. */
  probe(): Promise<void>
  /** Writes back what is pending and lets the file go. */
  close(): Promise<void>
}
