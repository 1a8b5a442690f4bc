import type { AccountStatus, BranchOutcome, QuotaReached, StoredToken } from './records.ts'

/** What the tree may be with a branch in its new place. */
export type MoveLimits = {
  /** Levels of the tree, the root's included. */
  readonly maxDepth: number
  /** Living accounts directly below one. */
  readonly maxChildren: number
}

export type MoveOutcome =
  | BranchOutcome
  /** The tree would have this many levels. */
  | { readonly outcome: 'tooDeep'; readonly levels: number }
  | QuotaReached

/** What holds of a reopening, and what it needs. */
export type ReopenTerms = {
  /** How many accounts are written at once. */
  readonly limit: number
  /** Whether a name that another living account got after the close stands in the way, as a realm does. */
  readonly uniqueNames: boolean
  /** How many living children the account above may have. */
  readonly maxChildren: number
  /** Makes a new AuthToken for an account. */
  readonly newToken: (sid: string) => StoredToken
}

export type ReopenOutcome =
  | BranchOutcome
  | { readonly outcome: 'more' }
  | QuotaReached
  /** A living account elsewhere has what this account of the branch had. */
  | { readonly outcome: 'taken'; readonly field: 'realm' | 'name'; readonly sid: string }

/** What lives in a branch. */
export type BranchCounts = {
  /** By own status. */
  readonly accounts: Readonly<Record<Exclude<AccountStatus, 'closed'>, number>>
  readonly apiKeys: number
  readonly callflows: number
  readonly numbers: number
  readonly sessions: number
  /** Names that no living account outside the branch has. */
  readonly names: number
}
