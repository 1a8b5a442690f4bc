import { type InvalidFault, invalid } from './errors.ts'

// Controls, line breaks, and the two that XML 1.0 has no place for.
const refused = /[\p{Cc}\p{Zl}\p{Zp}\ufffe\uffff]/u

/**
 * What is wrong with a one-line text of at most `limit` code points, or undefined. What passes can
 * be written into any XML answer: the builder lets such characters through, and one of them would
 * make every list with that account unreadable.
 */
export function textFault(text: string, limit: number): InvalidFault | undefined {
  if (!text.isWellFormed() || refused.test(text)) {
    return { rule: 'characters' }
  }
  if (text.length > limit && [...text].length > limit) {
    return { rule: 'tooLong', limit, unit: 'characters' }
  }
  return undefined
}

/** Gives the text back; throws `invalid` naming the field when it is not one line of `limit` code points. */
export function checkedText(field: string, text: string, limit: number): string {
  const fault = textFault(text, limit)
  if (fault !== undefined) {
    throw invalid(field, fault)
  }
  return text
}
