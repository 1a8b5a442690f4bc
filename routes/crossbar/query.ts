import { isDecodable, printable } from '../flat-form.ts'
import { ValidationError } from './errors.ts'

/**
 * The parameters of a query. Throws `ValidationError` naming one with a broken percent sign or bytes
 * that are no UTF-8 (security.md I2): read as something else, a filter would answer another question.
 */
export function readQuery(text: string): URLSearchParams {
  const broken = text.split('&').find((pair) => !isDecodable(pair))
  if (broken !== undefined) {
    const [name = '', ...value] = broken.split('=')
    const message = 'The parameter is not percent-encoded UTF-8'
    const fault = { invalid: { message, cause: printable(value.join('=')) } }
    throw new ValidationError({ [printable(name)]: fault })
  }
  return new URLSearchParams(text)
}
