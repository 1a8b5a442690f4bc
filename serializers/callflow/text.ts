import type { Callflow } from '../../lib/callflows/callflow.ts'
import {
  calledBy,
  childrenOf,
  type FlowNode,
  nameOf,
  referenceOf,
  rootOf,
} from '../../lib/callflows/flow.ts'
import { detailsOf, labelOf, titleOf } from './label.ts'

// The flow as a tree for the terminal. A module `callflow` has the flow it calls below it, reached
// by `→`, and then its own children, so the tree shows the document and what it leads to.

type Callflows = ReadonlyMap<string, Callflow>

/** Callflows that call each other twice multiply; a tree deeper than this fits no terminal. */
export const textLimits = { lines: 2000, depth: 512 }

/** A flow that has been called and the one that called it. */
type Running = { readonly id: string; readonly caller: Running | undefined }

type Place = {
  readonly node: FlowNode
  readonly label: string
  readonly running: Running
  /** What stands before the lines of the node's siblings. */
  readonly margin: string
  readonly depth: number
  readonly isLast: boolean
}

/** The lines of the tree; `callflows` are those of the account by id. */
export function flowText(
  callflow: Callflow,
  callflows: Callflows,
  limits: typeof textLimits = textLimits,
): string {
  const lines = [headline(callflow)]
  const root = rootOf(callflow)
  const running = { id: callflow.id, caller: undefined }
  const open = root === undefined ? [] : placesBelow([['', root, running]], '', 0)
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (lines.length === limits.lines) {
      lines.push('… (cut)')
      break
    }
    const { node, label, margin, isLast, depth } = place
    const isCut = depth >= limits.depth
    const text = isCut ? '… (cut)' : nodeText(node, place.running, callflows)
    lines.push(`${margin}${isLast ? '└─ ' : '├─ '}${label}${text}`)
    if (!isCut) {
      open.push(
        ...placesBelow(below(place, callflows), `${margin}${isLast ? '   ' : '│  '}`, depth + 1),
      )
    }
  }
  return `${lines.join('\n')}\n`
}

function headline(callflow: Callflow): string {
  const title = titleOf(callflow)
  return nameOf(callflow) === undefined ? title : `${title} (${labelOf(callflow.id)})`
}

type Below = readonly [label: string, node: FlowNode, running: Running]

/** The places of siblings, the last first, as they are taken from the end. */
function placesBelow(nodes: readonly Below[], margin: string, depth: number): Place[] {
  return nodes
    .map(([label, node, running], index) => ({
      ...{ node, label, running, margin, depth },
      isLast: index === nodes.length - 1,
    }))
    .reverse()
}

function below({ node, running }: Place, callflows: Callflows): Below[] {
  const id = calledBy(node)?.id
  const called = id === undefined ? undefined : callflows.get(id)
  const root = called && !isRunning(called.id, running) ? rootOf(called) : undefined
  const children = childrenOf(node).map(
    ([key, child]): Below => [`${key === '' ? '""' : labelOf(key)} ─ `, child, running],
  )
  return called !== undefined && root !== undefined
    ? [['→ ', root, { id: called.id, caller: running }], ...children]
    : children
}

function nodeText(node: FlowNode, running: Running, callflows: Callflows): string {
  const words = [labelOf(node.module)]
  const reference = referenceOf(node)
  if (reference === undefined) {
    return [...words, ...detailsOf(node)].join(' ')
  }
  const called = reference.id === undefined ? undefined : callflows.get(reference.id)
  if (called === undefined) {
    return [...words, ...detailsOf(node), '(dangling)'].join(' ')
  }
  words.push(headline(called))
  if (calledBy(node) === undefined) {
    words.push('(skipped)')
  } else if (isRunning(called.id, running)) {
    words.push('(cycle)')
  }
  return words.join(' ')
}

function isRunning(id: string, running: Running): boolean {
  for (let flow: Running | undefined = running; flow !== undefined; flow = flow.caller) {
    if (flow.id === id) {
      return true
    }
  }
  return false
}
