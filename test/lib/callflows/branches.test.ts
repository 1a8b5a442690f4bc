import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { JsonObject } from '../../../db/store.ts'
import {
  type Branches,
  branchesOf,
  branchLimits,
  maxRunning,
} from '../../../lib/callflows/branches.ts'
import type { Callflow } from '../../../lib/callflows/callflow.ts'
import { byId, call, callflow, callflowId, node } from '../../support/callflows.ts'

const sales = callflow('2', { flow: node('menu', { id: 'm1' }, { 1: node('user', { id: 'u1' }) }) })
const empty = callflow('3')
const loop = callflow('4', { flow: node('play', {}, { _: call('5') }) })
const back = callflow('5', { flow: call('4', { _: node('hangup') }) })
const self = callflow('6', { flow: call('6') })
const through = callflow('7', { flow: call('2') })
const others = [sales, empty, loop, back, self, through]

const table: [says: string, flow: JsonObject, branches: string[]][] = [
  ['one module is one branch', node('hangup'), ['1:hangup leaf']],
  [
    'a menu has a branch for each key, in the order of the document',
    node('menu', {}, { _: node('hangup'), b: node('user'), '': node('device') }),
    ['1:menu 1/_:hangup leaf', '1:menu 1/b:user leaf', '1:menu 1/:device leaf'],
  ],
  [
    'children of children lie on one way',
    node('menu', {}, { 1: node('play', {}, { _: node('user') }), 2: node('user') }),
    ['1:menu 1/1:play 1/_:user leaf', '1:menu 1/2:user leaf'],
  ],
  ['a called flow is followed', call('2'), ['1:callflow 2:menu 2/1:user leaf']],
  [
    'a called flow comes back to the child _ and to no other',
    call('2', { _: node('voicemail'), 1: node('user') }),
    ['1:callflow 2:menu 2/1:user 1/_:voicemail leaf'],
  ],
  [
    'each end of a called flow comes back',
    node('menu', {}, { 1: call('2', { _: node('hangup') }), 2: call('2') }),
    [
      '1:menu 1/1:callflow 2:menu 2/1:user 1/_:hangup leaf',
      '1:menu 1/2:callflow 2:menu 2/1:user leaf',
    ],
  ],
  [
    'a called flow comes back to the nearest caller that has something left',
    call('7', { _: node('hangup') }),
    ['1:callflow 7:callflow 2:menu 2/1:user 1/_:hangup leaf'],
  ],
  ['a called callflow without a flow ends at once', call('3'), ['1:callflow leaf']],
  ['and comes back', call('3', { _: node('hangup') }), ['1:callflow 1/_:hangup leaf']],
  ['a dangling reference ends the branch', call('9'), ['1:callflow! dangling 9']],
  [
    'but not what stands behind it',
    call('9', { _: node('hangup'), 1: node('user') }),
    ['1:callflow! 1/_:hangup leaf'],
  ],
  ['a module callflow that names nothing dangles', node('callflow'), ['1:callflow! dangling ']],
  ['an id that is no text dangles', node('callflow', { id: 5 }), ['1:callflow! dangling ']],
  ['a callflow that calls itself is a cycle', call('6'), ['1:callflow 6:callflow cycle 6']],
  ['so is the one that is asked', call('1'), ['1:callflow cycle 1']],
  [
    'a cycle of two is named from the one that is called again',
    call('4'),
    ['1:callflow 4:play 4/_:callflow 5:callflow cycle 45'],
  ],
  [
    'to call the same callflow twice in a row is no cycle',
    call('2', { _: call('2') }),
    ['1:callflow 2:menu 2/1:user 1/_:callflow 2:menu 2/1:user leaf'],
  ],
  [
    'a module that is skipped calls nothing',
    node('callflow', { id: callflowId('2'), skip_module: true }, { _: node('hangup') }),
    ['1:callflow 1/_:hangup leaf'],
  ],
  [
    'what is no node of a flow is passed over',
    { module: 'menu', data: {}, children: { 1: 'x', 2: null, 3: { data: {} }, 4: node('user') } },
    ['1:menu 1/4:user leaf'],
  ],
]
for (const [says, flow, expected] of table) {
  test(says, () => {
    const asked = callflow('1', { flow })
    const { branches, truncated } = branchesOf(asked, byId(asked, ...others))
    assert.equal(shown({ branches, truncated }), expected)
    assert.is(truncated, false)
  })
}

test('a callflow without a flow has one branch of no steps', () => {
  assert.equal(branchesOf(empty, byId(empty)), {
    ...{ branches: [{ steps: [], end: { by: 'leaf' } }], truncated: false },
  })
})

test('a step tells its module, its data and where it stands', () => {
  const asked = callflow('1', {
    flow: node('menu', {}, { 1: node('user', { id: 'u', name: 'Ann' }) }),
  })
  assert.equal(branchesOf(asked, byId(asked)).branches[0]?.steps[1], {
    ...{ callflow: asked.id, key: '1', module: 'user', id: 'u', name: 'Ann', dangling: false },
  })
})

/** Ten callflows, each of which calls the next twice. */
function doubling(): Callflow[] {
  return Array.from('123456789a', (id, index) => {
    const next = '123456789ab'[index + 1] ?? ''
    return callflow(id, { flow: node('menu', {}, { 1: call(next), 2: call(next) }) })
  })
}

test('callflows that multiply are cut after 1,000 branches', () => {
  const all = [
    ...doubling(),
    callflow('b', { flow: node('menu', {}, { 1: node('user'), 2: node('user') }) }),
  ]
  const first = all[0] ?? empty
  const { branches, truncated } = branchesOf(first, byId(...all), { branches: 1000, steps: 1e9 })
  assert.equal([branches.length, truncated], [1000, true])
  assert.ok(branches.every(({ end }) => end.by === 'leaf'))
})

test('an answer is cut after 10,000 steps, and the branch that is cut says so', () => {
  const all = [...doubling(), callflow('b', { flow: node('user') })]
  const { branches, truncated } = branchesOf(all[0] ?? empty, byId(...all))
  const steps = branches.reduce((sum, branch) => sum + branch.steps.length, 0)
  assert.equal([steps, truncated, branches.at(-1)?.end], [10_000, true, { by: 'truncated' }])
})

test('exactly as many branches and steps as allowed are not cut', () => {
  const asked = callflow('1', { flow: node('menu', {}, { 1: node('user'), 2: node('user') }) })
  assert.is(branchesOf(asked, byId(asked), { branches: 2, steps: 4 }).truncated, false)
  assert.is(branchesOf(asked, byId(asked), { branches: 1, steps: 4 }).truncated, true)
  assert.is(branchesOf(asked, byId(asked), { branches: 2, steps: 3 }).truncated, true)
})

function chain(length: number): Callflow[] {
  return Array.from({ length }, (_, index) =>
    callflow(`id-${index}`, { flow: call(`id-${index + 1}`) }),
  )
}

test('a chain of 1,000 callflows is followed to its end, a longer one is cut', () => {
  for (const [length, end, truncated] of [
    [maxRunning, { by: 'dangling', id: `id-${maxRunning}` }, false],
    [maxRunning + 1, { by: 'truncated' }, true],
  ] as const) {
    const all = chain(length)
    const found = branchesOf(all[0] ?? empty, byId(...all))
    assert.equal([found.branches[0]?.end, found.truncated], [end, truncated])
    assert.is(found.branches[0]?.steps.length, maxRunning)
  }
})

test('a cycle of many is named whole', () => {
  const all = [...chain(99), callflow('id-99', { flow: call('id-0') })]
  const { branches } = branchesOf(all[0] ?? empty, byId(...all))
  assert.equal(branches[0]?.end, { by: 'cycle', ids: all.map(({ id }) => id) })
})

test('a flow of 3,000 levels is followed to its end', () => {
  let flow = node('hangup')
  for (let level = 1; level < 3000; level += 1) {
    flow = node('play', {}, { _: flow })
  }
  const asked = callflow('1', { flow })
  assert.is(branchesOf(asked, byId(asked)).branches[0]?.steps.length, 3000)
})

const { tree } = fc.letrec<{ tree: JsonObject }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(node('user'), call('9'), node('callflow'), call('2'), call('3')),
    fc.tuple(fc.constantFrom(...'123'), tie('tree')).map(([id, child]) => call(id, { _: child })),
    fc.dictionary(fc.constantFrom('1', '_'), tie('tree')).map((all) => node('menu', {}, all)),
  ),
}))

test('branches are those of a plain recursive reading', () => {
  const limits = { branches: 1e6, steps: 1e9 }
  fc.assert(
    fc.property(fc.array(tree, { minLength: 3, maxLength: 3 }), (flows) => {
      const all = flows.map((flow, index) => callflow(String(index + 1), { flow }))
      const first = all[0] ?? empty
      const expected = ways(first.document.flow, [first.id], byId(...all), (end) => [[end]])
      fc.pre(expected.length < 5000)
      const { branches } = branchesOf(first, byId(...all), limits)
      const found = branches.map(({ steps, end }) => [...steps.map((step) => step.module), end.by])
      assert.equal(found, expected)
    }),
    { numRuns: 200 },
  )
})

test('every generated account gets a bounded answer whose branches end', () => {
  const ends = new Set<string>()
  fc.assert(
    fc.property(fc.array(tree, { minLength: 3, maxLength: 3 }), (flows) => {
      const all = flows.map((flow, index) => callflow(String(index + 1), { flow }))
      const { branches, truncated } = branchesOf(all[0] ?? empty, byId(...all), {
        branches: 9,
        steps: 40,
      })
      assert.ok(branches.length <= 10)
      assert.ok(branches.reduce((sum, { steps }) => sum + steps.length, 0) <= 40)
      for (const { end } of branches) {
        ends.add(end.by)
        assert.ok(end.by !== 'truncated' || truncated)
      }
    }),
    { numRuns: 500 },
  )
  assert.equal([...ends].sort(), ['cycle', 'dangling', 'leaf', 'truncated'])
})

test('the limits are those of the documentation', () => {
  assert.equal(branchLimits, { branches: 1000, steps: 10_000 })
})

type Way = string[]

/** The ways through a flow, each followed by what `after` finds behind its end. */
function ways(
  flow: JsonObject[string] | undefined,
  running: readonly string[],
  all: ReadonlyMap<string, Callflow>,
  after: (end: string) => Way[],
): Way[] {
  const { module, data, children } = flow as {
    module: string
    data: JsonObject
    children: JsonObject
  }
  const target = module === 'callflow' ? all.get(String(data.id)) : undefined
  const onward = (): Way[] => {
    if (target !== undefined && running.includes(target.id)) {
      return [['cycle']]
    }
    if (target !== undefined) {
      const then = (end: string) =>
        children._ === undefined ? after(end) : ways(children._, running, all, after)
      return ways(target.document.flow, [...running, target.id], all, then)
    }
    const taken =
      module === 'callflow'
        ? [children._].filter((one) => one !== undefined)
        : Object.values(children)
    return taken.length === 0
      ? after(module === 'callflow' ? 'dangling' : 'leaf')
      : taken.flatMap((child) => ways(child, running, all, after))
  }
  return onward().map((way) => [module, ...way])
}

/** A branch in one line: `callflow/key:module` for each step, `!` behind a dangling one, and the end. */
function shown({ branches }: Branches): string[] {
  return branches.map(({ steps, end }) => {
    const shownSteps = steps.map(({ callflow: id, key, module, dangling }) => {
      return `${id[0]}${key === undefined ? '' : `/${key}`}:${module}${dangling ? '!' : ''}`
    })
    const more =
      end.by === 'cycle'
        ? ` ${end.ids.map((id) => id[0]).join('')}`
        : end.by === 'dangling'
          ? ` ${end.id?.[0] ?? ''}`
          : ''
    return `${shownSteps.join(' ')} ${end.by}${more}`
  })
}

test.run()
