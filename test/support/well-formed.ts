import { SaxesParser } from 'saxes'

/**
 * Reads an answer that says it is XML with a strict parser (security.md R5). Throws where it is not
 * well-formed, has a character that XML has not, or more than elements and text.
 */
export function assertWellFormed(headers: Headers, text: string): void {
  const isXml = headers.get('content-type')?.startsWith('application/xml') === true
  if (!isXml || text === '') {
    return
  }
  const parser = new SaxesParser()
  for (const construct of ['cdata', 'comment', 'doctype'] as const) {
    parser.on(construct, () => {
      throw new Error(`an answer holds a ${construct}: ${text}`)
    })
  }
  parser.on('error', ({ message }) => {
    throw new Error(`an answer is no XML, ${message}: ${text}`)
  })
  parser.write(text).close()
}
