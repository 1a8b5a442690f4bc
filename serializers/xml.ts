import { XMLBuilder } from 'fast-xml-parser'

/** What becomes elements: text, elements in the order of the keys, or the same element several times. */
export type XmlContent =
  | string
  | { readonly [element: string]: XmlContent | readonly XmlContent[] | undefined }

const options = { suppressEmptyNode: true, ignoreAttributes: true }
const indented = new XMLBuilder({ ...options, format: true, indentBy: '  ' })
const oneLine = new XMLBuilder(options)

/**
 * The one place where XML text is made: two spaces an indentation, no declaration, no newline behind
 * the root, `& < > " '` escaped, undefined left out. Text must be without control characters, which
 * the builder would pass on (`lib/text.ts` keeps them out).
 */
export function xmlText(content: XmlContent): string {
  return String(indented.build(content)).trimEnd()
}

/** The same in one line, as Restcomm writes its errors. */
export function xmlLine(content: XmlContent): string {
  return String(oneLine.build(content))
}

/** A text with U+FFFD for each character that XML has no place for, where none could be refused. */
export function withoutForbiddenCharacters(text: string): string {
  return text.toWellFormed().replace(/(?![\t\n\r])[\p{Cc}\ufffe\uffff]/gu, '\ufffd')
}
