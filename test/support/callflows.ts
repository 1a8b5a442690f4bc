import type { JsonObject } from '../../db/store.ts'
import type { Callflow } from '../../lib/callflows/callflow.ts'

type Given = {
  readonly numbers?: readonly string[]
  readonly patterns?: readonly string[]
  readonly name?: string
  readonly flow?: JsonObject
  readonly metaflow?: JsonObject
}

/** A callflow whose id is the hex digit repeated, or the given id when it is longer. */
export function callflow(id: string, given: Given = {}): Callflow {
  const { numbers = [], patterns = [], ...document } = given
  return { id: callflowId(id), numbers, patterns, document: { numbers, patterns, ...document } }
}

export function callflowId(id: string): string {
  return id.length === 1 ? id.repeat(32) : id
}

export function byId(...callflows: readonly Callflow[]): ReadonlyMap<string, Callflow> {
  return new Map(callflows.map((one) => [one.id, one]))
}

export function node(
  module: string,
  data: JsonObject = {},
  children: { readonly [key: string]: JsonObject } = {},
): JsonObject {
  return { module, data, children }
}

export function call(
  id: string,
  children: { readonly [key: string]: JsonObject } = {},
): JsonObject {
  return node('callflow', { id: callflowId(id) }, children)
}
