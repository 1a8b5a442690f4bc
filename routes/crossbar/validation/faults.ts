/** What is wrong with one field. `message` is for people. */
export type Fault = {
  readonly message: string
  readonly target?: unknown
  readonly cause?: unknown
  readonly value?: unknown
}

/** Of a key that is missing. */
export const required: Fault = { message: 'Field is required' }

export type FaultCode =
  | 'required'
  | 'type'
  | 'minLength'
  | 'maxLength'
  | 'minimum'
  | 'maximum'
  | 'enum'
  | 'pattern'
  | 'minItems'
  | 'maxItems'
  | 'uniqueItems'
  | 'additionalProperties'
  | 'unique'
  | 'invalid'
  | 'forbidden'
  | 'not_found'
  | 'disabled'
  | 'expired'
  | 'date_range'
  | 'not_one_schema_valid'

/** All that is wrong with a document: by field path and code (kazoo.md 5.1). Empty when nothing is. */
export type Faults = {
  readonly [path: string]: { readonly [code in FaultCode]?: Fault }
}

export function hasFaults(faults: Faults): boolean {
  return Object.keys(faults).length > 0
}

/** All faults of both, a field's together. */
export function joinedFaults(first: Faults, second: Faults): Faults {
  const fields = [...new Set([...Object.keys(first), ...Object.keys(second)])]
  return Object.fromEntries(fields.map((field) => [field, { ...first[field], ...second[field] }]))
}

/** Where a value stands; undefined for the document itself. Made for every value, so it is cheap. */
export type Place = { readonly above: Place; readonly key: string } | undefined

export type FaultReport = {
  readonly add: (place: Place, code: FaultCode, fault: Fault) => void
  readonly faults: () => Faults
}

/**
 * A key of half a megabyte above a thousand faults would make an answer of half a gigabyte, so no
 * fault is added any more once the paths have this many characters.
 */
const longestPaths = 1024 * 1024

/** `echo` is false for a document that is a secret: then no fault shows what was given (D8). */
export function startReport({ echo }: { readonly echo: boolean }): FaultReport {
  const found = new Map<string, Map<FaultCode, Fault>>()
  let room = longestPaths
  return {
    add(place, code, fault) {
      if (room > 0) {
        const path = fieldPath(place)
        room -= path.length
        found.set(path, (found.get(path) ?? new Map()).set(code, echo ? fault : silent(fault)))
      }
    },
    faults: () =>
      Object.fromEntries([...found].map(([path, codes]) => [path, Object.fromEntries(codes)])),
  }
}

/** `a.b` in a list of three becomes `a%2Eb.2` for the last. */
function fieldPath(place: Place): string {
  const keys: string[] = []
  for (let at = place; at !== undefined; at = at.above) {
    keys.push(at.key.replaceAll('.', '%2E'))
  }
  return keys.reverse().join('.')
}

function silent({ message, target }: Fault): Fault {
  return target === undefined ? { message } : { message, target }
}
