import type { AccountKey } from '../../db/store.ts'
import { accountKey } from '../../lib/account-key.ts'
import type { Media } from '../../serializers/restcomm/document.ts'
import type { SegmentedPath } from '../path.ts'

/** The key of the account that a path is about, whatever is asked of it; a broken path is about none. */
export function targetOf({ segments }: SegmentedPath): AccountKey | undefined {
  const [collection, first, second] = segments ?? []
  if (collection !== 'Accounts' || first === undefined) {
    return undefined
  }
  return accountKey(first === 'migrate' && second !== undefined ? second : first)
}

/**
 * The media type to answer in: JSON when the path or the Accept header says `json` anywhere, XML for
 * everything else that lets XML pass, and undefined when neither will do. No q-values, as in the original.
 */
export function mediaOf({ asksForJson }: SegmentedPath, accept: string): Media | undefined {
  if (asksForJson || accept.includes('json')) {
    return 'json'
  }
  return accept === '' || /xml|\*\/\*|application\/\*/.test(accept) ? 'xml' : undefined
}
