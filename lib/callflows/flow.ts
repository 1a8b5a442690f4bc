import type { JsonObject } from '../../db/store.ts'
import { isJsonObject } from '../documents.ts'
import type { Callflow } from './callflow.ts'

/** One step of a flow: `module` is a string, the rest is as it was sent. */
export type FlowNode = JsonObject & { readonly module: string }

/** The callflow that a module `callflow` names. */
export type Reference = { readonly id: string | undefined }

/** The key of the child where a call goes on when no other key was chosen. */
export const defaultKey = '_'

/** Undefined for a callflow without a flow, or with an empty one. */
export function rootOf(callflow: Callflow): FlowNode | undefined {
  const flow = callflow.document.flow
  return isNode(flow) ? flow : undefined
}

export function childrenOf(node: JsonObject): [key: string, child: FlowNode][] {
  return nodesOf(node.children)
}

/** The nodes that stand below the keys of an object. */
export function nodesOf(value: JsonObject[string] | undefined): [key: string, node: FlowNode][] {
  return isJsonObject(value)
    ? Object.entries(value).flatMap(([key, node]) => (isNode(node) ? [[key, node]] : []))
    : []
}

/** All nodes of a document's flow, depth first. */
export function nodesOfFlow({ flow }: JsonObject): readonly FlowNode[] {
  const nodes: FlowNode[] = []
  const waiting = [flow]
  while (waiting.length > 0) {
    const node = waiting.pop()
    if (isNode(node)) {
      nodes.push(node)
      waiting.push(
        ...childrenOf(node)
          .map(([, child]) => child)
          .reverse(),
      )
    }
  }
  return nodes
}

export function defaultChildOf(node: FlowNode): FlowNode | undefined {
  const children = node.children
  const child =
    isJsonObject(children) && Object.hasOwn(children, defaultKey) ? children[defaultKey] : undefined
  return isNode(child) ? child : undefined
}

/** The text under `key` of the node's data. */
export function dataText(node: FlowNode, key: 'id' | 'name'): string | undefined {
  const data = node.data
  const value = isJsonObject(data) ? data[key] : undefined
  return typeof value === 'string' ? value : undefined
}

export function referenceOf(node: FlowNode): Reference | undefined {
  return node.module === 'callflow' ? { id: dataText(node, 'id') } : undefined
}

/** The same of what a call really runs: nothing of a node whose data says `skip_module`. */
export function calledBy(node: FlowNode): Reference | undefined {
  const data = node.data
  return isJsonObject(data) && data.skip_module === true ? undefined : referenceOf(node)
}

export function nameOf(callflow: Pick<Callflow, 'document'>): string | undefined {
  const { name } = callflow.document
  return typeof name === 'string' && name !== '' ? name : undefined
}

function isNode(value: JsonObject[string] | undefined): value is FlowNode {
  return isJsonObject(value) && typeof value.module === 'string'
}
