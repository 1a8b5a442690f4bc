import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { sharesOf } from './shares.ts'
import { quantile, ratiosOf, spreadOf, spreadText } from './statistics.ts'
import { verdict } from './verdict.ts'

test('a spread has the middle, the least and the most, whatever the order', () => {
  assert.equal(spreadOf([3, 1, 2]), { median: 2, least: 1, most: 3 })
  assert.equal(spreadOf([4, 1, 3, 2]), { median: 2.5, least: 1, most: 4 })
  assert.equal(spreadOf([7]), { median: 7, least: 7, most: 7 })
  assert.is(spreadText(spreadOf([1, 2.25, 3]), 1), '2.3 (1.0-3.0)')
})

test('a quantile lies between the values beside it', () => {
  const sorted = Array.from({ length: 11 }, (_, index) => index * 10)
  assert.equal(
    [0, 0.5, 0.25, 0.99, 1].map((part) => quantile(sorted, part)),
    [0, 50, 25, 99, 100],
  )
})

test('ratios are of what was measured beside each other', () => {
  assert.equal(ratiosOf([2, 9, 4], [1, 3, 4]), { median: 2, least: 1, most: 3 })
})

test('a verdict goes by the middle, and names the spread and the bound', () => {
  const figure = { median: 1.5, least: 1, most: 4 }
  assert.equal(verdict('reads', figure, '<= 2', 'times'), {
    holds: true,
    line: 'reached  reads: 1.50 (1.00-4.00), wanted <= 2.00 times',
  })
  assert.equal(verdict('reads', figure, '>= 2'), {
    holds: false,
    line: 'MISSED   reads: 1.50 (1.00-4.00), wanted >= 2.00',
  })
  assert.ok(verdict('reads', figure, '>= 1.5').holds && verdict('reads', figure, '<= 1.5').holds)
})

test('the shares of a profile are of the time that was not slept', () => {
  const node = (id: number, functionName: string, url = '') => {
    const callFrame = { functionName, url, scriptId: '1', lineNumber: 4, columnNumber: 0 }
    return { id, callFrame }
  }
  const shares = sharesOf({
    nodes: [
      node(1, '(idle)'),
      node(2, 'write'),
      node(3, 'read', new URL('../../lib/text.ts', import.meta.url).href),
      node(4, '', new URL('../../node_modules/@koa/router/dist/index.js', import.meta.url).href),
      node(5, 'end', 'node:_http_outgoing'),
    ],
    startTime: 0,
    endTime: 20,
    samples: [1, 2, 3, 3, 4, 5],
    timeDeltas: [10, 4, 1, 2, 2, 1],
  })
  assert.equal(shares.packages, [
    { of: 'write', part: 0.4 },
    { of: 'strowger lib', part: 0.3 },
    { of: '@koa/router', part: 0.2 },
    { of: 'node', part: 0.1 },
  ])
  assert.equal(
    shares.functions.map(({ of }) => of),
    [
      'write',
      'read lib/text.ts:5',
      '(no name) node_modules/@koa/router/dist/index.js:5',
      'end node:_http_outgoing:5',
    ],
  )
})

test.run()
