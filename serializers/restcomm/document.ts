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
  return media === 'json'
    ? JSON.stringify(resource.json(), null, 2)
    : xmlText({ RestcommResponse: { [resource.element]: resource.xml() } })
}

/** An error as a whole answer, in one line as the original writes it. */
export function errorText(message: string, media: Media): string {
  return media === 'json'
    ? JSON.stringify({ message })
    : xmlLine({ RestcommResponse: { Message: message } })
}

const xmlIndent = '    '
const jsonIndent = '  '

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
      const items = page.map((resource) => itemText(resource, media)).join(between)
      yield (isFirst ? open : between) + items
      isFirst = false
    }
  }
  yield isFirst ? empty : close
}

/** An item at the depth at which it stands in its list. No text in it has a line break of its own. */
function itemText(resource: Resource, media: Media): string {
  return media === 'json'
    ? JSON.stringify(resource.json(), null, 2).replace(/^/gm, jsonIndent)
    : xmlText({ [resource.element]: resource.xml() }).replace(/^/gm, xmlIndent)
}
