/** What becomes elements: text, elements in the order of the keys, or the same element several times. */
export type XmlContent = string | XmlElements
export type XmlElements = {
  readonly [element: string]: XmlContent | readonly XmlContent[] | undefined
}

/**
 * The one place where XML text is made: two spaces an indentation behind the one that is given, no
 * declaration, no newline behind the root, `& < > " '` escaped, undefined left out. Text must be
 * without control characters, which would be passed on (`lib/text.ts` keeps them out). By hand because
 * fast-xml-parser's builder, whose bytes these are, took a sixth of the time of a whole request for one
 * account and almost half of one for fifty.
 */
export function xmlText(elements: XmlElements, indentation = ''): string {
  return elementsText(elements, `\n${indentation}`, '  ').slice(1)
}

/** The same in one line, as Restcomm writes its errors. */
export function xmlLine(elements: XmlElements): string {
  return elementsText(elements, '', '')
}

/** A text with U+FFFD for each character that XML has no place for, where none could be refused. */
export function withoutForbiddenCharacters(text: string): string {
  return text.toWellFormed().replace(/(?![\t\n\r])[\p{Cc}\ufffe\uffff]/gu, '\ufffd')
}

/** Each element behind `lead`, what is in it one `step` further. */
function elementsText(elements: XmlElements, lead: string, step: string): string {
  let text = ''
  for (const name of Object.keys(elements)) {
    const content = elements[name]
    if (isList(content)) {
      for (const each of content) {
        text += elementText(name, each, lead, step)
      }
    } else if (content !== undefined) {
      text += elementText(name, content, lead, step)
    }
  }
  return text
}

function elementText(name: string, content: XmlContent, lead: string, step: string): string {
  const isText = typeof content === 'string'
  const inner = isText ? escaped(content) : elementsText(content, lead + step, step)
  if (inner === '') {
    return `${lead}<${name}/>`
  }
  return `${lead}<${name}>${inner}${isText ? '' : lead}</${name}>`
}

function isList(content: XmlElements[string]): content is readonly XmlContent[] {
  return Array.isArray(content)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

function escaped(text: string): string {
  return /[&<>"']/.test(text)
    ? text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
    : text
}
