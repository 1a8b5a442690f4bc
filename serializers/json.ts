import { remembered } from '../lib/remembered.ts'

/** The JSON of a value in one line; made once for what is kept, such as the document of an account. */
export function jsonText(value: unknown): string {
  return typeof value === 'object' && value !== null ? textOf(value) : JSON.stringify(value)
}

const textOf = remembered((value: object) => JSON.stringify(value))
