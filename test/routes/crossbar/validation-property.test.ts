import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { JsonObject, JsonValue } from '../../../db/store.ts'
import {
  accountDocument,
  action,
  callflowDocument,
  free,
  step,
} from '../../../fixtures/crossbar/arbitraries.ts'
import {
  type Keys,
  pathOf,
  stepOf,
  type Wrong,
  withValue,
  wrongInCallflows,
  wrongInMetaflowSteps,
  wrongInSteps,
} from '../../../fixtures/crossbar/wrong-documents.ts'
import type { SchemaName } from '../../../routes/crossbar/schemas/index.ts'
import { validateDocument } from '../../../routes/crossbar/validation/index.ts'
import { checkJsonLimits, readJson } from '../../../routes/crossbar/validation/limits.ts'

const documents: [SchemaName, fc.Arbitrary<JsonObject>][] = [
  ['accounts', accountDocument],
  ['callflows', callflowDocument],
  ['metaflow', step],
  ['callflows.action', action],
]

for (const [schema, arbitrary] of documents) {
  test(`documents of ${schema} that were built by the rules are accepted`, () => {
    fc.assert(
      fc.property(arbitrary, (document) => {
        const before = structuredClone(document)
        const validated = validateDocument(schema, document)
        assert.equal(validated.faults, {})
        assert.equal(document, before)
        assert.equal(validateDocument(schema, validated.document), validated)
        assertKept(document, validated.document)
      }),
    )
  })

  test(`a text that no answer could carry is found anywhere in a document of ${schema}`, () => {
    fc.assert(
      fc.property(arbitrary, fc.nat(), fc.constantFrom(...unsound), (document, seed, bad) => {
        const places = placesOf(document, (value) => typeof value === 'string')
        const place = places[seed % places.length]
        fc.pre(place !== undefined)
        const faults = faultsOf(schema, withValue(document, place, bad))
        assert.ok(faults[pathOf(place)]?.includes('invalid'))
        assert.equal(Object.keys(faults), [pathOf(place)])
      }),
    )
  })
}

test('an account that is wrong in one place is refused at that place alone', () => {
  fc.assert(
    fc.property(accountDocument, fc.constantFrom(...wrongInAccounts), (document, wrong) => {
      assertRefused('accounts', document, wrong)
    }),
  )
})

test('a callflow that is wrong in one place is refused at that place alone', () => {
  fc.assert(
    fc.property(callflowDocument, fc.constantFrom(...wrongInCallflows), (document, wrong) => {
      assertRefused('callflows', document, wrong)
    }),
  )
})

test('a step that is wrong is found wherever it stands in a flow', () => {
  fc.assert(
    fc.property(action, fc.constantFrom(...wrongInSteps), fc.nat(), (flow, wrong, seed) => {
      const [keys, value, code] = wrong
      const place = stepOf(flow, seed)
      assertRefused('callflows', { flow }, [['flow', ...place, ...keys], value, code])
    }),
  )
})

test('a step that is wrong is found wherever it stands in a metaflow', () => {
  fc.assert(
    fc.property(step, fc.constantFrom(...wrongInMetaflowSteps), fc.nat(), (top, wrong, seed) => {
      const [keys, value, code] = wrong
      const place = ['metaflow', 'numbers', '7', ...stepOf(top, seed), ...keys]
      assertRefused('callflows', { metaflow: { numbers: { '7': top } } }, [place, value, code])
    }),
  )
})

test('whatever JSON is sent, the validation ends with an answer', () => {
  const anything = fc.oneof(free, fc.jsonValue()).map((value) => JSON.stringify(value))
  const names = fc.constantFrom(...documents.map(([schema]) => schema))
  fc.assert(
    fc.property(names, fc.dictionary(keyOfSchemas, anything), (schema, members) => {
      const entries = Object.entries(members).map(([key, json]) => `${JSON.stringify(key)}:${json}`)
      const read = readJson(`{${entries.join(',')}}`)
      if (read.ok) {
        const { faults, document } = validateDocument(schema, read.value)
        assert.type(JSON.stringify({ faults, document }), 'string')
      }
    }),
    { numRuns: 500 },
  )
})

test('the count of values and levels is that of a plain recursive one', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), free), fc.integer({ min: 1, max: 700 }), (value, n) => {
      const { ok } = checkJsonLimits({ a: Array(4900 + n).fill(value.a ?? 0) })
      const { nodes, depth } = measure({ a: Array(4900 + n).fill(value.a ?? 0) })
      assert.is(ok, nodes <= 5000 && depth <= 600)
    }),
  )
})

const unsound = ['\u0000', 'a\u000b', '\ud800', 'x\udfff', '\ufffe', 'a\uffffa', '\u009f', '\u007f']

const keyOfSchemas = fc.oneof(
  fc.constantFrom('name', 'realm', 'enabled', 'metaflows', 'metaflow', 'flow', 'numbers'),
  fc.constantFrom('patterns', 'module', 'data', 'children', 'caller_id', 'dial_plan', 'preflow'),
)

const wrongInAccounts: readonly Wrong[] = [
  [['name'], undefined, 'required'],
  [['name'], '', 'minLength'],
  [['name'], '😀'.repeat(129), 'maxLength'],
  [['realm'], 'not a realm', 'pattern'],
  [['timezone'], 'UTC', 'minLength'],
  [['enabled'], 'perhaps', 'type'],
  [['caller_id', 'external', 'number'], 5, 'type'],
  [['caller_id', 'emergency', 'name'], 'n'.repeat(36), 'maxLength'],
  [['call_restriction', 'a.b', 'action'], 'allow', 'enum'],
  [['dial_plan', '^~1/.$'], 'x', 'type'],
  [['dial_plan', 'system'], [false], 'type'],
  [['preflow', 'other'], 1, 'additionalProperties'],
  [['voicemail', 'notify', 'callback', 'attempts'], '1 or 2', 'type'],
  [['metaflows', 'digit_timeout'], '-1', 'minimum'],
  [['metaflows', 'numbers', 'x'], {}, 'additionalProperties'],
  [['metaflows', 'patterns', 'a.b', 'module'], undefined, 'required'],
  [['metaflows', 'numbers', '99', 'module'], 'nothing', 'enum'],
]

function assertRefused(schema: SchemaName, document: JsonObject, [keys, value, code]: Wrong) {
  const changed = withValue(document, keys, value)
  const items = Array.isArray(value) && code === 'type' && keys.at(-1) === 'system' ? ['0'] : []
  assert.equal(faultsOf(schema, changed), { [pathOf([...keys, ...items])]: [code] })
}

function faultsOf(schema: SchemaName, document: JsonObject): Record<string, string[]> {
  const { faults } = validateDocument(schema, document)
  return Object.fromEntries(
    Object.entries(faults).map(([path, codes]) => [path, Object.keys(codes)]),
  )
}

/** The places of all values of a kind, by their keys. */
function placesOf(value: JsonValue, wanted: (value: JsonValue) => boolean): Keys[] {
  if (typeof value !== 'object' || value === null) {
    return wanted(value) ? [[]] : []
  }
  return Object.entries(value).flatMap(([key, member]) =>
    placesOf(member, wanted).map((keys) => [key, ...keys]),
  )
}

/** Whatever was sent is still there: the same, or repaired from its text. */
function assertKept(sent: JsonValue, kept: JsonValue | undefined) {
  if (typeof sent !== 'object' || sent === null) {
    assert.ok(sent === kept || sent === String(kept))
    return
  }
  assert.ok(typeof kept === 'object' && kept !== null)
  const members = new Map(Object.entries(kept))
  for (const [key, member] of Object.entries(sent)) {
    assertKept(member, members.get(key))
  }
}

function measure(value: JsonValue): { nodes: number; depth: number } {
  if (typeof value !== 'object' || value === null) {
    return { nodes: 1, depth: 0 }
  }
  const below = Object.values(value).map(measure)
  return {
    nodes: below.reduce((sum, { nodes }) => sum + nodes, 1),
    depth: 1 + Math.max(0, ...below.map(({ depth }) => depth)),
  }
}

test.run()
