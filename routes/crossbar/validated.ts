import type { JsonObject } from '../../db/store.ts'
import { ValidationError } from './errors.ts'
import type { SchemaName } from './schemas/index.ts'
import { hasFaults } from './validation/faults.ts'
import { validateDocument } from './validation/index.ts'

/** The document with its defaults, as its schema has it. Throws `ValidationError` with all its faults. */
export function validated(schema: SchemaName, document: JsonObject): JsonObject {
  const result = validateDocument(schema, document)
  if (hasFaults(result.faults)) {
    throw new ValidationError(result.faults)
  }
  return result.document
}
