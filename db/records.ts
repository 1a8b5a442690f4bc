/** How an account stands by itself; what its ancestors add to that is worked out in `lib/account-status.ts`. */
export type AccountStatus = 'active' | 'uninitialized' | 'inactive' | 'suspended' | 'closed'

export type AccountType = 'Full' | 'Trial'

/** One account on the way from the root down to an account. */
export type LineageStep = {
  readonly sid: string
  readonly status: AccountStatus
  readonly revision: number
  readonly isReseller: boolean
}

/** The way from the root down to an account, the account itself last. Never empty. */
export type Lineage = readonly LineageStep[]

/** An AuthToken in the two forms in which it is stored. */
export type StoredToken = {
  readonly sealed: Uint8Array
  /** Its HMAC, so that a presented token is checked without opening the sealed one. */
  readonly digest: Uint8Array
}

export type SecondaryToken = StoredToken & {
  /** UTC milliseconds. */
  readonly createdAt: number
}

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

export type JsonObject = { readonly [key: string]: JsonValue }

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
  /** What a closed account goes back to; undefined for one that lives, or that was made closed. */
  readonly statusBeforeClose: AccountStatus | undefined
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
  readonly token: StoredToken
  /** A second AuthToken that logs in beside the first until it takes its place. */
  readonly secondaryToken: SecondaryToken | undefined
  readonly passwordHash: string | undefined
  /**
   * Hashes of the digests of e-mail and password that Crossbar's login sends, by MD5 and by SHA-1 with a
   * blank between; void when e-mail or password changes.
   */
  readonly loginHash: string | undefined
  readonly isReseller: boolean
  /** What only Kazoo's clients keep in an account, as they sent it. */
  readonly document: JsonObject
  /** Living accounts below this one, at all levels. */
  readonly descendantsCount: number
  /** Grows with every change of this row that a client can see. */
  readonly revision: number
}

/** An account together with the statuses above it, read in one transaction. */
export type PlacedAccount = AccountRecord & { readonly lineage: Lineage }

export type AccountKey =
  | { readonly sid: string }
  | { readonly email: string }
  /** Of a living account, in lower case. */
  | { readonly realm: string }
  /** The name of exactly one living account, however it is written. */
  | { readonly name: string }
  /** The digest of an AuthToken that exactly one living account has. */
  | { readonly tokenDigest: Uint8Array }

export type NewAccount = Omit<
  AccountRecord,
  | 'path'
  | 'closedBy'
  | 'statusBeforeClose'
  | 'descendantsCount'
  | 'revision'
  | 'updatedAt'
  | 'secondaryToken'
  | 'isReseller'
>

/** The columns to write; what is absent stays. A status of `closed` closes the whole branch. */
export type AccountChange = {
  readonly friendlyName?: string
  readonly status?: AccountStatus
  readonly role?: string
  readonly token?: StoredToken
  readonly passwordHash?: string
  /** Null takes it away. */
  readonly loginHash?: string | null
  readonly realm?: string
  readonly document?: JsonObject
  readonly isReseller?: boolean
  /** Null takes it away. */
  readonly secondaryToken?: SecondaryToken | null
}

/** What a key lets its holder do: look, also make and change, or everything its account may. */
export type KeyScope = 'read' | 'write' | 'admin'
/** Where it does: its own account alone, or the branch below as well. */
export type KeyReach = 'self' | 'branch'

export type ApiKeyRecord = {
  readonly sid: string
  readonly accountSid: string
  readonly friendlyName: string
  /** SHA-256 of the secret, which is not stored. */
  readonly secretDigest: Uint8Array
  readonly scope: KeyScope
  readonly reach: KeyReach
  /** UTC milliseconds. */
  readonly createdAt: number
  /** UTC milliseconds. */
  readonly updatedAt: number
  /** UTC milliseconds; undefined for a key that does not expire. */
  readonly expiresAt: number | undefined
  /** UTC milliseconds, to the minute; undefined for a key that was never used. */
  readonly lastUsedAt: number | undefined
}

export type NewApiKey = Omit<ApiKeyRecord, 'updatedAt' | 'lastUsedAt'>

/** A login that lasts for a while; its token is not stored. */
export type SessionRecord = {
  /** SHA-256 of the token. */
  readonly tokenDigest: Uint8Array
  readonly accountSid: string
  /** How it came about, such as `api_auth`. */
  readonly method: string
  /** UTC milliseconds. */
  readonly createdAt: number
  /** UTC milliseconds. */
  readonly expiresAt: number
}

/** By what a client logs in: an account's own names, or the SID of one of its keys. */
export type LoginKey =
  | AccountKey
  | { readonly apiKeySid: string }
  | { readonly sessionDigest: Uint8Array }
  /** An account as an earlier request read it, which is found as long as nothing of it has changed since. */
  | { readonly asRead: PlacedAccount }

/** What one request must know as of one moment. */
export type RequestReading = {
  readonly account: PlacedAccount | undefined
  /** The key that was named, if the login was one. */
  readonly apiKey: ApiKeyRecord | undefined
  /** The session that was named, if the login was one. */
  readonly session: SessionRecord | undefined
  readonly target: PlacedAccount | undefined
}

/** A request that a client may send again: whose, which route, under which key, and a digest of all that was asked. */
export type IdempotentRequest = {
  readonly callerSid: string
  readonly route: string
  readonly key: string
  readonly requestDigest: Uint8Array
  /** UTC milliseconds; what is older than this is forgotten. */
  readonly forgottenBefore: number
}

/** What such a request has made or changed. */
export type IdempotentResult = { readonly requestDigest: Uint8Array; readonly resultSid: string }

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
  /** The account whose it is; absent when the target is that account itself. */
  readonly accountSid?: string
  /** Absent when the program itself acts, as at the first start. */
  readonly actorSid?: string
  /** The API key that the actor used. */
  readonly actorKeySid?: string
  readonly requestId?: string
  readonly address?: string
  readonly dialect?: string
  readonly changes: AuditChanges
  /** Remembered in the same transaction: a write under it answers `stale` once another has been made. */
  readonly idempotent?: IdempotentRequest
}

export type AuditChanges = Readonly<Record<string, AuditValues>>
export type AuditValues = { readonly from?: string; readonly to?: string }

/** Where a page of a list ended: lists are ordered by creation, then SID. */
export type PagePosition = { readonly createdAt: number; readonly sid: string }

export type Page = InPassing & { readonly after?: PagePosition; readonly limit: number }

/** Of a list so long that what is read of it is not to be kept in place of what is in use. */
export type InPassing = { readonly inPassing?: boolean }

/** A page that may also be read backwards or at a distance from the begin. At most one of the three is given. */
export type RandomPage = Page & { readonly before?: PagePosition; readonly offset?: number }

/** All that is given must hold. */
export type AccountFilter = {
  /** The whole name, letter by letter. */
  readonly friendlyName?: string
  /** The own status is one of these. */
  readonly statuses?: readonly AccountStatus[]
}

export type InsertOutcome =
  | { readonly outcome: 'inserted'; readonly account: PlacedAccount }
  | { readonly outcome: 'duplicate'; readonly field: 'sid' | 'email' | 'realm' | 'name' }
  | QuotaReached
  | { readonly outcome: 'stale' }

/** There are as many as there may be. */
export type QuotaReached = { readonly outcome: 'quotaReached' }

export type KeyInsertOutcome =
  | { readonly outcome: 'inserted' }
  | QuotaReached
  | { readonly outcome: 'stale' }

/** What must hold of the other rows when a write is made; checked inside its transaction. */
export type WriteTerms = {
  /** No other living account has this name. */
  readonly uniqueName?: boolean
  /** No living account is below it. */
  readonly onlyLeaf?: boolean
  /** No account below it is a reseller. */
  readonly noResellerBelow?: boolean
  /** The parent has fewer living children than this. */
  readonly maxChildren?: number
}

/** A write that depends on nothing but its lineage. */
export type BranchOutcome =
  | { readonly outcome: 'changed'; readonly account: PlacedAccount }
  | { readonly outcome: 'stale' }

export type ChangeOutcome =
  | BranchOutcome
  | { readonly outcome: 'duplicate'; readonly field: 'realm' | 'name' }
  | { readonly outcome: 'hasDescendants' }

export type OrganizationInsertOutcome = {
  readonly outcome: 'inserted' | 'duplicate' | 'stale'
}

/** Who made a data folder: the demo switch or an ordinary first start. */
export type InstallationKind = 'demo' | 'ordinary'
