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

/** A list without pages that is longer goes out as it is read. */
const mostHeld = 1000

/** What the query asks for of a list. Throws `ValidationError` for paging or filters that are none. */
export async function listed<Item>(exchange: Exchange, list: Listed<Item>): Promise<Answer> {
  const query = exchange.query()
  const paging = readPaging(query)
  const passing = filtered(list.items(paging), list, query)
  const pageSize = paging.isPaged ? paging.pageSize : mostHeld
  const found = await firstOf(passing, pageSize + 1)
  const isMore = found.length > pageSize
  if (!paging.isPaged) {
    const data = found.map(list.summary)
    return isMore ? { data, rest: summaries(passing, list) } : { data }
  }
  const kept = found.slice(0, pageSize)
  const last = isMore ? kept.at(-1) : undefined
  const data = kept.map(list.summary)
  const nextStartKey = last && list.keyOf(last)
  return { data, page: { pageSize: data.length, startKey: paging.startKey, nextStartKey } }
}

async function* filtered<Item>(
  items: AsyncIterable<Item>,
  { filterable }: Listed<Item>,
  query: URLSearchParams,
): AsyncGenerator<Item> {
  const passes = readFilters(query)
  for await (const item of items) {
    if (passes(filterable(item))) {
      yield item
    }
  }
}

/** The next `count` items, or as many as are left. */
async function firstOf<Item>(items: AsyncIterator<Item>, count: number): Promise<Item[]> {
  const found: Item[] = []
  while (found.length < count) {
    const next = await items.next()
    if (next.done === true) {
      break
    }
    found.push(next.value)
  }
  return found
}

/** What is left, in pieces that are worth a write each. */
async function* summaries<Item>(
  items: AsyncIterator<Item>,
  { summary }: Listed<Item>,
): AsyncGenerator<readonly JsonObject[]> {
  for (
    let found = await firstOf(items, mostHeld);
    found.length > 0;
    found = await firstOf(items, mostHeld)
  ) {
    yield found.map(summary)
  }
}
