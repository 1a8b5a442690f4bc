import type { CallflowRecord, JsonObject, JsonValue } from '../../db/store.ts'
import { childrenOf, type FlowNode, nodesOfFlow } from '../../lib/callflows/flow.ts'
import { isJsonObject, withoutPrivate } from '../../lib/documents.ts'
import { isCallflowId } from '../../lib/ids.ts'
import { md5Hex } from '../../lib/secrets.ts'

/** Keys of a callflow that only the server sets; clients send them back as read, and they are ignored. */
const ownedKeys = ['id', 'metadata']

/** What of a document is kept: all but what the server sets. */
export function storedCallflow(document: JsonObject): JsonObject {
  return withoutPrivate(document, ownedKeys)
}

/** What every viewer sees, and what filters are about. */
export function callflowDocument({ id, document }: CallflowRecord): JsonObject {
  return { ...document, id }
}

/** The document with what is known of the callflows that it names (kazoo.md 6). */
export function callflowWithMetadata(
  callflow: CallflowRecord,
  named: readonly CallflowRecord[],
): JsonObject {
  return { ...callflowDocument(callflow), metadata: metadataOf(named) }
}

/**
 * Another text whenever the document is another. What `metadata` tells of other callflows is no part
 * of it, as it is none of Kazoo's revision.
 */
export function callflowRevision(callflow: CallflowRecord): string {
  return `${callflow.revision}-${md5Hex(JSON.stringify(callflowDocument(callflow)))}`
}

/** A callflow in a list; what it does not have is left out. */
export function callflowSummary({ id, document }: CallflowRecord): JsonObject {
  const { name, type, numbers = [], patterns = [], owner_id, group_id } = document
  const { featurecode = false, flags = [] } = document
  return {
    id,
    ...(name !== undefined && { name }),
    ...(type !== undefined && { type }),
    numbers,
    patterns,
    featurecode,
    ...(owner_id !== undefined && { owner_id }),
    ...(group_id !== undefined && { group_id }),
    modules: modulesOf(document),
    flags,
  }
}

/** The ids of callflows that a flow may name, the first twenty: in the data of its steps, and as keys of their children. */
export function idsNamedBy({ document }: CallflowRecord): readonly string[] {
  const named = nodesOfFlow(document).flatMap((node) => [
    ...Object.entries(dataOf(node)).flatMap(([key, value]) => (isIdKey(key) ? textsIn(value) : [])),
    ...childrenOf(node).flatMap(([key]) => (key.length > 1 ? [key] : [])),
  ])
  return [...new Set(named.filter(isCallflowId))].slice(0, mostNamed)
}

/** More than `metadata` has room for. */
const mostNamed = 20

/** The distinct modules of a flow, depth first, without the steps that are to be skipped. */
function modulesOf(document: JsonObject): readonly string[] {
  const run = nodesOfFlow(document).filter((node) => dataOf(node).skip_module !== true)
  return [...new Set(run.map(({ module }) => module))]
}

function dataOf({ data }: FlowNode): JsonObject {
  return isJsonObject(data) ? data : {}
}

function isIdKey(key: string): boolean {
  return key === 'id' || key.includes('_id')
}

function textsIn(value: JsonValue): readonly string[] {
  return typeof value === 'string' ? [value] : []
}

/** The room that a body leaves for it: what is read must fit in, when it is sent back whole. */
const metadataRoom = { values: 60, characters: 4000 }

function metadataOf(named: readonly CallflowRecord[]): JsonObject {
  const metadata: Record<string, JsonObject> = {}
  let { values, characters } = metadataRoom
  for (const { id, document } of named) {
    const { name, numbers = [] } = document
    const entry = { ...(name !== undefined && { name }), numbers, pvt_type: 'callflow' }
    values -= 4 + (Array.isArray(numbers) ? numbers.length : 0)
    characters -= JSON.stringify(entry).length + id.length
    if (values < 0 || characters < 0) {
      break
    }
    metadata[id] = entry
  }
  return metadata
}
