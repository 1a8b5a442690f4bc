import type { JsonValue } from '../../../db/store.ts'
import { isJsonObject } from '../../../lib/documents.ts'
import { schemaOf } from '../schemas/index.ts'
import type { JsonSchema } from '../schemas/schema.ts'

/** The schemas of one step of a flow, which may have steps below it. */
export type Step = 'callflows.action' | 'metaflow'

export function isStep(name: string | undefined): name is Step {
  return name === 'callflows.action' || name === 'metaflow'
}

/** What the schema of an object says of one key, `$ref` and all. */
export function memberSchema(schema: JsonSchema = {}, key: string): JsonSchema | undefined {
  const { properties = {}, patternProperties = {}, additionalProperties } = schema
  if (Object.hasOwn(properties, key)) {
    return properties[key]
  }
  const pattern = Object.keys(patternProperties).find((text) => new RegExp(text, 'u').test(key))
  if (pattern !== undefined) {
    return patternProperties[pattern]
  }
  return additionalProperties === false ? undefined : additionalProperties
}

/** Follows `$ref`, and for a step of a metaflow its `module`, as far as that is known. */
export function resolve(
  schema: JsonSchema | undefined,
  value: JsonValue | undefined,
): JsonSchema | undefined {
  const meant = schema?.$ref === undefined ? schema : schemaOf(schema.$ref)
  if (meant?.discriminator === undefined || !isJsonObject(value)) {
    return meant
  }
  const kind = value[meant.discriminator.propertyName]
  const name = typeof kind === 'string' ? `${meant.id}.${kind}` : ''
  return meant.oneOf?.some(({ $ref }) => $ref === name) ? schemaOf(name) : meant
}

/** The keys of an object that have a default, which may stand in the schema that `$ref` names. */
export function defaultsOf(schema: JsonSchema | undefined): [key: string, value: JsonValue][] {
  return Object.entries(schema?.properties ?? {}).flatMap(([key, property]) => {
    const value = resolve(property, undefined)?.default
    return value === undefined ? [] : [[key, value]]
  })
}
