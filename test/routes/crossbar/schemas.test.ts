import { spawnSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { acceptedDocuments, refusedDocuments } from '../../../fixtures/crossbar/documents.ts'
import { isSchemaName, schemaNames, schemaOf } from '../../../routes/crossbar/schemas/index.ts'
import type { JsonSchema } from '../../../routes/crossbar/schemas/schema.ts'
import { skipUnless } from '../../support/skip.ts'

test('the schemas of the documents are served, sorted by name', () => {
  assert.equal(schemaNames, [
    ...['accounts', 'api_auth', 'call_waiting', 'caller_id', 'callflows', 'callflows.action'],
    ...['dialplans', 'metaflow', 'metaflow.audio_level', 'metaflow.break', 'metaflow.callflow'],
    ...['metaflow.hangup', 'metaflow.hold', 'metaflow.hold_control', 'metaflow.intercept'],
    ...['metaflow.move', 'metaflow.play', 'metaflow.record_call', 'metaflow.resume'],
    ...['metaflow.say', 'metaflow.sound_touch', 'metaflow.transfer', 'metaflow.tts'],
    ...['metaflow_children', 'metaflows', 'notify.callback', 'user_auth', 'webhooks'],
  ])
})

test('each is found by its name, which is its id, and nothing else is found', () => {
  for (const name of schemaNames) {
    assert.ok(isSchemaName(name))
    assert.is(schemaOf(name).id, name)
    assert.is(schemaOf(name).$schema, 'http://json-schema.org/draft-04/schema#')
    assert.is(schemaOf(name).type, 'object')
    assert.type(schemaOf(name).description, 'string')
  }
  for (const other of ['', 'Accounts', 'accounts ', 'metaflow.', 'toString', '__proto__']) {
    assert.is(schemaOf(other), undefined)
    assert.not(isSchemaName(other))
  }
})

test('every schema is of draft-04, by its rules as they are written out here', () => {
  for (const name of schemaNames) {
    assert.equal(flawsOf(schemaOf(name), name), [])
    assert.equal(JSON.parse(JSON.stringify(schemaOf(name))), schemaOf(name))
  }
})

test('the rules of draft-04 find what is wrong', () => {
  const wrong: [schema: object, flaw: string][] = [
    [{ type: 'text' }, 'x.type'],
    [{ required: true }, 'x.required'],
    [{ required: [] }, 'x.required'],
    [{ properties: { a: { enum: [] } } }, 'x.properties.a.enum'],
    [{ items: { maxLength: -1 } }, 'x.items.maxLength'],
    [{ const: 1 }, 'x.const'],
    [{ pattern: '(' }, 'x.pattern'],
    [{ patternProperties: { '(': {} } }, 'x.patternProperties.('],
    [{ $ref: 'nowhere' }, 'x.$ref'],
    [{ $ref: 'accounts', default: {} }, 'x.$ref'],
    [{ oneOf: [{ $ref: '#/definitions/a' }] }, 'x.oneOf.0.$ref'],
    [{ additionalProperties: { uniqueItems: 1 } }, 'x.additionalProperties.uniqueItems'],
  ]
  for (const [schema, flaw] of wrong) {
    assert.equal(flawsOf(schema, 'x'), [flaw])
  }
})

test('a required key is described, and a default is one of the values that are allowed', () => {
  for (const schema of schemaNames.flatMap((name) => partsOf(schemaOf(name)))) {
    for (const key of schema.required ?? []) {
      assert.ok(Object.hasOwn(schema.properties ?? {}, key), key)
    }
    if (schema.default !== undefined) {
      const isArray = Array.isArray(schema.default)
      assert.is(schema.type, isArray ? 'array' : typeof schema.default)
      assert.ok(schema.enum?.includes(String(schema.default)) ?? true)
    }
  }
})

const hasPython = spawnSync('python3', ['-c', 'import jsonschema, referencing']).status === 0

test(
  'another library finds the schemas valid and takes and refuses the same documents',
  skipUnless(hasPython, 'no python3 with jsonschema', () => {
    // In Python's expressions \w has the letters of every script, and $ stands before a last line end.
    const pythons = ['münchen.de', 'line.end\n']
    const refused = refusedDocuments.filter(
      ({ document }) => !pythons.includes(`${document.realm}`),
    )
    const input = {
      schemas: schemaNames.map(schemaOf),
      accepted: acceptedDocuments.map(({ schema, result }) => ({ schema, document: result })),
      refused: refused.map(({ schema, document }) => ({ schema, document })),
    }
    const { stdout, stderr } = spawnSync('python3', ['-c', judge], {
      input: JSON.stringify(input),
      encoding: 'utf8',
    })
    assert.is(stderr, '')
    const count = { accepted: acceptedDocuments.length, refused: refused.length }
    assert.equal(JSON.parse(stdout), { count, wrong: [] })
  }),
)

const judge = `
import json, sys
from jsonschema import Draft4Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

given = json.load(sys.stdin)
schemas = {schema["id"]: schema for schema in given["schemas"]}
for schema in schemas.values():
    Draft4Validator.check_schema(schema)
registry = Registry().with_resources((name, DRAFT4.create_resource(schema)) for name, schema in schemas.items())

def is_valid(row):
    return Draft4Validator(schemas[row["schema"]], registry=registry).is_valid(row["document"])

wrong = [row for row in given["accepted"] if not is_valid(row)] + [row for row in given["refused"] if is_valid(row)]
count = {"accepted": len(given["accepted"]), "refused": len(given["refused"])}
print(json.dumps({"count": count, "wrong": wrong}))
`

const types = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']

/** What each keyword of draft-04 that we use holds; `discriminator` is none of them and harmless. */
const rules: Record<string, (value: unknown) => boolean> = {
  $schema: isText,
  id: isText,
  $ref: (value) => isText(value) && schemaNames.some((name) => name === value),
  description: isText,
  discriminator: () => true,
  type: (value) => types.some((type) => type === value),
  default: () => true,
  enum: isSetOfTexts,
  required: isSetOfTexts,
  minLength: isCount,
  maxLength: isCount,
  minimum: (value) => typeof value === 'number',
  pattern: isPattern,
  uniqueItems: (value) => typeof value === 'boolean',
  items: isObject,
  properties: isObject,
  patternProperties: isObject,
  additionalProperties: (value) => typeof value === 'boolean' || isObject(value),
  oneOf: (value) => Array.isArray(value) && value.length > 0 && value.every(isObject),
}

/** The places of whatever is not as draft-04 wants it, where `$ref` stands alone. */
function flawsOf(schema: object, place: string): string[] {
  return Object.entries(schema).flatMap(([key, value]) => {
    const here = `${place}.${key}`
    const isAlone = key !== '$ref' || Object.keys(schema).length === 1
    if (rules[key]?.(value) !== true || !isAlone) {
      return [here]
    }
    if (key === 'items' || (key === 'additionalProperties' && isObject(value))) {
      return flawsOf(value, here)
    }
    const isMap = key === 'properties' || key === 'patternProperties' || key === 'oneOf'
    return isMap ? Object.entries(value).flatMap((member) => memberFlaws(member, key, here)) : []
  })
}

function memberFlaws([name, schema]: [string, unknown], key: string, place: string): string[] {
  const here = `${place}.${name}`
  if (!isObject(schema) || (key === 'patternProperties' && !isPattern(name))) {
    return [here]
  }
  return flawsOf(schema, here)
}

/** The schema and all those within it. */
function partsOf(schema: JsonSchema): JsonSchema[] {
  const {
    properties = {},
    patternProperties = {},
    additionalProperties,
    items,
    oneOf = [],
  } = schema
  const below = [
    ...[...Object.values(properties), ...Object.values(patternProperties), ...oneOf],
    ...(additionalProperties ? [additionalProperties] : []),
    ...(items ? [items] : []),
  ]
  return [schema, ...below.flatMap(partsOf)]
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0
}

function isSetOfTexts(value: unknown): boolean {
  const isList = Array.isArray(value) && value.length > 0
  return isList && value.every(isText) && new Set(value).size === value.length
}

function isPattern(value: unknown): boolean {
  try {
    return typeof value === 'string' && new RegExp(value, 'u') instanceof RegExp
  } catch {
    return false
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

test.run()
