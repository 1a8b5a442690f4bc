import { commonPasswords } from './common-passwords.ts'
import { invalid } from './errors.ts'
import { isAuthToken } from './ids.ts'
import { passwordScore } from './password-score.ts'
import { mostPasswordBytes } from './secrets.ts'
import { textFault } from './text.ts'

/** `length`: 8 to 72 bytes, nothing obvious. `score`: Restcomm's strength score of 50 or more. */
export type PasswordPolicy = 'length' | 'score'

const minBytes = 8
const minScore = 50

/** What belongs to the account, and therefore makes no password for it. */
export type PasswordOwner = { readonly email: string | undefined; readonly friendlyName: string }

/**
 * Throws `invalid` for `password`: `weak` when the policy refuses it, when it is the account's e-mail,
 * local part or name, one of the commonest, or of the form of an AuthToken (which is never hashed).
 */
export function checkPassword(
  password: string,
  owner: PasswordOwner,
  policy: PasswordPolicy,
): void {
  const fault = textFault(password, Number.POSITIVE_INFINITY)
  if (fault !== undefined) {
    throw invalid('password', fault)
  }
  const bytes = Buffer.byteLength(password)
  if (bytes > mostPasswordBytes) {
    throw invalid('password', { rule: 'tooLong', limit: mostPasswordBytes, unit: 'bytes' })
  }
  const isStrong = policy === 'score' ? passwordScore(password) >= minScore : bytes >= minBytes
  if (!isStrong || isObvious(password, owner)) {
    throw invalid('password', { rule: 'weak' })
  }
}

function isObvious(password: string, { email, friendlyName }: PasswordOwner): boolean {
  const folded = password.toLowerCase()
  return (
    isAuthToken(password) ||
    commonPasswords.has(folded) ||
    folded === friendlyName.toLowerCase() ||
    (email !== undefined &&
      [email, email.split('@')[0]].some((text) => text?.toLowerCase() === folded))
  )
}
