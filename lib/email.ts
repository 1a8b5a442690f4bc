import { invalid } from './errors.ts'
import { textFault } from './text.ts'

const maxBytes = 254
const atom = /^[^\s()<>[\]:;,"\\@]+$/u
const domainLabel = /^[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u

/**
 * Folds an address to the form in which it is stored, compared and unique: trimmed, NFC, ASCII
 * letters in lower case (security.md I9).
 */
export function foldEmail(text: string): string {
  return text
    .trim()
    .normalize('NFC')
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/**
 * Takes a bare address (`local@domain`, no display name) and gives it folded.
 * Throws `invalid` for `email` when it is no address, and for `login` when its local part holds `?`
 * or `=`, which Restcomm refuses because it makes a SIP login of it.
 */
export function parseEmail(text: string): string {
  const email = foldEmail(text)
  const [local = '', domain = '', ...rest] = email.split('@')
  const isAddress =
    rest.length === 0 &&
    textFault(email, maxBytes) === undefined &&
    Buffer.byteLength(email) <= maxBytes &&
    isLocalPart(local) &&
    isDomain(domain)
  if (!isAddress) {
    throw invalid('email', { rule: 'malformed', value: text })
  }
  if (/[?=]/.test(local)) {
    throw invalid('login', { rule: 'malformed', value: local })
  }
  return email
}

function isLocalPart(local: string): boolean {
  return local.split('.').every((part) => atom.test(part))
}

/** A dot is not needed: `root@pbx` is an address inside a house. */
function isDomain(domain: string): boolean {
  return domain.split('.').every((label) => domainLabel.test(label))
}
