import { isJsonObject } from '../documents.ts'
import type { Callflow } from './callflow.ts'
import { childrenOf, type FlowNode, nodesOf, referenceOf, rootOf } from './flow.ts'

/** A module `callflow` of a callflow's flow or metaflow. */
export type FoundReference = {
  readonly in: 'flow' | 'metaflow'
  /** To the id in the document: `flow.children._.data.id`; a dot in a key is written `%2E`. */
  readonly path: () => string
  readonly id: string | undefined
}

type Place = {
  readonly node: FlowNode
  readonly key: string
  /** The keys in between are those that lead from one node to the next. */
  readonly above: Place | string
}

/** All references of a callflow in the order of its document, the flow first. */
export function referencesOf(callflow: Callflow): readonly FoundReference[] {
  const root = rootOf(callflow)
  const flow: Place[] = root === undefined ? [] : [{ node: root, key: 'flow', above: '' }]
  return [
    ...referencesBelow('flow', flow),
    ...referencesBelow('metaflow', metaflowPlaces(callflow)),
  ]
}

function metaflowPlaces(callflow: Callflow): Place[] {
  const { metaflow } = callflow.document
  if (!isJsonObject(metaflow)) {
    return []
  }
  return ['numbers', 'patterns'].flatMap((kind) =>
    nodesOf(metaflow[kind]).map(([key, node]) => ({ node, key, above: `metaflow.${kind}` })),
  )
}

function referencesBelow(where: FoundReference['in'], places: Place[]): FoundReference[] {
  const found: FoundReference[] = []
  const open = places.toReversed()
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const reference = referenceOf(place.node)
    if (reference !== undefined) {
      found.push({ in: where, path: () => `${pathTo(place)}.data.id`, id: reference.id })
    }
    for (const [key, node] of childrenOf(place.node).toReversed()) {
      open.push({ node, key, above: place })
    }
  }
  return found
}

function pathTo(place: Place): string {
  const parts: string[] = []
  let at: Place | string = place
  while (typeof at !== 'string') {
    parts.push(at.key.replaceAll('.', '%2E'))
    if (typeof at.above !== 'string') {
      parts.push('children')
    }
    at = at.above
  }
  return [at, ...parts.reverse()].filter((part, index) => index > 0 || part !== '').join('.')
}
