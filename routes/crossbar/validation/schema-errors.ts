import type { ErrorObject } from 'ajv-draft-04'
import { type Fault, type FaultCode, type FaultReport, type Place, required } from './faults.ts'

/**
 * Reports what ajv found in the value at a place, as kazoo.md 5.1 words it: `required` and
 * `additionalProperties` at the key that is missing or too much, all else at the value.
 */
export function reportSchemaErrors(
  errors: readonly ErrorObject[],
  place: Place,
  report: FaultReport,
) {
  for (const error of errors) {
    const found = faultOf(error)
    if (found !== undefined) {
      const keys = [...keysOf(error), ...(found.key === undefined ? [] : [found.key])]
      const end = keys.reduce<Place>((above, key) => ({ above, key }), place)
      report.add(end, found.code, found.fault)
    }
  }
}

/** `key` is for faults of a key that is missing or too much. */
type Found = { readonly code: FaultCode; readonly fault: Fault; readonly key?: string }

function faultOf({ keyword, schema: target, data: value, params }: ErrorObject): Found | undefined {
  switch (keyword) {
    case 'required':
      return {
        code: 'required',
        fault: required,
        key: String(params.missingProperty),
      }
    case 'additionalProperties':
      return extraKey(value, String(params.additionalProperty))
    case 'minLength':
    case 'maxLength': {
      const bound = keyword === 'minLength' ? 'at least' : 'at most'
      const message = `Text must have ${bound} ${target} characters`
      return { code: keyword, fault: { message, target, cause: value, value } }
    }
    case 'type':
      return { code: 'type', fault: { message: `Value is not of type ${target}`, target, value } }
    case 'minimum':
      return { code: 'minimum', fault: { message: `Value is less than ${target}`, target, value } }
    case 'pattern':
      return {
        code: 'pattern',
        fault: { message: `Value does not match ${target}`, target, value },
      }
    case 'uniqueItems':
      return { code: 'uniqueItems', fault: { message: 'Two items are the same', value } }
    case 'enum':
      // Our enumerations are of texts and say so: another type is one fault, not two.
      return typeof value === 'string'
        ? { code: 'enum', fault: { message: `Value is not one of ${target}`, target, value } }
        : undefined
    case 'discriminator':
      // A module that is missing or unknown is a fault of the key itself.
      return undefined
    default:
      throw new Error(`no fault code stands for the keyword ${keyword}`)
  }
}

function extraKey(parent: unknown, key: string): Found {
  const value: unknown = Object(parent)[key]
  return {
    code: 'additionalProperties',
    fault: { message: 'Field is not one of those allowed here', value },
    key,
  }
}

function keysOf({ instancePath }: ErrorObject): string[] {
  const keys = instancePath.split('/').slice(1)
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}
