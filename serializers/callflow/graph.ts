import type { Callflow } from '../../lib/callflows/callflow.ts'
import { childrenOf, type FlowNode, referenceOf, rootOf } from '../../lib/callflows/flow.ts'
import { detailsOf, labelOf, titleOf } from './label.ts'

// One callflow as Graphviz draws it: an oval for the callflow, a box for each module, a dashed box
// for a module `callflow`, in red when it names no callflow of the account. The called flows are not
// drawn. Graphviz reads a label three times (the string of its language, `\N` and its kin, HTML
// entities); `quoted` escapes for all three, and SVG is escaped by Graphviz itself.

/** The flow as text of the DOT language, with how many nodes it has. */
export type FlowGraph = { readonly dot: string; readonly nodes: number }

/** The graph of a callflow; `callflows` are those of the account by id. */
export function flowGraph(callflow: Callflow, callflows: ReadonlyMap<string, Callflow>): FlowGraph {
  const lines = [`n0 [shape=oval, label=${quoted(entryLabel(callflow))}]`]
  const root = rootOf(callflow)
  const open: Place[] = root === undefined ? [] : [{ node: root, key: undefined, above: 0 }]
  let nodes = 1
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { node, key, above } = place
    lines.push(nodeLine(nodes, node, callflows), edgeLine(above, nodes, key))
    for (const [childKey, child] of childrenOf(node).toReversed()) {
      open.push({ node: child, key: childKey, above: nodes })
    }
    nodes += 1
  }
  return { dot: [...head, ...lines.map((line) => `  ${line}`), '}', ''].join('\n'), nodes }
}

type Place = {
  readonly node: FlowNode
  /** Undefined for the root of the flow. */
  readonly key: string | undefined
  /** The index of the node above. */
  readonly above: number
}

// Every face of fixed width is as wide as Graphviz reckons; of the others each viewer takes one of its
// own, and the text of a box may stand outside it.
const head = [
  'digraph callflow {',
  '  graph [rankdir=TB, ordering=out]',
  '  node [shape=box, fontname="Courier", fontsize=11]',
  '  edge [fontname="Courier", fontsize=10]',
]

function entryLabel(callflow: Callflow): string[] {
  const { numbers, patterns } = callflow
  const taken = [...numbers.slice(0, 10), ...patterns.slice(0, 10)].join(', ')
  return [titleOf(callflow), ...(taken === '' ? [] : [labelOf(taken)])]
}

function nodeLine(index: number, node: FlowNode, callflows: ReadonlyMap<string, Callflow>): string {
  const lines = [labelOf(node.module)]
  const reference = referenceOf(node)
  if (reference === undefined) {
    return `n${index} [label=${quoted([...lines, ...detailsOf(node)])}]`
  }
  const called = reference.id === undefined ? undefined : callflows.get(reference.id)
  if (called === undefined) {
    const label = quoted([...lines, ...detailsOf(node), 'dangling'])
    return `n${index} [style=dashed, color=red, fontcolor=red, label=${label}]`
  }
  const details = called.id === titleOf(called) ? [called.id] : [titleOf(called), called.id]
  return `n${index} [style=dashed, label=${quoted([...lines, ...details])}]`
}

/** The blanks keep the key off its line. */
function edgeLine(above: number, index: number, key: string | undefined): string {
  const shown = key === '' ? '""' : labelOf(key ?? '')
  const label = key === undefined ? '' : ` [label=${quoted([` ${shown} `])}]`
  return `n${above} -> n${index}${label}`
}

/** A label of several lines, none of them empty: after an empty first one Graphviz 16 frees memory that is not its own. */
function quoted(lines: readonly string[]): string {
  const escaped = lines
    .filter((line) => line !== '')
    .map((line) => line.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('&', '&amp;'))
  return `"${escaped.join('\\n')}"`
}
