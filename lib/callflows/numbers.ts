import type { JsonObject } from '../../db/store.ts'

/**
 * How numbers are kept: as they were sent, or brought to E.164 by North American rules as Kazoo does
 * it, which would damage the numbers of any other numbering plan (kazoo.md D30).
 */
export type NumberForm = 'as-sent' | 'north-american'

const northAmerican = /^(?:\+?1)?([2-9]\d{2}[2-9]\d{6})$/
const international = /^(?:011|00)(\d+)$/
/** With a plus before more of them, a number would be longer than a callflow takes. */
const digits = /^\d{8,35}$/

/** The number in the form in which it is kept and looked for; short ones are extensions and stay. */
export function normalizedNumber(number: string, form: NumberForm): string {
  if (form === 'as-sent') {
    return number
  }
  const national = northAmerican.exec(number)?.[1]
  if (national !== undefined) {
    return `+1${national}`
  }
  const dialed = international.exec(number)?.[1]
  if (dialed !== undefined) {
    return `+${dialed}`
  }
  return digits.test(number) ? `+${number}` : number
}

/** The texts of a list in a document; what is no text is left out. */
export function textsOf(document: JsonObject, key: 'numbers' | 'patterns'): readonly string[] {
  const list = document[key]
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : []
}
