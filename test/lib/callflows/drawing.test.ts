import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { drawGraph, maxDrawnNodes } from '../../../lib/callflows/drawing.ts'
import { createWorkQueue } from '../../../lib/work-queue.ts'
import { drawnGraph } from '../../support/drawn-graph.ts'
import { laterRefusalOf } from '../../support/refusals.ts'

const small = { dot: 'digraph { a [label="x & <y>", style=dashed]; a -> b [label="1"] }', nodes: 2 }

/** Nodes that all lead to each other: more than a minute's work. */
const heavy = {
  dot: `digraph { ${Array.from({ length: 90 }, (_, index) => `n${index} -> {${Array.from({ length: 90 }, (_each, to) => `n${to}`).join(' ')}}`).join(';')} }`,
  nodes: 90,
}

async function svgOf(graph: typeof small, maxSeconds?: number): Promise<string> {
  const drawing = await drawGraph(graph, createWorkQueue(1), maxSeconds)
  assert.ok(drawing.outcome === 'drawn')
  return drawing.svg
}

test('a graph is drawn as SVG with its nodes, edges and labels', async () => {
  const { nodes, edges } = drawnGraph(await svgOf(small))
  assert.equal(
    nodes.map(({ title, lines, dashed, stroke }) => [title, lines, dashed, stroke]),
    [
      ['a', ['x & <y>'], true, 'black'],
      ['b', ['b'], false, 'black'],
    ],
  )
  assert.equal(
    edges.map(({ title, lines }) => [title, lines]),
    [['a->b', ['1']]],
  )
})

test('the picture holds nothing that runs or leads elsewhere', async () => {
  const svg = await svgOf(small)
  const { elements, attributes } = drawnGraph(svg)
  assert.equal(elements.toSorted(), ['ellipse', 'g', 'path', 'polygon', 'svg', 'text', 'title'])
  assert.equal(
    attributes.filter((name) => /^on|href|style|src/i.test(name)),
    [],
  )
  assert.not.match(svg, /<!DOCTYPE|<!--|url\(|@import/i)
  const links = svg.match(/https?:[^"]*/g) ?? []
  assert.equal([...new Set(links)].sort(), [
    'http://www.w3.org/1999/xlink',
    'http://www.w3.org/2000/svg',
  ])
})

test('a graph of too many nodes is not drawn', async () => {
  const graph = { ...small, nodes: maxDrawnNodes + 1 }
  assert.equal(await drawGraph(graph, createWorkQueue(1)), {
    ...{ outcome: 'tooLarge', maxNodes: maxDrawnNodes },
  })
})

test('the largest graph is drawn while the server goes on', async () => {
  let dot = 'digraph { graph [ordering=out];'
  for (let index = 1; index < maxDrawnNodes; index += 1) {
    dot += `n${(index - 1) >> 1} -> n${index} [label="key"]; n${index} [label="module\\nname"];`
  }
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  }, 10)
  // A machine with other work may take longer than its users would wait.
  const svg = await svgOf({ dot: `${dot}}`, nodes: maxDrawnNodes }, 120)
  clearInterval(timer)
  assert.is(drawnGraph(svg).nodes.length, maxDrawnNodes)
  assert.ok(turns > 10, String(turns))
})

test('a drawing that takes too long is stopped, and the next one is drawn', async () => {
  const queue = createWorkQueue(1)
  const [slow, next] = await Promise.all([drawGraph(heavy, queue, 0.5), drawGraph(small, queue)])
  assert.equal(slow, { outcome: 'tooSlow', maxSeconds: 0.5 })
  assert.is(next.outcome, 'drawn')
})

test('one drawing more than the queue holds is refused', async () => {
  const queue = createWorkQueue(1)
  const drawings = [drawGraph(small, queue), drawGraph(small, queue)]
  assert.equal(await laterRefusalOf(() => drawGraph(small, queue)), {
    ...{ kind: 'throttled', retryAfterSeconds: 1 },
  })
  assert.equal(
    (await Promise.all(drawings)).map(({ outcome }) => outcome),
    ['drawn', 'drawn'],
  )
})

test('a text that Graphviz cannot read is a fault of ours, and the next one is drawn', async () => {
  const queue = createWorkQueue(1)
  const [broken, next] = await Promise.allSettled([
    drawGraph({ dot: 'digraph {', nodes: 0 }, queue),
    drawGraph(small, queue),
  ])
  assert.ok(broken?.status === 'rejected' && /syntax error/.test(String(broken.reason)))
  assert.ok(next?.status === 'fulfilled' && next.value.outcome === 'drawn')
})

test.run()
