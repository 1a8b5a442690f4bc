import type { NamePosition } from '../../db/store.ts'
import { printable } from '../flat-form.ts'
import type { Parameter } from '../route.ts'
import { ValidationError } from './errors.ts'
import { invalidParameter, refuseOtherCase } from './query.ts'

const standardPageSize = 50
export const mostPageSize = 1000

export type Paging = {
  /** Infinity when everything is asked for. */
  readonly pageSize: number
  readonly isPaged: boolean
  readonly ascending: boolean
  /** As it was sent; empty on the first page. */
  readonly startKey: string
  readonly after: NamePosition | undefined
}

export const pagingParameters: readonly Parameter[] = [
  { name: 'page_size', description: `Accounts on a page; ${standardPageSize} if not given` },
  { name: 'start_key', description: '`next_start_key` of the page before' },
  { name: 'paginate', description: '`false` for everything at once' },
  { name: 'ascending', description: '`true` to begin with the first of the names' },
  { name: 'descending', description: '`false` for the same' },
]

/** Reads the paging of a list (kazoo.md 7). Throws `ValidationError` naming the parameter. */
export function readPaging(query: URLSearchParams): Paging {
  refuseOtherCase(query, pagingParameters)
  const isPaged = query.get('paginate') !== 'false'
  const startKey = query.get('start_key') ?? ''
  return {
    pageSize: isPaged ? pageSizeFrom(query.get('page_size')) : Number.POSITIVE_INFINITY,
    isPaged,
    ascending: query.get('ascending') === 'true' || query.get('descending') === 'false',
    startKey,
    after: isPaged && startKey !== '' ? positionFrom(startKey) : undefined,
  }
}

/** The key of the page behind this position. */
export function nextStartKey(name: string, sid: string): string {
  return Buffer.from(JSON.stringify([name, sid])).toString('base64url')
}

function positionFrom(key: string): NamePosition {
  try {
    const [name, sid]: unknown[] = JSON.parse(Buffer.from(key, 'base64url').toString('utf8'))
    if (typeof name === 'string' && typeof sid === 'string') {
      return { name, sid }
    }
  } catch {
    // Refused below, like everything else that is no key of ours.
  }
  throw invalidParameter('start_key', 'Give back next_start_key as it was received', key)
}

function pageSizeFrom(text: string | null): number {
  if (text === null) {
    return standardPageSize
  }
  if (!/^[1-9]\d{0,14}$/.test(text)) {
    throw new ValidationError({
      page_size: {
        minimum: {
          message: 'Value is no whole number from 1 on',
          target: 1,
          value: printable(text),
        },
      },
    })
  }
  return Math.min(Number(text), mostPageSize)
}
