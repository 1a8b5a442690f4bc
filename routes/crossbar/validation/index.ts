import ajv, { type ErrorObject, type ValidateFunction } from 'ajv-draft-04'
import type { JsonObject } from '../../../db/store.ts'
import { type SchemaName, schemaNames, schemaOf } from '../schemas/index.ts'
import { type Faults, startReport } from './faults.ts'
import { prepare } from './prepare.ts'
import { reportSchemaErrors } from './schema-errors.ts'

export type Validated = {
  /** A copy with defaults and repaired types. Where a flow is too deep, the copy ends. */
  readonly document: JsonObject
  /** Empty when the document is valid. */
  readonly faults: Faults
}

const validators = compileAll()

/** Documents whose faults must not show what was given: it is a secret (D8). */
const secretDocuments: readonly SchemaName[] = ['api_auth', 'user_auth']

/** Checks a document by the schema that is served under the name; reports all faults together. */
export function validateDocument(name: SchemaName, document: JsonObject): Validated {
  const report = startReport({ echo: !secretDocuments.includes(name) })
  const prepared = prepare(name, document, report)
  for (const { schema, value, place } of prepared.parts) {
    reportSchemaErrors(schemaErrors(schema, value), place, report)
  }
  return { document: prepared.document, faults: report.faults() }
}

function schemaErrors(name: SchemaName, value: JsonObject): readonly ErrorObject[] {
  const validate = validators.get(name)
  if (validate === undefined) {
    throw new Error(`the schema ${name} was not compiled`)
  }
  const errors = validate(value) ? [] : (validate.errors ?? [])
  // Otherwise the credentials of a refused login would be kept until the next one.
  validate.errors = null
  return errors
}

/** Types are repaired and defaults filled in by ours: ajv would make texts of numbers (D26). */
function compileAll(): ReadonlyMap<SchemaName, ValidateFunction> {
  const validator = new ajv.default({ allErrors: true, verbose: true, discriminator: true })
  for (const name of schemaNames) {
    validator.addSchema(schemaOf(name))
  }
  return new Map(schemaNames.map((name) => [name, validator.compile({ $ref: name })]))
}
