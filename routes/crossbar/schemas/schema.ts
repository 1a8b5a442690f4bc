import type { JsonValue } from '../../../db/store.ts'

/** The part of JSON Schema draft-04 that our schemas use; `$ref` holds the bare name of another. */
export type JsonSchema = {
  readonly $schema?: string
  readonly id?: string
  readonly $ref?: string
  readonly description?: string
  readonly type?: JsonType
  readonly default?: JsonValue
  readonly enum?: readonly string[]
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly minimum?: number
  readonly items?: JsonSchema
  readonly uniqueItems?: true
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: false | JsonSchema
  readonly required?: readonly string[]
  readonly oneOf?: readonly JsonSchema[]
  /**
   * Not of draft-04, which lets a reader pass over it: names the key whose value says which of
   * `oneOf` is meant. Without it a validator tries all fifteen modules at every level of a metaflow.
   */
  readonly discriminator?: { readonly propertyName: string }
}

export type JsonType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'

/** A schema under the name by which it is served and referred to. */
export function named(id: string, schema: JsonSchema): JsonSchema {
  return { $schema: 'http://json-schema.org/draft-04/schema#', id, ...schema }
}
