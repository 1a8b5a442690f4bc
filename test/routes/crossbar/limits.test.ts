import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { JsonObject, JsonValue } from '../../../db/store.ts'
import { validateDocument } from '../../../routes/crossbar/validation/index.ts'
import {
  checkJsonLimits,
  maxJsonDepth,
  maxJsonNodes,
  readJson,
} from '../../../routes/crossbar/validation/limits.ts'
import { maxFlowDepth } from '../../../routes/crossbar/validation/prepare.ts'

test('a text of JSON is read when it is an object within the limits', () => {
  assert.equal(readJson(' {"data": {"a": [1, null]}} '), {
    ok: true,
    value: { data: { a: [1, null] } },
  })
  assert.equal(readJson('{}'), { ok: true, value: {} })
})

test('what is no JSON is refused, and what is no object at the top', () => {
  for (const broken of ['', ' ', '{', "{'a': 1}", '{"a": 1,}', '{} {}', '\ufeff{}', '{"a": NaN}']) {
    assert.equal(readJson(broken), { ok: false, fault: 'syntax' }, broken)
  }
  for (const other of ['[]', 'null', '"text"', '5', 'true', '[{}]']) {
    assert.equal(readJson(other), { ok: false, fault: 'notObject' }, other)
  }
})

test('600 levels are read and 601 are not, of objects as of arrays', () => {
  assert.is(maxJsonDepth, 600)
  for (const [open, close] of [
    ['{"a":', '}'],
    ['[', ']'],
  ] as const) {
    assert.is(faultOf(`{"a":${open.repeat(599)}1${close.repeat(599)}}`), undefined)
    assert.is(faultOf(`{"a":${open.repeat(600)}1${close.repeat(600)}}`), 'tooDeep')
    assert.is(faultOf(`{"a":${open.repeat(599)}{}${close.repeat(599)}}`), 'tooDeep')
  }
})

test('5,000 values are read and 5,001 are not, however they are spread', () => {
  assert.is(maxJsonNodes, 5000)
  // The object and the array count too.
  assert.is(faultOf(JSON.stringify({ a: Array(4998).fill(0) })), undefined)
  assert.is(faultOf(JSON.stringify({ a: Array(4999).fill(0) })), 'tooManyNodes')
  const spread = { a: Array(1249).fill([0, 0]), b: Array(1249).fill({}), c: 0 }
  assert.is(faultOf(JSON.stringify(spread)), undefined)
  assert.is(faultOf(JSON.stringify({ ...spread, e: 0 })), 'tooManyNodes')
})

test('the key __proto__ is refused at any depth, and other odd keys are not', () => {
  assert.is(faultOf('{"__proto__": {}}'), 'protoKey')
  assert.is(faultOf('{"a": [[{"b": {"__proto__": null}}]]}'), 'protoKey')
  assert.is(faultOf('{"\\u005f_proto__": 1}'), 'protoKey')
  assert.is(faultOf('{"constructor": {"prototype": 1}, "__proto": "__proto__"}'), undefined)
  assert.is(Reflect.get({}, 'polluted'), undefined)
})

test('a text that is 100,000 levels deep is refused without an overflow', () => {
  assert.is(faultOf(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), 'tooDeep')
  assert.is(faultOf(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`), 'tooDeep')
  assert.is(faultOf('['.repeat(1_000_000)), 'syntax')
})

test('a value that was put together here is held to the same limits', () => {
  assert.equal(checkJsonLimits({ a: 1 }), { ok: true, value: { a: 1 } })
  assert.equal(checkJsonLimits(['x']), { ok: false, fault: 'notObject' })
  assert.equal(checkJsonLimits({ a: nested(599) }), { ok: true, value: { a: nested(599) } })
  assert.equal(checkJsonLimits({ a: nested(600) }), { ok: false, fault: 'tooDeep' })
  assert.equal(checkJsonLimits({ a: Array(5000).fill(0) }), { ok: false, fault: 'tooManyNodes' })
})

test('a flow may have 256 levels of children, and the fault is told at the next', () => {
  assert.is(maxFlowDepth, 256)
  const accepted = validateDocument('callflows', { flow: flow(256) })
  assert.equal(accepted.faults, {})
  assert.equal(accepted.document.flow, flow(256))
  const { faults } = validateDocument('callflows', { flow: flow(257) })
  assert.equal(Object.keys(faults), [`flow${'.children.1'.repeat(257)}`])
  const [codes = {}] = Object.values(faults)
  assert.equal(codes, { maximum: { ...codes.maximum, target: 256, value: 257 } })
})

test('the steps of metaflows are counted in the same way, each branch by itself', () => {
  const wide = { module: 'hangup', children: { a: metaflow(255), b: metaflow(256) } }
  const { faults } = validateDocument('accounts', {
    name: 'n',
    metaflows: { numbers: { '1': metaflow(256), '2': wide }, patterns: { x: metaflow(256) } },
  })
  assert.equal(Object.keys(faults), [`metaflows.numbers.2.children.b${'.children.1'.repeat(256)}`])
})

test('as many steps as fit into 600 levels are checked to the depth that is allowed', () => {
  const deepest = flow(298, { module: 5 })
  assert.ok(checkJsonLimits({ flow: deepest }).ok)
  assert.not(checkJsonLimits({ flow: flow(299, { module: 5, data: {} }) }).ok)
  const { faults } = validateDocument('callflows', { flow: deepest })
  assert.equal(Object.keys(faults).length, 1)
  const last = validateDocument('callflows', { flow: flow(256, { module: 5, data: {} }) })
  assert.equal(Object.keys(last.faults), [`flow${'.children.1'.repeat(256)}.module`])
})

test('no depth overflows the validation itself', () => {
  const depth = 100_000
  const free = validateDocument('accounts', { name: 'n', free: nested(depth) })
  assert.equal(free.faults, {})
  const wrong = validateDocument('accounts', { name: nested(depth), org: nested(depth) })
  assert.equal(Object.keys(wrong.faults), ['name', 'org'])
  const numbers = validateDocument('callflows', { numbers: [nested(depth), nested(depth)] })
  assert.equal(Object.keys(numbers.faults), ['numbers.0', 'numbers.1'])
  const module = { module: nested(depth) }
  const modules = validateDocument('accounts', { name: 'n', metaflows: { numbers: { 1: module } } })
  assert.equal(Object.keys(modules.faults), ['metaflows.numbers.1.module'])
  for (const document of [
    { flow: flow(depth) },
    { metaflow: { patterns: { x: metaflow(depth) } } },
  ]) {
    assert.is(Object.keys(validateDocument('callflows', document).faults).length, 1)
  }
})

test('an unsound text is found below any depth', () => {
  const { faults } = validateDocument('accounts', { name: 'n', free: nested(590, '\u0000') })
  assert.equal(Object.keys(faults), [`free${'.0'.repeat(590)}`])
})

function faultOf(json: string): string | undefined {
  const read = readJson(json)
  return read.ok ? undefined : read.fault
}

function nested(levels: number, inner: JsonValue = 'x'): JsonValue {
  let value = inner
  for (let level = 0; level < levels; level += 1) {
    value = [value]
  }
  return value
}

/** A step with that many levels of children below it. */
function flow(levels: number, last: JsonObject = { module: 'play', data: {} }): JsonObject {
  let step = last
  for (let level = 0; level < levels; level += 1) {
    step = { module: 'menu', data: {}, children: { '1': step } }
  }
  return step
}

function metaflow(levels: number): JsonObject {
  let step: JsonObject = { module: 'hangup', children: {} }
  for (let level = 0; level < levels; level += 1) {
    step = { module: 'hangup', children: { '1': step } }
  }
  return step
}

test.run()
