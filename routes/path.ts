import type { Middleware } from './context.ts'
import { HttpError } from './http-error.ts'

/** The path behind a dialect's prefix, in its parts. */
export type SegmentedPath = {
  /** Percent-decoded, without `.json` and without empty parts; undefined when the encoding is broken. */
  readonly segments: readonly string[] | undefined
  readonly asksForJson: boolean
}

/**
 * Takes a raw path apart. `.json` anywhere asks for JSON and is cut from the end of every part
 * (restcomm.md 2), so the account of an e-mail that ends in `.json` is reached by adding another. Empty parts are dropped: a slash may
 * stand at the end, and the console's `/Accounts/.json` is the list.
 */
export function parsePath(rawPath: string): SegmentedPath {
  const asksForJson = rawPath.includes(jsonEnding)
  const raw = rawPath.split('/')
  const cut = asksForJson ? raw.map(withoutJson) : raw
  const segments = cut.filter((segment) => segment !== '')
  return { segments: rawPath.includes('%') ? decoded(segments) : segments, asksForJson }
}

const jsonEnding = '.json'

function withoutJson(segment: string): string {
  return segment.endsWith(jsonEnding) ? segment.slice(0, -jsonEnding.length) : segment
}

/** Gives the router the path in one spelling. Throws 400 for one whose encoding is broken. */
export const routedPath: Middleware = (ctx, next) => {
  const { segments } = ctx.state.path
  if (segments === undefined) {
    throw new HttpError(400, 'The path is invalid: it is not percent-encoded UTF-8')
  }
  ctx.newRouterPath = `/${segments.map(encodeURIComponent).join('/')}`
  return next()
}

function decoded(segments: readonly string[]): readonly string[] | undefined {
  try {
    return segments.map(decodeURIComponent)
  } catch {
    return undefined
  }
}
