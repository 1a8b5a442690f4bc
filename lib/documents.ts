import type { JsonObject, JsonValue } from '../db/store.ts'

/** Keys at the top of a document that begin so are the server's own: dropped on the way in, never shown. */
const privateKey = /^(_|pvt_)/

/** The document without its private keys and without `owned` ones, which only the server sets. */
export function withoutPrivate(document: JsonObject, owned: readonly string[]): JsonObject {
  return Object.fromEntries(
    Object.entries(document).filter(([key]) => !privateKey.test(key) && !owned.includes(key)),
  )
}

/**
 * The patch laid over the document: objects merge key by key, everything else replaces, and null takes
 * the key away at any depth (kazoo.md 4.6). Neither argument is changed.
 */
export function mergeDocument(document: JsonObject, patch: JsonObject): JsonObject {
  const merged: Record<string, JsonValue> = { ...document }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      delete merged[key]
    } else if (isJsonObject(value)) {
      const present = merged[key]
      merged[key] = mergeDocument(isJsonObject(present) ? present : {}, value)
    } else {
      merged[key] = value
    }
  }
  return merged
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at a dotted path; undefined where there is none. */
export function valueAt(document: JsonObject, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = document
  for (const key of path.split('.')) {
    value = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
  }
  return value
}
