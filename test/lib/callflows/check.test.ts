import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Callflow } from '../../../lib/callflows/callflow.ts'
import { checkCallflows, maxFaults } from '../../../lib/callflows/check.ts'
import { matchNumber } from '../../../lib/callflows/match.ts'
import { compilePattern } from '../../../lib/callflows/patterns.ts'
import { takenLiterals } from '../../../lib/callflows/taken-literals.ts'
import { call, callflow, callflowId, node } from '../../support/callflows.ts'
import { cpuMsOf } from '../../support/cpu-time.ts'

const clean = { dangling: [], shadowed: [], unreachable: [], cycles: [], truncated: false }

test('an account without callflows and one without faults have nothing to report', () => {
  assert.equal(checkCallflows([]), clean)
  const callflows = [
    callflow('1', { numbers: ['1'], flow: node('menu', {}, { 1: call('2') }) }),
    callflow('2', { patterns: ['^2'], flow: node('user', { id: 'u' }) }),
  ]
  assert.equal(checkCallflows(callflows), clean)
})

test('dangling references are named with their path, in flow and metaflow', () => {
  const flow = node('menu', {}, { _: call('9'), 'a.b': node('play', {}, { '': node('callflow') }) })
  const metaflow = {
    numbers: { 2: call('8', { 1: call('1') }) },
    patterns: { '^3': node('hold', {}, { 1: call('7') }) },
    listen_on: 'both',
  }
  const { dangling } = checkCallflows([callflow('1', { numbers: ['1'], flow, metaflow })])
  assert.equal(dangling, [
    { callflow: callflowId('1'), path: 'flow.children._.data.id', id: callflowId('9') },
    { callflow: callflowId('1'), path: 'flow.children.a%2Eb.children..data.id', id: undefined },
    { callflow: callflowId('1'), path: 'metaflow.numbers.2.data.id', id: callflowId('8') },
    {
      callflow: callflowId('1'),
      path: 'metaflow.patterns.^3.children.1.data.id',
      id: callflowId('7'),
    },
  ])
})

test('the root of a flow can dangle too', () => {
  const { dangling } = checkCallflows([callflow('1', { numbers: ['1'], flow: call('2') })])
  assert.equal(dangling, [{ callflow: callflowId('1'), path: 'flow.data.id', id: callflowId('2') }])
})

test('a list of more than 10,000 faults is cut, and says so', () => {
  const children = Object.fromEntries(
    Array.from({ length: maxFaults }, (_, key) => [key, call('9')]),
  )
  const exact = callflow('1', { numbers: ['1'], flow: node('menu', {}, children) })
  const full = checkCallflows([exact])
  assert.equal([full.dangling.length, full.truncated], [maxFaults, false])
  const over = checkCallflows([exact, callflow('2', { numbers: ['2'], flow: call('9') })])
  assert.equal([over.dangling.length, over.truncated], [maxFaults, true])
  const patterns = Array.from({ length: maxFaults + 1 }, (_, index) => `${index}`)
  const shadowed = checkCallflows([callflow('1', { patterns: ['^.*$', ...patterns] })])
  assert.equal([shadowed.shadowed.length, shadowed.truncated], [maxFaults, true])
})

const shadows: [says: string, patterns: string[], by: string][] = [
  ['a number of its own kind', ['^1000$'], '^1000$ 1000'],
  ['a number with escapes', ['^\\*97$'], '^\\*97$ *97'],
  ['all that it could capture', ['^.*$', '(.+)', '123'], '(.+) ^.*$, 123 ^.*$'],
  ['what captures the prefix too', ['.+', '^\\*98([0-9]*)$'], '^\\*98([0-9]*)$ .+'],
]
for (const [says, patterns, by] of shadows) {
  test(`a pattern is shadowed by ${says}`, () => {
    assert.equal(shadowsAmong(patterns), by)
  })
}

const unsure: [says: string, patterns: string[]][] = [
  ['it is not anchored', ['1000', '^1000', '1000$']],
  ['no callflow lists the number', ['^1001$']],
  ['it wins ties against the universal pattern', ['.*', '^[0-9]+$', '^1..$']],
  ['its group can hold the whole number', ['.*', '^1?([0-9]+)$', '^(1)', '^1*(.*)$', '^1{0}(.*)$']],
  ['one of its ways has no prefix', ['.*', '^1(2)|(.*)$']],
  ['its bracket is none of a group', ['.*', '^1[(]2', '^1\\(2']],
  ['its group captures nothing, so the whole counts', ['.*', '^1(?:2)']],
  ['the other matches nearly everything', ['^..*$', '^\\+?(.*)$', '^.*1', '[0-9]+']],
]
for (const [says, patterns] of unsure) {
  test(`a pattern is not reported when ${says}`, () => {
    assert.is(shadowsAmong(patterns), '')
  })
}

/** Each shadowed pattern with what shadows it, when each pattern has a callflow beside one with two numbers. */
function shadowsAmong(patterns: readonly string[]): string {
  const callflows = patterns.map((pattern, index) => callflow(`${index}-`, { patterns: [pattern] }))
  const listed = callflow('n', { numbers: ['1000', '*97'] })
  const { shadowed, unreachable } = checkCallflows([listed, ...callflows])
  assert.is(unreachable.length, shadowed.length)
  return shadowed
    .map(({ pattern, by }) => `${pattern} ${'number' in by ? by.number : by.pattern}`)
    .join(', ')
}

test('a pattern reported as shadowed never takes a number', async () => {
  const pattern = fc.oneof(
    fc.constantFrom(
      '.*',
      '^.*$',
      '^.+',
      '(.+)',
      '^(.*)$',
      '.+$',
      '^12$',
      '^1$',
      '^(1+)$',
      '^\\*1$',
      '^1',
      '2+',
      '^[12]*$',
    ),
    fc
      .tuple(
        fc.constantFrom('^1', '^\\*', '^', '1'),
        fc.constantFrom('', '?', '*', '+', '{0}', '{2}'),
      )
      .chain(([start, times]) =>
        fc
          .constantFrom(
            '(.*)$',
            '([12]+)',
            '.(.*)',
            '[12](2)?',
            '(?:1)2',
            '1|(2)',
            '(1|.*)',
            '[(]?(.*)',
            '\\(?1',
          )
          .map((rest) => `${start}${times}${rest}`),
      ),
  )
  const given = fc.record({
    numbers: fc.subarray(['12', '*1', '2']),
    patterns: fc.array(pattern, { maxLength: 3 }),
  })
  let lost = 0
  const dialed = fc.array(fc.stringMatching(/^[12*]{1,4}$/), { minLength: 3 })
  await fc.assert(
    fc.asyncProperty(fc.array(given, { maxLength: 4 }), dialed, async (all, numbers) => {
      const callflows = all.map((one, index) => callflow(String(index), one))
      const literals = await takenLiterals(callflows, compilePattern)
      const { shadowed } = checkCallflows(callflows, [], literals)
      lost += shadowed.length
      for (const number of numbers) {
        const match = await matchNumber(callflows, number)
        const taken = match?.by === 'pattern' ? `${match.callflow.id} ${match.pattern}` : ''
        assert.not(
          shadowed.some((one) => `${one.callflow} ${one.pattern}` === taken),
          taken,
        )
      }
    }),
    { numRuns: 500 },
  )
  assert.ok(lost > 100, String(lost))
})

test('a pattern of one number is reported exactly when another one takes it', async () => {
  const callflows = [
    ['^45$', '^46$', '^\\*9$', '^47$', '^48$'],
    ['^\\d+$', '^4(6)$', '^\\*(9)$'],
    ['^(4.)$', '^0', '^4[8]'],
  ].map((patterns, index) => callflow(`${index}`, { patterns }))
  const literals = await takenLiterals(callflows, compilePattern)
  const { shadowed } = checkCallflows(callflows, [], literals)
  assert.equal(
    shadowed.map(({ pattern, by }) => [pattern, 'pattern' in by && by.pattern]),
    ['^45$', '^46$', '^47$', '^48$'].map((pattern) => [pattern, '^\\d+$']),
  )
  for (const number of ['45', '46', '47', '48', '*9']) {
    const match = await matchNumber(callflows, number)
    assert.is(match?.by === 'pattern' && match.pattern, number === '*9' ? '^\\*9$' : '^\\d+$')
  }
})

test('when there is too much to try, the report says that it is not whole', async () => {
  const patterns = Array.from({ length: 300 }, (_, index) => [`^${index}$`, `^${index}\\d+$`])
  const many = [callflow('1', { patterns: patterns.flat() })]
  const literals = await takenLiterals(many, compilePattern)
  assert.is(literals.isWhole, false)
  assert.is(checkCallflows(many, [], literals).truncated, true)
  const fewer = [callflow('1', { patterns: [...patterns.slice(0, 100).flat()] })]
  assert.is((await takenLiterals(fewer, compilePattern)).isWhole, true)
})

test('of one text in two callflows the one that loses ties is shadowed, and names the other', () => {
  const callflows = [callflow('1', { patterns: ['^1'] }), callflow('2', { patterns: ['^1', '^1'] })]
  assert.equal(checkCallflows(callflows).shadowed, [
    {
      ...{ callflow: callflowId('1'), pattern: '^1' },
      by: { callflow: callflowId('2'), pattern: '^1' },
    },
  ])
})

test('a callflow is unreachable when only unreachable ones call it', () => {
  const callflows = [
    callflow('1', { numbers: ['1'], flow: call('4'), metaflow: { numbers: { 1: call('5') } } }),
    callflow('2', { patterns: ['^1$'], flow: call('3') }),
    ...['3', '4', '5'].map((id) => callflow(id)),
  ]
  assert.equal(checkCallflows(callflows).unreachable, [callflowId('2'), callflowId('3')])
  assert.equal(checkCallflows(callflows, [callflowId('2')]).unreachable, [])
})

const graphs: [says: string, calls: Record<string, string>, cycles: string[]][] = [
  ['a callflow that calls itself', { 1: '1' }, ['1']],
  ['two, from the smaller id on', { 2: '1', 1: '2' }, ['12']],
  ['a ring is named once, in its direction', { 3: '2', 2: '1', 1: '3' }, ['132']],
  ['two rings through one callflow', { 1: '23', 2: '1', 3: '1' }, ['12', '13']],
  ['a ring within a ring', { 1: '2', 2: '23', 3: '12' }, ['12 3', '2', '23']],
  ['a way into a ring and out of it is none', { 1: '2', 2: '3', 3: '24', 4: '5', 5: '' }, ['23']],
  ['a way into what was searched before hides none', { 1: '2', 2: '', 3: '24', 4: '3' }, ['34']],
  ['two ways to one callflow are none', { 1: '23', 2: '4', 3: '4', 4: '' }, []],
  ['a dangling reference is none', { 1: '9' }, []],
]
for (const [says, calls, expected] of graphs) {
  test(`cycles: ${says}`, () => {
    const report = checkCallflows(callflowsThatCall(calls))
    const found = report.cycles.map((ids) => ids.map((id) => id[0]).join(''))
    assert.equal([found, report.truncated], [expected.map((ids) => ids.replace(' ', '')), false])
  })
}

test('a metaflow makes no cycle', () => {
  const metaflow = { numbers: { 1: call('1') } }
  assert.equal(checkCallflows([callflow('1', { numbers: ['1'], metaflow })]).cycles, [])
})

test('callflows that all call each other are cut, quickly, and each group has its cycle', () => {
  const ids = '123456789abcdef'
  const calls = Object.fromEntries(Array.from(ids, (id) => [id, ids]))
  const all = [...callflowsThatCall(calls), callflow('0', { flow: call('0') })]
  assert.ok(cpuMsOf(() => checkCallflows(all)) < 1000)
  const report = checkCallflows(all)
  assert.equal([report.cycles.length, report.truncated], [1000, true])
  assert.ok(report.cycles.some(([id]) => id === callflowId('0')))
})

test('a dense tangle without an early cycle is cut by its steps', () => {
  const count = 40
  const name = (index: number) => `n${String(index).padStart(3, '0')}`
  const all = Array.from({ length: count }, (_, index) => {
    const later = Array.from({ length: count - 1 - index }, (_each, step) => name(index + step + 1))
    const targets = index === count - 1 ? [name(0)] : later.reverse()
    return callsAll(name(index), targets)
  })
  const { cycles, truncated } = checkCallflows(all)
  assert.ok(truncated && cycles.length > 0)
})

test('10,000 callflows are checked well within a second', () => {
  const name = (index: number) => `n${String(index % 10_000).padStart(5, '0')}`
  const all = Array.from({ length: 10_000 }, (_, index) => ({
    ...callsAll(name(index), [name(index + 1), name(index + 7)]),
    ...{ numbers: [String(index)], patterns: [`^\\*${index}$`, `^${index}([0-9]*)$`, '.*'] },
  }))
  const times = [1, 2, 3].map(() => cpuMsOf(() => checkCallflows(all)))
  assert.ok(Math.min(...times) < 700, times.join())
  const { dangling, cycles, truncated } = checkCallflows(all)
  assert.equal([dangling.length, truncated], [0, true])
  assert.ok(cycles.length > 0 && cycles.flat().length < 100_000)
})

function callflowsThatCall(calls: Readonly<Record<string, string>>): Callflow[] {
  return Object.entries(calls).map(([id, targets]) => callsAll(id, Array.from(targets, callflowId)))
}

function callsAll(id: string, targets: readonly string[]): Callflow {
  const children = Object.fromEntries(targets.map((target, key) => [key, call(target)]))
  return callflow(id, { numbers: [id], flow: node('menu', {}, children) })
}

test.run()
