/** A page of a list and where it stands. */
export type TwilioPage = {
  /** The one key that is not about paging; a second makes Python, PHP and Ruby refuse the page. */
  readonly name: 'accounts' | 'keys' | 'signing_keys'
  readonly items: readonly object[]
  readonly path: string
  /** The filters in force, which every link repeats. */
  readonly filters: Readonly<Record<string, string>>
  readonly pageSize: number
  /** Counted from 0. */
  readonly page: number
  /** The token that this page was asked for with. */
  readonly token: string | undefined
  readonly nextToken: string | undefined
  readonly previousToken: string | undefined
}

/** Twilio's envelope of a page, with links as paths: SDKs put their own host in front (twilio.md 4). */
export function pageJson(list: TwilioPage): object {
  const { name, items, page, pageSize } = list
  const start = page * pageSize
  return {
    first_page_uri: link(list, 0, undefined),
    end: items.length === 0 ? 0 : start + items.length - 1,
    previous_page_uri:
      list.previousToken === undefined
        ? null
        : link(list, Math.max(0, page - 1), list.previousToken),
    [name]: items,
    uri: link(list, page, list.token),
    page_size: pageSize,
    start,
    next_page_uri: list.nextToken === undefined ? null : link(list, page + 1, list.nextToken),
    page,
  }
}

function link(list: TwilioPage, page: number, token: string | undefined): string {
  const query = new URLSearchParams({
    ...list.filters,
    PageSize: String(list.pageSize),
    Page: String(page),
    ...(token !== undefined && { PageToken: token }),
  })
  return `${list.path}?${query}`
}
