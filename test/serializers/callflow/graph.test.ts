import { instance } from '@viz-js/viz'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Callflow } from '../../../lib/callflows/callflow.ts'
import { drawGraph } from '../../../lib/callflows/drawing.ts'
import { createWorkQueue } from '../../../lib/work-queue.ts'
import { flowGraph } from '../../../serializers/callflow/graph.ts'
import { byId, call, callflow, callflowId, node } from '../../support/callflows.ts'
import { type DrawnPart, drawnGraph } from '../../support/drawn-graph.ts'

/** What Graphviz draws from the text: the lines of each node, and each edge with its label. */
function drawn(flow: Callflow, ...others: Callflow[]) {
  const { dot } = flowGraph(flow, byId(flow, ...others))
  const graph = drawnGraph(viz.renderString(dot, { format: 'svg' }))
  return {
    graph,
    nodes: graph.nodes.toSorted(byIndex).map(({ lines }) => lines),
    edges: graph.edges.map(({ title, lines }) => [title, ...lines].join(' ')),
  }
}

/** Graphviz draws by rows, the text is by the order of the document. */
function byIndex(first: DrawnPart, second: DrawnPart): number {
  return Number(first.title.slice(1)) - Number(second.title.slice(1))
}

const viz = await instance()

const sales = callflow('2', { name: 'Sales' })
const nameless = callflow('3')

test('the graph of a flow holds its modules, their data and the keys between them', () => {
  const flow = node(
    'menu',
    { id: 'm1', name: 'Day' },
    {
      1: call('2'),
      2: call('3'),
      3: call('9'),
      '': node('play', {}, { _: node('hangup') }),
    },
  )
  const main = callflow('1', { name: 'Main', numbers: ['1000', '+49'], patterns: ['^\\*9$'], flow })
  const { nodes, edges, graph } = drawn(main, sales, nameless)
  assert.equal(nodes, [
    ['Main', '1000, +49, ^\\*9$'],
    ['menu', 'Day', 'm1'],
    ['callflow', 'Sales', sales.id],
    ['callflow', nameless.id],
    ['callflow', callflowId('9'), 'dangling'],
    ['play'],
    ['hangup'],
  ])
  assert.equal(edges, ['n0->n1', 'n1->n2 1', 'n1->n3 2', 'n1->n4 3', 'n1->n5 ""', 'n5->n6 _'])
  assert.equal(
    graph.nodes
      .toSorted(byIndex)
      .map(({ dashed, stroke }) => (dashed ? `dashed ${stroke}` : stroke)),
    ['black', 'black', 'dashed black', 'dashed black', 'dashed red', 'black', 'black'],
  )
  assert.is(flowGraph(main, byId(main)).nodes, 7)
})

test('a callflow without a flow is an oval by its id', () => {
  assert.equal(drawn(nameless).nodes, [[nameless.id]])
})

test('the called flow is not drawn, and a cycle is one dashed box', () => {
  const self = callflow('4', { name: 'Self', flow: call('4') })
  assert.equal(drawn(self).nodes, [['Self'], ['callflow', 'Self', self.id]])
})

test('a flow as an office has it becomes a picture of all its steps', async () => {
  const office = callflow('1', {
    name: 'Müller & Söhne <office>',
    numbers: ['+4930555100'],
    flow: node(
      'temporal_route',
      { interval: 0 },
      {
        '5f2a9c0d1e4b48d7a6c35f2a9c0d1e4b': node(
          'menu',
          { id: 'm1', name: 'Day "menu"' },
          {
            1: node(
              'ring_group',
              { name: 'Sales', endpoints: [] },
              { _: node('voicemail', { id: 'v' }) },
            ),
            2: call('2'),
            timeout: node('hangup'),
          },
        ),
        _: node('play', { id: 'closed.wav' }, { _: call('9') }),
      },
    ),
  })
  const graph = flowGraph(office, byId(office, sales))
  const drawing = await drawGraph(graph, createWorkQueue(1))
  assert.ok(drawing.outcome === 'drawn')
  const { nodes, edges } = drawnGraph(drawing.svg)
  assert.equal(
    nodes.toSorted(byIndex).map(({ lines }) => lines.join(' ')),
    [
      ...['Müller & Söhne <office> +4930555100', 'temporal_route', 'menu Day "menu" m1'],
      ...['ring_group Sales', 'voicemail v', `callflow Sales ${sales.id}`, 'hangup'],
      ...['play closed.wav', `callflow ${callflowId('9')} dangling`],
    ],
  )
  assert.equal(edges.map(({ title, lines }) => [title, ...lines].join(' ')).sort(), [
    ...['n0->n1', 'n1->n2 5f2a9c0d1e4b48d7a6c35f2a9c0d1e4b', 'n1->n7 _', 'n2->n3 1'],
    ...['n2->n5 2', 'n2->n6 timeout', 'n3->n4 _', 'n7->n8 _'],
  ])
})

test('every text stays within its box, whatever fixed-width font the viewer has', () => {
  const long = 'i'.repeat(60)
  const flow = node('menu', { name: long, id: 'WWWWWWWW' }, { 1: call('2'), 2: call('9') })
  const { graph } = drawn(callflow('1', { name: long, numbers: ['ffffffffff'], flow }), sales)
  assert.is(graph.nodes.length, 4)
  for (const { lines, textWidth, width } of graph.nodes) {
    assert.ok(textWidth < width, `${lines.join(' ')}: ${textWidth} in ${width}`)
  }
})

const hostile: [name: string, shown?: string][] = [
  ['"]; evil [label="x'],
  ['\\N \\G \\n \\l', '\\N \\G \\n \\l'],
  ['ends with \\', 'ends with \\'],
  ['\\"', '\\"'],
  ['<b>bold</b> & &lt; &#65; &amp;'],
  ['<>'],
  ['a\nb\u001b[0m', 'a\\u{a}b\\u{1b}[0m'],
  ['// no comment /* none */ # none'],
  ['ünïcode 漢字 😀'],
  ['\u202egnp.exe', '\\u{202e}gnp.exe'],
  [`${'x'.repeat(61)}`, `${'x'.repeat(59)}…`],
]
for (const [name, shown = name] of hostile) {
  test(`${JSON.stringify(name)} is shown as it is, wherever it stands`, () => {
    const flow = node(name, { name, id: name }, { [name]: node('callflow', { id: name }) })
    const { nodes, edges } = drawn(callflow('1', { name, numbers: [name], flow }))
    assert.equal(nodes, [
      [shown, shown],
      [shown, shown, shown],
      ['callflow', shown, 'dangling'],
    ])
    assert.equal(edges, ['n0->n1', `n1->n2 ${shown}`])
  })
}

test('whatever a document holds, the text is read back as its nodes and edges', () => {
  const any = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(any, any, any, (name, module, key) => {
      const flow = node(module, { name }, { [key]: node(key) })
      const { nodes, edges } = drawn(callflow('1', { name, numbers: [key], flow }))
      assert.equal([nodes.length, edges.length], [3, 2])
    }),
    { numRuns: 200 },
  )
})

test('an empty text leaves no empty line, which would break Graphviz', () => {
  const flow = node('', { id: 'x' }, { 1: node('callflow', { id: '' }) })
  const { dot } = flowGraph(callflow('1', { name: '', numbers: [''], flow }), new Map())
  assert.not.match(dot, '"\\n')
})

test('a flow of 3,000 levels is written down', () => {
  let flow = node('hangup')
  for (let level = 1; level < 3000; level += 1) {
    flow = node('play', {}, { _: flow })
  }
  assert.is(flowGraph(callflow('1', { flow }), new Map()).nodes, 3001)
})

test.run()
