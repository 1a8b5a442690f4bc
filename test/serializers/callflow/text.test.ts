import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { flowText, textLimits } from '../../../serializers/callflow/text.ts'
import { byId, call, callflow, callflowId, node } from '../../support/callflows.ts'

const two = callflowId('2')
const sales = callflow('2', {
  name: 'Sales',
  flow: node('ring_group', { name: 'Sales team' }, { _: call('1') }),
})

test('a flow is drawn as a tree, with the called flows below their callers', () => {
  const flow = node(
    'menu',
    { id: 'm1', name: 'Day' },
    {
      1: call('2', { _: node('voicemail', { id: 'v1' }) }),
      2: call('9'),
      '': node('play', {}, { _: node('hangup') }),
      3: node('callflow', { id: two, skip_module: true }),
    },
  )
  const main = callflow('1', { name: 'Main', flow })
  assert.is(
    flowText(main, byId(main, sales)),
    [
      `Main (${callflowId('1')})`,
      '└─ menu Day m1',
      `   ├─ 1 ─ callflow Sales (${two})`,
      '   │  ├─ → ring_group Sales team',
      `   │  │  └─ _ ─ callflow Main (${callflowId('1')}) (cycle)`,
      '   │  └─ _ ─ voicemail v1',
      `   ├─ 2 ─ callflow ${callflowId('9')} (dangling)`,
      `   ├─ 3 ─ callflow Sales (${two}) (skipped)`,
      '   └─ "" ─ play',
      '      └─ _ ─ hangup',
      '',
    ].join('\n'),
  )
})

test('a callflow without a name goes by its id, one without a flow is a line', () => {
  const bare = callflow('3')
  assert.is(flowText(bare, byId(bare)), `${bare.id}\n`)
  const caller = callflow('4', { flow: call('3') })
  assert.is(flowText(caller, byId(caller, bare)), `${caller.id}\n└─ callflow ${bare.id}\n`)
})

test('text from outside is one visible line and cannot reach the terminal', () => {
  const name = '\u001b[2J\r\nevil\u202e\u0085\\u{1b} ünïcode 😀'
  const flow = node('menu', { name }, { '\u0007': node('pl\tay') })
  const text = flowText(callflow('1', { name: '\u001b]0;x\u0007', flow }), new Map())
  assert.is(
    text,
    [
      `\\u{1b}]0;x\\u{7} (${callflowId('1')})`,
      '└─ menu \\u{1b}[2J\\u{d}\\u{a}evil\\u{202e}\\u{85}\\u{1b} ünïcode 😀',
      '   └─ \\u{7} ─ pl\\u{9}ay',
      '',
    ].join('\n'),
  )
})

test('a long name is cut to 60 characters', () => {
  const text = flowText(callflow('1', { name: `${'😀'.repeat(60)}` }), new Map())
  assert.ok(text.startsWith(`${'😀'.repeat(60)} (`))
  const longer = flowText(callflow('1', { name: `${'😀'.repeat(61)}` }), new Map())
  assert.ok(longer.startsWith(`${'😀'.repeat(59)}… (`))
})

test('no text of a document puts a control or format character on the terminal', () => {
  const any = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(any, any, any, any, (name, module, key, id) => {
      const flow = node(module, { name, id }, { [key]: node('callflow', { id: key }) })
      const text = flowText(callflow('1', { name, flow }), new Map())
      assert.is(text.split('\n').length, 4)
      assert.not.match(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
    }),
  )
})

test('callflows that multiply are cut after 2,000 lines', () => {
  const all = Array.from({ length: 20 }, (_, index) =>
    callflow(`c${index}`, {
      flow: node('menu', {}, { 1: call(`c${index + 1}`), 2: call(`c${index + 1}`) }),
    }),
  )
  const lines = flowText(all[0] ?? sales, byId(...all))
    .trimEnd()
    .split('\n')
  assert.is(lines.length, textLimits.lines + 1)
  assert.is(lines.at(-1), '… (cut)')
})

test('a tree as long as the limit is not cut, a deeper one is', () => {
  const main = callflow('1', {
    flow: node('menu', {}, { 1: node('play', {}, { _: node('user') }) }),
  })
  assert.not.match(flowText(main, byId(main), { lines: 4, depth: 3 }), 'cut')
  assert.ok(flowText(main, byId(main), { lines: 3, depth: 3 }).endsWith('─ play\n… (cut)\n'))
  assert.ok(flowText(main, byId(main), { lines: 4, depth: 2 }).endsWith('└─ _ ─ … (cut)\n'))
})

test.run()
