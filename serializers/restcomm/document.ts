import { remembered } from '../../lib/remembered.ts'
import { type XmlContent, xmlLine, xmlText } from '../xml.ts'

export type Media = 'xml' | 'json'

/** A resource in both forms; only the one that is asked for is made. */
export type Resource = {
  /** The element around one of them. */
  readonly element: 'Account' | 'Organization' | 'Audit' | 'ClosePreview' | 'Webhook'
  readonly xml: () => XmlContent
  readonly json: () => object
}

/** One resource as a whole answer. */
export function documentText(resource: Resource, media: Media): string {
  return documents[media](resource)
}

const documents = {
  xml: remembered(({ element, xml }: Resource) =>
    xmlText({ RestcommResponse: { [element]: xml() } }),
  ),
  json: remembered(({ json }: Resource) => JSON.stringify(json(), null, 2)),
} as const

/** An error as a whole answer, in one line as the original writes it. */
export function errorText(message: string, media: Media): string {
  return media === 'json'
    ? JSON.stringify({ message })
    : xmlLine({ RestcommResponse: { Message: message } })
}

/**
 * A list as pieces of one answer, so that a long one never stands in memory as a whole: a bare array
 * in JSON, `Accounts` or `Organizations` in XML.
 */
export async function* listText(
  element: Resource['element'],
  pages: AsyncIterable<readonly Resource[]>,
  media: Media,
): AsyncGenerator<string> {
  const list = `${element}s`
  const [open, between, close, empty] =
    media === 'json'
      ? ['[\n', ',\n', '\n]', '[]']
      : [
          `<RestcommResponse>\n  <${list}>\n`,
          '\n',
          `\n  </${list}>\n</RestcommResponse>`,
          xmlText({ RestcommResponse: { [list]: '' } }),
        ]
  let isFirst = true
  for await (const page of pages) {
    if (page.length > 0) {
      yield (isFirst ? open : between) + itemsText(page, media)
      isFirst = false
    }
  }
  yield isFirst ? empty : close
}

const xmlIndent = '    '

/** Items at the depth at which they stand in their list, and what is between them. */
function itemsText(page: readonly Resource[], media: Media): string {
  return page.map(items[media]).join(media === 'json' ? ',\n' : '\n')
}

const items = {
  xml: remembered(({ element, xml }: Resource) => xmlText({ [element]: xml() }, xmlIndent)),
  json: remembered(({ json }: Resource) => JSON.stringify(json(), null, 2).replace(/^/gm, '  ')),
} as const
