import type { InPassing, PlacedAccount } from './records.ts'

/** Accounts in the order of their names: the children of one, or all that is below it. */
export type NamedScope = { readonly childrenOf: string } | { readonly below: string }

export type NamePosition = { readonly name: string; readonly sid: string }

export type NamedPage = InPassing & {
  readonly after?: NamePosition
  readonly ascending: boolean
  readonly limit: number
}

export type NamedAccounts = {
  /** As many as the limit or fewer, or none, be they the last or not. */
  readonly accounts: readonly PlacedAccount[]
  /** Behind which to go on; undefined at the end. */
  readonly next: NamePosition | undefined
}

/** Which of them a living account has already. */
export type TakenNames = { readonly realm: boolean; readonly name: boolean }
