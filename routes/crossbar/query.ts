import { isDecodable, printable } from '../flat-form.ts'
import type { Parameter } from '../route.ts'
import { ValidationError } from './errors.ts'

/**
 * The parameters of a query. Throws `ValidationError` naming one with a broken percent sign or bytes
 * that are no UTF-8 (security.md I2): read as something else, a filter would answer another question.
 */
export function readQuery(text: string): URLSearchParams {
  const broken = text.split('&').find((pair) => !isDecodable(pair))
  if (broken !== undefined) {
    const [name = '', ...value] = broken.split('=')
    throw invalidParameter(name, 'The parameter is not percent-encoded UTF-8', value.join('='))
  }
  return new URLSearchParams(text)
}

/**
 * Throws `ValidationError` for a parameter that differs from a known one in letter case alone: passed
 * over, it would answer more than was asked for, or less (security.md I3).
 */
export function refuseOtherCase(query: URLSearchParams, known: readonly Parameter[]): void {
  for (const [name, value] of query) {
    const meant = known.find((parameter) => parameter.name === name.toLowerCase())
    if (meant !== undefined && meant.name !== name) {
      throw invalidParameter(name, `The parameter is written ${meant.name}`, value)
    }
  }
}

export function invalidParameter(name: string, message: string, cause: string): ValidationError {
  const fault = { invalid: { message, cause: printable(cause) } }
  return new ValidationError({ [printable(name)]: fault })
}
