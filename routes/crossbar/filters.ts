import type { JsonObject, JsonValue } from '../../db/store.ts'
import { valueAt } from '../../lib/documents.ts'
import { printable } from '../flat-form.ts'
import type { Parameter } from '../route.ts'
import { ValidationError } from './errors.ts'
import { invalidParameter, refuseOtherCase } from './query.ts'

export type Filter = (document: JsonObject) => boolean

/** Of those with a path in their name, `filter_enabled=true` for one, the description can give no list. */
export const filterParameters: readonly Parameter[] = [
  ...['has_key', 'key_missing', 'has_value', 'value_missing', 'missing_value'].map((name) => ({
    name,
    description: 'Path of a key of the document, its parts joined by dots',
  })),
  ...['created_from', 'created_to', 'modified_from', 'modified_to'].map((name) => ({
    name,
    description: 'Gregorian seconds, inclusive',
  })),
]

/**
 * The filters of a list's query, of which all must hold (kazoo.md 7). They see public keys only, since
 * that is all a document given to them has; parameters that are no filter are ignored. Throws
 * `ValidationError` for a time that is no number, and for a filter in another letter case.
 */
export function readFilters(query: URLSearchParams): Filter {
  refuseOtherCase(query, filterParameters)
  const filters = [...query].flatMap(([name, value]) => filterFrom(name, value) ?? [])
  return (document) => filters.every((filter) => filter(document))
}

function filterFrom(name: string, value: string): Filter | undefined {
  const path = pathBehind(name)
  switch (path.kind) {
    case 'filter_not_':
      return (document) => !equalsText(valueAt(document, path.rest), value)
    case 'filter_':
      return (document) => equalsText(valueAt(document, path.rest), value)
    default:
      if (/^filter_/i.test(name)) {
        throw invalidParameter(name, 'The parameter is written filter_ before its path', value)
      }
      return presenceFilter(name, value) ?? timeFilter(name, value)
  }
}

function presenceFilter(name: string, path: string): Filter | undefined {
  switch (name) {
    case 'has_key':
      return (document) => valueAt(document, path) !== undefined
    case 'key_missing':
      return (document) => valueAt(document, path) === undefined
    case 'has_value':
      return (document) => !isEmpty(valueAt(document, path))
    case 'value_missing':
    case 'missing_value':
      return (document) => isEmpty(valueAt(document, path))
    default:
      return undefined
  }
}

/** Inclusive, in gregorian seconds. */
function timeFilter(name: string, text: string): Filter | undefined {
  const [, key, end] = /^(created|modified)_(from|to)$/.exec(name) ?? []
  if (key === undefined) {
    return undefined
  }
  const limit = Number(text)
  if (!/^\d+$/.test(text)) {
    throw new ValidationError({
      [name]: {
        type: {
          message: 'Value is not of type integer',
          target: 'integer',
          value: printable(text),
        },
      },
    })
  }
  return (document) => {
    const time = Number(valueAt(document, key))
    return end === 'from' ? time >= limit : time <= limit
  }
}

function pathBehind(name: string): { kind: 'filter_not_' | 'filter_' | 'none'; rest: string } {
  for (const kind of ['filter_not_', 'filter_'] as const) {
    if (name.startsWith(kind)) {
      return { kind, rest: name.slice(kind.length) }
    }
  }
  return { kind: 'none', rest: '' }
}

/** A value equals a text as it is written; a list equals every one of its items. */
function equalsText(value: JsonValue | undefined, text: string): boolean {
  if (Array.isArray(value)) {
    return value.some((item) => equalsText(item, text))
  }
  return typeof value === 'string' ? value === text : JSON.stringify(value) === text
}

function isEmpty(value: JsonValue | undefined): boolean {
  return (
    value === undefined ||
    value === null ||
    value === '' ||
    (typeof value === 'object' && Object.keys(value).length === 0)
  )
}
