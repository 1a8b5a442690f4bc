import { foldEmail } from './email.ts'
import { isSid } from './ids.ts'

export type ClientKey = { readonly sid: string } | { readonly email: string }

/**
 * What a client calls an account by: its SID or its e-mail, in any letter case. Undefined for a text
 * that can be neither. A name never finds an account: two may be called alike.
 */
export function accountKey(text: string): ClientKey | undefined {
  if (isSid(text)) {
    return { sid: text }
  }
  return text.includes('@') ? { email: foldEmail(text) } : undefined
}

/** The same of what an operator types, who may leave the two letters of a SID away. */
export function namedAccountKey(name: string): ClientKey | undefined {
  return /^[0-9a-zA-Z]{32}$/.test(name) ? { sid: `AC${name}` } : accountKey(name)
}
