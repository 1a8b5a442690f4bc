import type { Credentials } from '../lib/authenticate.ts'

/**
 * The name and secret of an `Authorization: Basic` header (RFC 7617): the scheme in any letter case,
 * split at the first colon, read as UTF-8. Undefined for any other or a malformed header.
 */
export function basicCredentials(header: string): Credentials | undefined {
  const encoded = /^basic +([A-Za-z0-9+/_-]+={0,2}) *$/i.exec(header)?.[1]
  if (encoded === undefined) {
    return undefined
  }
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : { name: text.slice(0, colon), secret: text.slice(colon + 1) }
}
