import type { JsonObject } from '../../db/store.ts'
import type { Answer, Exchange } from './exchange.ts'
import { readFilters } from './filters.ts'
import { type Paging, readPaging } from './paging.ts'

/** A list that is filtered before it is cut into pages. */
export type Listed<Item> = {
  /** All items in order, beginning behind the page's key. */
  readonly items: (paging: Paging) => AsyncIterable<Item>
  /** What the filters look at. */
  readonly filterable: (item: Item) => JsonObject
  readonly summary: (item: Item) => JsonObject
  /** The key of the page that begins behind this item. */
  readonly keyOf: (item: Item) => string
}

/** The page of a list that the query asks for. Throws `ValidationError` for paging or filters that are none. */
export async function listed<Item>({ query }: Exchange, list: Listed<Item>): Promise<Answer> {
  const paging = readPaging(query)
  const passes = readFilters(query)
  const found: Item[] = []
  for await (const item of list.items(paging)) {
    if (passes(list.filterable(item))) {
      found.push(item)
    }
    if (found.length > paging.pageSize) {
      break
    }
  }
  const kept = found.slice(0, paging.pageSize)
  const last = found.length > kept.length ? kept.at(-1) : undefined
  const data = kept.map(list.summary)
  const nextStartKey = last && list.keyOf(last)
  const page = { pageSize: data.length, startKey: paging.startKey, nextStartKey }
  return paging.isPaged ? { data, page } : { data }
}
