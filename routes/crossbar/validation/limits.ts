import type { JsonObject, JsonValue } from '../../../db/store.ts'
import { isJsonObject } from '../../../lib/documents.ts'

/** Levels of objects and arrays (decisions.md 22); `stringify` gives up at some 3,000. */
export const maxJsonDepth = 600
/** Values of every kind, each object and array one as well (decisions.md 22). */
export const maxJsonNodes = 5000

export type JsonLimits = { readonly depth: number; readonly nodes: number }

const bodyLimits: JsonLimits = { depth: maxJsonDepth, nodes: maxJsonNodes }

/**
 * Of a document that is stored. An answer puts keys of ours into it and an envelope around it, some 30
 * values, and a client may send all of that back: so much less is stored than a body may hold. Of the
 * depth a body's own envelope has taken its part already.
 */
export const documentLimits: JsonLimits = { depth: maxJsonDepth, nodes: maxJsonNodes - 100 }

export type CheckedJson =
  | { readonly ok: true; readonly value: JsonObject }
  | { readonly ok: false; readonly fault: JsonFault }

export type JsonFault =
  /** The text is no JSON. */
  | 'syntax'
  /** The top level is something else than an object. */
  | 'notObject'
  | 'tooDeep'
  | 'tooManyNodes'
  /** A key somewhere is `__proto__`, with which careless code could change what all objects are. */
  | 'protoKey'

/** Reads a text of JSON; nothing in what comes back is too deep to recurse into (security.md I5). */
export function readJson(text: string): CheckedJson {
  const parsed = parse(text)
  return parsed === undefined ? refused('syntax') : checkJsonLimits(parsed.value)
}

/** The same check for a value that was put together here, as by a merge of two documents. */
export function checkJsonLimits(value: JsonValue, limits: JsonLimits = bodyLimits): CheckedJson {
  if (!isJsonObject(value)) {
    return refused('notObject')
  }
  const fault = brokenLimit(value, limits)
  return fault === undefined ? { ok: true, value } : refused(fault)
}

/** Level by level, without recursion: V8's parser has none either. */
function brokenLimit(top: JsonObject, limits: JsonLimits): JsonFault | undefined {
  let nodes = 1
  let level: object[] = [top]
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > limits.depth) {
      return 'tooDeep'
    }
    const below: object[] = []
    for (const container of level) {
      if (Object.hasOwn(container, '__proto__')) {
        return 'protoKey'
      }
      const members = Object.values(container)
      nodes += members.length
      if (nodes > limits.nodes) {
        return 'tooManyNodes'
      }
      below.push(...members.filter(isContainer))
    }
    level = below
  }
  return undefined
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function parse(text: string): { readonly value: JsonValue } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

function refused(fault: JsonFault): CheckedJson {
  return { ok: false, fault }
}
