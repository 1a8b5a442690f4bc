import type { JsonObject } from '../../db/store.ts'

/** A callflow as the rules of calls see it: which numbers it takes and what it does with a call. */
export type Callflow = {
  /** 32 lower-case hex digits. */
  readonly id: string
  readonly numbers: readonly string[]
  /** Texts of regular expressions. */
  readonly patterns: readonly string[]
  /** All that was sent: `name`, `flow`, `metaflow` and whatever else. */
  readonly document: JsonObject
}
