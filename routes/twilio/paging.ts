import type { PagePosition, RandomPage } from '../../db/store.ts'
import type { TwilioPage } from '../../serializers/twilio/page.ts'
import { type FlatForm, knownParameters } from '../flat-form.ts'
import { TwilioError } from './errors.ts'

const standardPageSize = 50
/** More is cut and no error: SDKs send their `limit` as PageSize unasked (twilio.md 4). */
const mostPageSize = 1000
/** How far `Page` reaches without a token, which costs a walk over all rows before it. */
const mostSkipped = 100_000

export type PageRequest = {
  readonly pageSize: number
  /** Counted from 0; with a token it is the client's own count. */
  readonly page: number
  readonly token: string | undefined
  /** What to read: one row more than the page has, to see whether there is another page. */
  readonly read: RandomPage
}

/** Reads PageSize, Page and PageToken. Throws 20001 and, for a token that is none of ours, 21481. */
export function readPageRequest(query: FlatForm): PageRequest {
  const given = knownParameters(query, ['PageSize', 'Page', 'PageToken'])
  const pageSize = Math.min(
    wholeNumber('PageSize', given.PageSize, standardPageSize, 1),
    mostPageSize,
  )
  const page = wholeNumber('Page', given.Page, 0, 0)
  const limit = pageSize + 1
  if (given.PageToken !== undefined && given.PageToken !== '') {
    const position = positionOf(given.PageToken)
    return { pageSize, page, token: given.PageToken, read: { ...position, limit } }
  }
  if (page * pageSize > mostSkipped) {
    throw new TwilioError(20001, 'Invalid parameter: Page, follow next_page_uri to go further')
  }
  return { pageSize, page, token: undefined, read: { offset: page * pageSize, limit } }
}

type Row = { readonly sid: string; readonly createdAt: Date }

/** The rows of the page and the tokens of its neighbours, out of what `read` has given. */
export function cutPage<T extends Row>(
  request: PageRequest,
  rows: readonly T[],
): { readonly rows: readonly T[] } & Pick<
  TwilioPage,
  'page' | 'pageSize' | 'token' | 'nextToken' | 'previousToken'
> {
  const { page, pageSize, token, read } = request
  const isBackwards = read.before !== undefined
  const hasMore = rows.length > pageSize
  const kept = isBackwards ? rows.slice(-pageSize) : rows.slice(0, pageSize)
  const [first] = kept
  const last = kept.at(-1)
  // More rows may have come to fit the filter since the client counted its pages on the way here.
  const hasPrevious = isBackwards ? hasMore : page > 0
  return {
    rows: kept,
    page,
    pageSize,
    token,
    nextToken: (isBackwards || hasMore) && last !== undefined ? tokenFor('PA', last) : undefined,
    previousToken: hasPrevious && first !== undefined ? tokenFor('PB', first) : undefined,
  }
}

const tokenPattern = /^(PA|PB)([0-9a-z]{10})([0-9A-Za-z]{34})$/

/** `PA`: what comes behind this row; `PB`: what comes before it. Letters and digits only. */
function tokenFor(direction: 'PA' | 'PB', { sid, createdAt }: Row): string {
  return direction + createdAt.getTime().toString(36).padStart(10, '0') + sid
}

function positionOf(token: string): { after: PagePosition } | { before: PagePosition } {
  const [, direction, time = '', sid = ''] = tokenPattern.exec(token) ?? []
  const position = { createdAt: Number.parseInt(time, 36), sid }
  switch (direction) {
    case 'PA':
      return { after: position }
    case 'PB':
      return { before: position }
    default:
      throw new TwilioError(21481)
  }
}

function wholeNumber(
  name: string,
  text: string | undefined,
  standard: number,
  least: number,
): number {
  if (text === undefined || text === '') {
    return standard
  }
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= least)) {
    throw new TwilioError(20001, `Invalid parameter: ${name}`)
  }
  // Python's `limit=sys.maxsize` has 19 digits.
  return Math.min(value, Number.MAX_SAFE_INTEGER)
}
