import type { AccountKey } from '../../db/store.ts'
import type { SegmentedPath } from '../path.ts'

/** The key of an id as this dialect writes it: 32 characters, the SID without its two letters (D12). */
export function accountKeyOf(id: string): { readonly sid: string } {
  return { sid: `AC${id}` }
}

/** The key of the account that a path is about, whatever is asked of it. */
export function targetOf({ segments }: SegmentedPath): AccountKey | undefined {
  const [collection, id] = segments ?? []
  return collection === 'accounts' && id !== undefined ? accountKeyOf(id) : undefined
}
