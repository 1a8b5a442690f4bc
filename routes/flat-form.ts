import { HttpError } from './http-error.ts'

const mostFields = 100

/** The parameters of a form or a query: each a single text. */
export type FlatForm = ReadonlyMap<string, string>

/**
 * Splits `a=1&b=2` as URLSearchParams does, of which this is the strict form: throws 400, naming the
 * parameter, for one given twice, for `x[]` and `x[y]`, for a broken percent sign or bytes that are
 * no UTF-8, and for more than 100 fields (security.md I2).
 */
export function parseFlatForm(text: string): FlatForm {
  checkEncoding(text)
  const form = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(text)) {
    if (name.includes('[')) {
      throw new HttpError(
        400,
        `Parameter ${printable(name)} is invalid: parameters are single texts`,
      )
    }
    if (form.has(name)) {
      throw new HttpError(
        400,
        `Parameter ${printable(name)} is invalid: it was given more than once`,
      )
    }
    form.set(name, value)
    if (form.size > mostFields) {
      throw new HttpError(400, `The request is invalid: it has more than ${mostFields} parameters`)
    }
  }
  return form
}

/**
 * The parameters that a route knows; others are left out. Throws 400 for a name that differs from a
 * known one in letter case only: dropping `status=closed` would answer 200 and close nothing (I3).
 */
export function knownParameters<Name extends string>(
  form: FlatForm,
  known: readonly Name[],
): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {}
  for (const [name, value] of form) {
    const match = known.find((candidate) => candidate.toLowerCase() === name.toLowerCase())
    if (match !== undefined && match !== name) {
      throw new HttpError(400, `Parameter ${printable(name)} is invalid: it is written ${match}`)
    }
    if (match !== undefined) {
      found[match] = value
    }
  }
  return found
}

/** A text of the client as it may stand in an answer: without characters that XML has no place for. */
export function printable(text: string): string {
  return text.toWellFormed().replace(/[\p{Cc}\ufffe\uffff]/gu, '\ufffd')
}

function checkEncoding(text: string): void {
  // The body was read as UTF-8, which leaves U+FFFD where the bytes were none.
  const broken = text.split('&').find((pair) => pair.includes('\ufffd') || !isDecodable(pair))
  if (broken !== undefined) {
    const name = printable(broken.split('=')[0] ?? '')
    throw new HttpError(400, `Parameter ${name} is invalid: it is not percent-encoded UTF-8`)
  }
}

/** Whether its percent signs stand for bytes that are UTF-8. */
export function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
