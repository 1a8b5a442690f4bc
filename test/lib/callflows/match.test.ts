import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Callflow } from '../../../lib/callflows/callflow.ts'
import { matchNumber, maxNumberLength } from '../../../lib/callflows/match.ts'
import { callflow } from '../../support/callflows.ts'
import { laterRefusalOf } from '../../support/refusals.ts'

/** The first digit of the id, by what, the pattern and its capture, as far as there are any. */
type Taken = readonly (string | undefined)[]

async function taken(callflows: readonly Callflow[], number: string): Promise<Taken> {
  const match = await matchNumber(callflows, number)
  if (match === undefined) {
    return [undefined]
  }
  const { by, callflow: taker } = match
  const pattern = by === 'pattern' ? match.pattern : undefined
  const capture = by === 'pattern' ? match.capture : undefined
  return [taker.id.slice(0, 1), by, pattern, capture].filter((one) => one !== undefined)
}

const account = [
  callflow('1', { numbers: ['1000', '+49301234'] }),
  callflow('2', { patterns: ['^\\*97([0-9]*)$', '^1[0-9]{3}$'] }),
  callflow('3', { patterns: ['^\\*9([0-9]*)$', '^10([0-9]+)$'] }),
  callflow('4', { numbers: ['no_match'] }),
  callflow('5', { patterns: ['^5', '^5[0-9]', '(5)0'] }),
  callflow('6', { patterns: ['^6(.)(.*)$', '^#'] }),
]

const table: [number: string, says: string, taken: Taken][] = [
  ['1000', 'a listed number goes before patterns', ['1', 'number']],
  ['+49301234', 'a number is compared whole', ['1', 'number']],
  ['1001', 'without a group the whole match counts', ['2', 'pattern', '^1[0-9]{3}$', '1001']],
  ['*971', 'the longer capture wins', ['3', 'pattern', '^\\*9([0-9]*)$', '71']],
  ['*97', 'a captured 7 is longer than nothing', ['3', 'pattern', '^\\*9([0-9]*)$', '7']],
  ['*9', 'an empty capture is none', ['3', 'pattern', '^\\*9([0-9]*)$']],
  ['501', 'of patterns of one callflow too, the longest', ['5', 'pattern', '^5[0-9]', '50']],
  ['6789', 'the longest group is the capture', ['6', 'pattern', '^6(.)(.*)$', '89']],
  ['#21', 'a pattern is not anchored at the end', ['6', 'pattern', '^#', '#']],
  ['7000', 'what nothing takes goes to no_match', ['4', 'no_match']],
  ['++7', 'a plus in front of the digits is allowed', ['4', 'no_match']],
  ['alice', 'no_match takes digits only', [undefined]],
  ['7*', 'a star is no digit', [undefined]],
  ['no_match', 'no_match itself is found by its name', ['4', 'no_match']],
]
for (const [number, says, expected] of table) {
  test(`${number}: ${says}`, async () => {
    assert.equal(await taken(account, number), expected)
    assert.equal(await taken(account.toReversed(), number), expected)
  })
}

test('of equal captures the pattern whose text comes last takes the number', async () => {
  const tied = [callflow('1', { patterns: ['^1..$'] }), callflow('2', { patterns: ['^1.+$', '1'] })]
  assert.equal(await taken(tied, '123'), ['1', 'pattern', '^1..$', '123'])
})

test('of one text in two callflows the last id takes the number', async () => {
  const tied = [callflow('2', { patterns: ['^1'] }), callflow('1', { patterns: ['^1'] })]
  assert.equal(await taken(tied, '1'), ['2', 'pattern', '^1', '1'])
})

test('of two that list a number the first id takes it', async () => {
  const twice = ['2', '1', '3'].map((id) => callflow(id, { numbers: ['1'] }))
  assert.equal(await taken(twice, '1'), ['1', 'number'])
})

test('captures are measured in bytes', async () => {
  const both = [callflow('1', { patterns: ['^(.)ab'] }), callflow('2', { patterns: ['(ab)'] })]
  assert.equal(await taken(both, 'xab'), ['2', 'pattern', '(ab)', 'ab'])
  assert.equal(await taken(both, '€ab'), ['1', 'pattern', '^(.)ab', '€'])
})

test('the groups are given with and without a name', async () => {
  const match = await matchNumber([callflow('1', { patterns: ['^(x)?(?P<rest>.*)$'] })], '12')
  assert.ok(match?.by === 'pattern')
  assert.equal([match.groups, match.names], [[undefined, '12'], { rest: '12' }])
})

test('without a match and without no_match nothing takes a number', async () => {
  assert.is(await matchNumber(account.slice(0, 3), '7000'), undefined)
  assert.is(await matchNumber([callflow('1', { patterns: ['.*'] })], 'no_match'), undefined)
  assert.is(await matchNumber([], '1'), undefined)
})

test('a pattern that does not compile takes nothing', async () => {
  assert.is(await matchNumber([callflow('1', { patterns: ['(', '(1)\\1'] })], '11'), undefined)
})

test('an empty number and one that is too long are refused', async () => {
  assert.equal(await laterRefusalOf(() => matchNumber(account, '')), {
    ...{ kind: 'invalid', field: 'number', fault: { rule: 'required' } },
  })
  const fault = { rule: 'tooLong', limit: maxNumberLength, unit: 'characters' }
  const long = '😀'.repeat(maxNumberLength)
  assert.is(await matchNumber(account, long), undefined)
  assert.equal(await laterRefusalOf(() => matchNumber(account, `${long}1`)), {
    ...{ kind: 'invalid', field: 'number', fault: { ...fault, value: `${long}1` } },
  })
})

test('other work is done while many patterns are tried', async () => {
  const patterns = Array.from({ length: 2000 }, (_, index) => `^${index}$`)
  const events: string[] = []
  setImmediate(() => events.push('other'))
  const match = await matchNumber([callflow('1', { patterns })], '1999')
  events.push(match?.by ?? 'none')
  assert.equal(events, ['other', 'pattern'])
})

test('match agrees with a plain reading of the rule', async () => {
  const number = fc.stringMatching(/^[12*]{1,4}$/)
  const pattern = fc.constantFrom(
    '^1',
    '1',
    '^(1)',
    '^1(.*)$',
    '2+',
    '^(2)(1*)',
    '^.*$',
    '^\\*(.)',
    '(1?)',
  )
  const some = fc.record({
    numbers: fc.array(number),
    patterns: fc.array(pattern, { maxLength: 3 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(some, { maxLength: 6 }), number, async (given, dialed) => {
      const callflows = given.map((one, index) => callflow(String(index), one))
      const match = await matchNumber(callflows, dialed)
      assert.equal(match && [match.callflow.id, match.by], expected(callflows, dialed))
    }),
  )
})

function expected(callflows: readonly Callflow[], number: string): unknown {
  const listing = callflows.filter(({ numbers }) => numbers.includes(number))
  if (listing[0] !== undefined) {
    return [listing[0].id, 'number']
  }
  const fitting = callflows.flatMap(({ id, patterns }) =>
    patterns.flatMap((pattern) => {
      const found = new RegExp(pattern).exec(number)
      const captures = found === null ? [] : found.length > 1 ? found.slice(1) : [found[0]]
      const longest = Math.max(...captures.map((one) => one?.length ?? 0))
      return found === null ? [] : [{ longest, key: `${pattern} ${id}`, id }]
    }),
  )
  fitting.sort((one, other) => other.longest - one.longest || (one.key > other.key ? -1 : 1))
  return fitting[0] && [fitting[0].id, 'pattern']
}

test.run()
