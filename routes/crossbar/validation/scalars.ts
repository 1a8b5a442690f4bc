import type { JsonValue } from '../../../db/store.ts'
import type { JsonType } from '../schemas/schema.ts'

/**
 * What a text was meant to be where another type is asked for: forms of browsers send `"3000"` and
 * `"true"` (D26). A text that does not say it exactly stays what it is, and no text is ever made.
 */
export function repaired(text: string, wanted: JsonType | undefined): JsonValue {
  switch (wanted) {
    case 'integer':
      return /^[+-]?\d+$/.test(text) ? safeInteger(text) : text
    case 'number':
      return /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? finite(text) : text
    case 'boolean':
      return text === 'true' || text === 'false' ? text === 'true' : text
    default:
      return text
  }
}

function safeInteger(text: string): number | string {
  return Number.isSafeInteger(Number(text)) ? Number(text) : text
}

function finite(text: string): number | string {
  return Number.isFinite(Number(text)) ? Number(text) : text
}

// Of the controls, texts of several lines need tab, line feed and carriage return.
const refused = /[^\P{Cc}\t\n\r]|[\ufffe\uffff]/u

/** Whether a text can be written into any answer, XML ones included (security.md I1). */
export function isSoundText(text: string): boolean {
  return text.isWellFormed() && !refused.test(text)
}
