import type { AccountKey } from '../../db/store.ts'
import { accountKey } from '../../lib/account-key.ts'
import type { Media } from '../../serializers/restcomm/document.ts'

/** The path behind the dialect's prefix, in its parts. */
export type RestcommPath = {
  /** Percent-decoded, without `.json` and without empty parts; undefined when the encoding is broken. */
  readonly segments: readonly string[] | undefined
  readonly asksForJson: boolean
}

/**
 * Takes a raw path apart. `.json` anywhere asks for JSON and is cut from the end of every part (restcomm.md 2), so the account of
 * an e-mail that ends in `.json` is reached by adding another. Empty parts are dropped: a slash may
 * stand at the end, and the console's `/Accounts/.json` is the list.
 */
export function parsePath(rawPath: string): RestcommPath {
  const raw = rawPath.split('/')
  const cut = raw.map((segment) => segment.replace(/\.json$/, ''))
  return {
    segments: decoded(cut.filter((segment) => segment !== '')),
    asksForJson: rawPath.includes('.json'),
  }
}

/** The key of the account that a path is about, whatever is asked of it; a broken path is about none. */
export function targetOf({ segments }: RestcommPath): AccountKey | undefined {
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
export function mediaOf({ asksForJson }: RestcommPath, accept: string): Media | undefined {
  if (asksForJson || accept.includes('json')) {
    return 'json'
  }
  return accept === '' || /xml|\*\/\*|application\/\*/.test(accept) ? 'xml' : undefined
}

function decoded(segments: readonly string[]): readonly string[] | undefined {
  try {
    return segments.map(decodeURIComponent)
  } catch {
    return undefined
  }
}
