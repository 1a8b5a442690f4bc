import type { Parameter } from '../route.ts'
import type { ValidationError } from './errors.ts'
import { invalidParameter } from './query.ts'

export const dryRunParameter: Parameter = {
  name: 'dry_run',
  description: '`true` answers what the deletion would hit, and deletes nothing.',
  values: ['true', 'false'],
}

/**
 * Whether a deletion is only to be looked at. Unknown parameters are passed over in this dialect, but
 * whoever sends this one in any form wants nothing changed: throws `ValidationError` for a slip.
 */
export function asksForPreview(query: URLSearchParams): boolean {
  const given = [...query].filter(([name]) => name.toLowerCase() === dryRunParameter.name)
  const [[name, value] = [], ...more] = given
  if (name === undefined) {
    return false
  }
  if (
    name !== dryRunParameter.name ||
    more.length > 0 ||
    !['true', 'false'].includes(value ?? '')
  ) {
    throw refusal('Value is to be true or false, and given once', value)
  }
  return value === 'true'
}

/** Throws `ValidationError` where there is no preview, to who asks for one. */
export function refuseDryRun(query: URLSearchParams): void {
  if (asksForPreview(query)) {
    throw refusal('Only a deletion has a preview', 'true')
  }
}

function refusal(message: string, cause = ''): ValidationError {
  return invalidParameter(dryRunParameter.name, message, cause)
}
