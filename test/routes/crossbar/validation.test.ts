import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { JsonObject, JsonValue } from '../../../db/store.ts'
import {
  acceptedDocuments,
  refusedDocuments,
  unsoundDocuments,
} from '../../../fixtures/crossbar/documents.ts'
import { accountDefaults, modules, type Refused } from '../../../fixtures/crossbar/rows.ts'
import { schemaNames, schemaOf } from '../../../routes/crossbar/schemas/index.ts'
import { type FaultCode, hasFaults } from '../../../routes/crossbar/validation/faults.ts'
import { validateDocument } from '../../../routes/crossbar/validation/index.ts'
import { repaired } from '../../../routes/crossbar/validation/scalars.ts'

test('the tables of accepted and refused documents are long enough to mean something', () => {
  assert.ok(acceptedDocuments.length + refusedDocuments.length >= 150)
  const schemas = new Set([...acceptedDocuments, ...refusedDocuments].map(({ schema }) => schema))
  assert.equal([...schemas].sort(), schemaNames)
})

test('a good document is accepted, and comes out with its defaults and repaired types', () => {
  for (const { schema, document, result } of acceptedDocuments) {
    const validated = validateDocument(schema, frozen(document))
    assert.equal(validated, { document: result, faults: {} }, text(document))
    assert.not(hasFaults(validated.faults))
  }
})

test('what came out of a validation goes through another one unchanged', () => {
  for (const { schema, result } of acceptedDocuments) {
    assert.equal(validateDocument(schema, result).document, result, text(result))
  }
})

test('a document with one fault is refused for that alone, at its place', () => {
  for (const row of [...refusedDocuments, ...unsoundDocuments]) {
    const { faults } = validateDocument(row.schema, frozen(row.document))
    assert.equal(codesOf(faults), { [row.path]: [row.code] }, text(row.document))
    const fault = faults[row.path]?.[row.code]
    assert.equal(fault?.target, row.target, text(row.document))
    assert.equal(Object.keys(fault ?? {}).sort(), detailOf(row), text(row.document))
    assert.ok(hasFaults(faults))
  }
})

test('a fault shows what was given', () => {
  const cases: [sent: JsonObject, path: string, fault: object][] = [
    [{ name: 5 }, 'name', { type: { target: 'string', value: 5 } }],
    [
      { name: 'n', caller_id: { internal: { name: 'x'.repeat(36) } } },
      'caller_id.internal.name',
      { maxLength: { target: 35, cause: 'x'.repeat(36), value: 'x'.repeat(36) } },
    ],
    [
      { name: 'n', metaflows: { digit_timeout: '-5' } },
      'metaflows.digit_timeout',
      { minimum: { target: 0, value: -5 } },
    ],
    [
      { name: 'n', metaflows: { patterns: { a: { module: 'x', children: { b: {} } } } } },
      'metaflows.patterns.a.module',
      { enum: { target: modules, value: 'x' } },
    ],
    [
      { name: 'n', preflow: { extra: { a: [1] } } },
      'preflow.extra',
      { additionalProperties: { value: { a: [1] } } },
    ],
    [{ name: 'n', a: ['\u0000'] }, 'a.0', { invalid: { cause: '\u0000' } }],
    [{ name: 'n', a: { '\u0000': 1 } }, 'a.\u0000', { invalid: { cause: '\u0000' } }],
  ]
  for (const [sent, path, fault] of cases) {
    const found = validateDocument('accounts', sent).faults[path]
    assert.equal(withoutMessages(found), fault)
  }
  const { faults } = validateDocument('callflows', { numbers: ['1', '1'] })
  assert.equal(withoutMessages(faults.numbers), { uniqueItems: { value: ['1', '1'] } })
})

test('all faults are told together, with several codes at one place', () => {
  const document = {
    realm: 'b ',
    enabled: 'maybe',
    preflow: { more: 1, most: 2 },
    voicemail: { notify: { callback: { schedule: ['x', 1, null] } } },
    metaflows: {
      binding_digit: 'x',
      numbers: {
        '1': {
          module: 'callflow',
          data: {},
          children: { a: { module: 'no', children: { b: {} } } },
        },
        x: {},
      },
    },
    'a.b': '\u0000',
  }
  assert.equal(codesOf(validateDocument('accounts', document).faults), {
    name: ['required'],
    realm: ['minLength', 'pattern'],
    enabled: ['type'],
    'preflow.more': ['additionalProperties'],
    'preflow.most': ['additionalProperties'],
    'voicemail.notify.callback.schedule.0': ['type'],
    'voicemail.notify.callback.schedule.2': ['type'],
    'metaflows.binding_digit': ['enum'],
    'metaflows.numbers.1.data.id': ['required'],
    'metaflows.numbers.1.children.a.module': ['enum'],
    'metaflows.numbers.1.children.a.children.b.module': ['required'],
    'metaflows.numbers.x': ['additionalProperties'],
    'a%2Eb': ['invalid'],
  })
})

test('the faults of a login never show the key or the credentials', () => {
  const secret = 'SECRET'.repeat(20)
  const logins: [name: 'api_auth' | 'user_auth', document: JsonObject][] = [
    ['api_auth', { api_key: secret, also: secret, again: [secret] }],
    ['api_auth', { api_key: [secret] }],
    ['api_auth', { api_key: `${secret}\u0000` }],
    ['user_auth', { credentials: secret, method: secret, realm: ` ${secret}` }],
    ['user_auth', { credentials: { secret } }],
  ]
  for (const [name, document] of logins) {
    const { faults } = validateDocument(name, document)
    assert.ok(hasFaults(faults))
    assert.not(JSON.stringify(faults).includes('SECRET'))
  }
})

test('the answer stays small when many faults are below one very long key', () => {
  const children = Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [n, {}]))
  const below = { module: 'menu', data: {}, children }
  const long = { module: 'menu', data: {}, children: { ['k'.repeat(500_000)]: below } }
  const { faults } = validateDocument('callflows', { flow: long })
  assert.ok(hasFaults(faults))
  assert.ok(JSON.stringify(faults).length < 2_000_000)
})

test('the key __proto__ is a fault and changes no prototype', () => {
  const sent: JsonObject = JSON.parse('{"name": "n", "free": {"__proto__": {"evil": true}}}')
  const { document, faults } = validateDocument('accounts', sent)
  assert.equal(Object.keys(faults), ['free.__proto__'])
  assert.is(Object.getPrototypeOf(document.free), Object.prototype)
})

test('the defaults of an account are those of the documents, and new ones each time', () => {
  const first = validateDocument('accounts', { name: 'child' }).document
  const second = validateDocument('accounts', { name: 'child' }).document
  assert.equal(first, { name: 'child', ...accountDefaults })
  assert.is.not(first.caller_id, second.caller_id)
  assert.is.not(first.caller_id, schemaOf('caller_id').default)
})

test('an object that is given, even an empty one, gets the defaults within it, one that is not does not', () => {
  const hold = { numbers: { '1': { module: 'hold_control' } } }
  const { document } = validateDocument('callflows', { metaflow: hold })
  assert.equal(document.metaflow, {
    binding_digit: '*',
    numbers: { '1': { module: 'hold_control', children: {} } },
  })
})

test('texts become what was meant only if they say it exactly, and nothing becomes a text', () => {
  const cases: [text: string, type: 'integer' | 'number' | 'boolean', value: JsonValue][] = [
    ['3000', 'integer', 3000],
    ['+1', 'integer', 1],
    ['-1', 'integer', -1],
    ['1.0', 'integer', '1.0'],
    ['1e3', 'integer', '1e3'],
    ['0x10', 'integer', '0x10'],
    ['٣', 'integer', '٣'],
    ['9007199254740993', 'integer', '9007199254740993'],
    ['1.5', 'number', 1.5],
    ['-2e3', 'number', -2000],
    ['1e999', 'number', '1e999'],
    ['.5', 'number', '.5'],
    ['Infinity', 'number', 'Infinity'],
    ['true', 'boolean', true],
    ['false', 'boolean', false],
    ['1', 'boolean', '1'],
    ['', 'boolean', ''],
  ]
  for (const [given, type, value] of cases) {
    assert.equal(repaired(given, type), value, `${given} as ${type}`)
  }
  for (const type of ['string', 'object', 'array', undefined] as const) {
    assert.is(repaired('5', type), '5')
  }
})

function codesOf(faults: object): object {
  return Object.fromEntries(
    Object.entries(faults).map(([path, codes]) => [path, Object.keys(codes).sort()]),
  )
}

/** The keys that a fault has beside `message` and `target`, by its code (kazoo.md 5.1). */
const details: Partial<Record<FaultCode, string[]>> = {
  required: [],
  minLength: ['cause', 'value'],
  maxLength: ['cause', 'value'],
  invalid: ['cause'],
}

function detailOf({ code, schema, target }: Refused): string[] {
  const isSecret = schema === 'api_auth' || schema === 'user_auth'
  const given = isSecret ? [] : (details[code] ?? ['value'])
  return ['message', ...(target === undefined ? [] : ['target']), ...given].sort()
}

function withoutMessages(codes: object | undefined): object {
  return Object.fromEntries(
    Object.entries(codes ?? {}).map(([code, { message, ...detail }]) => {
      assert.type(message, 'string')
      return [code, detail]
    }),
  )
}

/** A validation that changed its input would throw. */
function frozen(document: JsonObject): JsonObject {
  freeze(document)
  return document
}

function freeze(value: JsonValue) {
  if (typeof value === 'object' && value !== null) {
    Object.values(Object.freeze(value)).forEach(freeze)
  }
}

function text(document: JsonObject): string {
  return JSON.stringify(document).slice(0, 300)
}

test.run()
