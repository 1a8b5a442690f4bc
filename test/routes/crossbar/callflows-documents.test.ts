import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { JsonObject, JsonValue } from '../../../db/store.ts'
import { acceptedDocuments, refusedDocuments } from '../../../fixtures/crossbar/documents.ts'
import { stepsTaken } from '../../../fixtures/crossbar/metaflow-documents.ts'
import { modules } from '../../../fixtures/crossbar/rows.ts'
import { schemaNames, schemaOf } from '../../../routes/crossbar/schemas/index.ts'
import {
  type Answer,
  ask,
  codes,
  type Document,
  type Json,
  objectFrom,
} from '../../support/crossbar.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'
import {
  type Callflow,
  callflowsOf,
  flowOfDepth,
  freshNumber,
  madeCallflow,
} from '../../support/stored-callflows.ts'

const isOfCallflows = ({ schema }: { readonly schema: string }) => schema === 'callflows'
const good = acceptedDocuments.filter(isOfCallflows)
const bad = refusedDocuments.filter(isOfCallflows)

let app: TestApp
let present: Callflow
test.before(async () => {
  app = await startApp()
  present = await madeCallflow(app, app.root, { name: 'present' })
})
test.after(() => app.stop())

/** So that there is no other fault than what is looked at. */
function reachable(document: JsonObject): JsonObject {
  const { numbers, patterns } = document
  const isSo = [numbers, patterns].some((list) => Array.isArray(list) && list.length > 0)
  return isSo || numbers !== undefined ? document : { ...document, numbers: [freshNumber()] }
}

function put(data: Json): Promise<Answer> {
  return ask(app, app.root, 'PUT', callflowsOf(app.root), { data })
}

/** In place of the callflow that is there. */
function post(data: Json): Promise<Answer> {
  return ask(app, app.root, 'POST', callflowsOf(app.root, present.id), { data })
}

test('a good document is stored, with its defaults and repaired types, in place of another too', async () => {
  assert.ok(good.length > 90)
  for (const { document, result } of good) {
    const sent = reachable(document)
    const made = await put(sent)
    assert.is(made.status, 201, `${JSON.stringify(sent)} ${made.text}`)
    const { id, metadata, ...shown } = made.data
    const numbers = sent.numbers ?? []
    assert.equal(shown, { ...result, numbers }, JSON.stringify(sent))
    const path = callflowsOf(app.root, String(id))
    assert.equal((await ask(app, app.root, 'GET', path)).data, made.data)
    await ask(app, app.root, 'DELETE', path)
    const replaced = await post(sent)
    assert.is(replaced.status, 200, replaced.text)
    assert.equal({ ...replaced.data, id, metadata }, { ...made.data })
    // What came out is good itself.
    assert.equal((await post(replaced.data)).data, replaced.data)
  }
})

test('a document with one fault is refused for that alone, at its place', async () => {
  assert.ok(bad.length > 200)
  await post({ name: 'present', numbers: present.numbers })
  const before = await ask(app, app.root, 'GET', callflowsOf(app.root))
  for (const { document, path, code, target } of bad) {
    for (const send of [put, post]) {
      const answer = await send(reachable(document))
      assert.is(answer.status, 400, JSON.stringify(document))
      assert.is(answer.body.message, 'validation error')
      assert.equal(codes(answer), { [path]: [code] }, JSON.stringify(document))
      const fault = objectFrom(objectFrom(answer.data[path])[code])
      assert.type(fault.message, 'string')
      assert.equal(fault.target, target, JSON.stringify(document))
    }
  }
  const after = await ask(app, app.root, 'GET', callflowsOf(app.root))
  assert.equal(after.list, before.list)
  assert.is(after.body.revision, before.body.revision)
})

test('the tables have every key of the schemas, right and wrong', () => {
  for (const [schema, place] of [
    ['callflows', []],
    ['callflows.action', ['flow']],
    ['metaflows', ['metaflow']],
  ] as const) {
    const properties = Object.entries(schemaOf(schema).properties ?? {})
    assert.ok(properties.length > 2)
    for (const [key, { properties: inner = {} }] of properties) {
      for (const keys of [[key], ...Object.keys(inner).map((name) => [key, name])]) {
        const path = [...place, ...keys]
        assert.ok(
          good.some(({ document }) => valueAt(document, path) !== undefined),
          `none is right with ${path}`,
        )
        assert.ok(
          bad.some((row) => row.path.split('.').slice(0, path.length).join() === path.join()),
          `none is wrong in ${path}`,
        )
      }
    }
  }
})

test('the tables have every key of every module of a metaflow, right and wrong', () => {
  const named = schemaNames.filter((name) => /^metaflow\./.test(name))
  assert.equal(
    named.map((name) => name.slice('metaflow.'.length)),
    modules,
  )
  const wrong = bad.filter(({ path }) => path.startsWith('metaflow.numbers.1.'))
  for (const module of modules) {
    const schema = schemaOf(`metaflow.${module}`)
    const { properties: data = {}, required = [] } = schema?.properties?.data ?? {}
    const taken = stepsTaken.filter(([step]) => step.module === module)
    const isWrong = (path: string, code?: string) =>
      wrong.some(({ document, path: at, code: found }) => {
        const own = valueAt(document, ['metaflow', 'numbers', '1', 'module']) === module
        return own && at === `metaflow.numbers.1.${path}` && (code ?? found) === found
      })
    for (const [key, { enum: values = [undefined] }] of Object.entries(data)) {
      assert.ok(isWrong(`data.${key}`), `${module} ${key} is nowhere wrong`)
      for (const value of values) {
        const has = taken.map(([sent, kept = sent]) => valueAt(kept, ['data', key]))
        assert.ok(
          has.some((each) => (value === undefined ? each !== undefined : each === value)),
          `${module} ${key} ${value} is nowhere right`,
        )
      }
    }
    for (const key of required.filter((name) => data[name]?.default === undefined)) {
      assert.ok(isWrong(`data.${key}`, 'required'), `${module} without ${key}`)
    }
    const mustHaveData = schema?.required?.includes('data') === true
    assert.is(isWrong('data', 'required'), mustHaveData, module)
    assert.is(
      taken.some(([step]) => step.data === undefined),
      !mustHaveData,
      module,
    )
  }
})

test('beside its own, a step of a metaflow may have any key, unless it is a break', async () => {
  for (const module of modules) {
    const [step] = stepsTaken.find(([taken]) => taken.module === module) ?? []
    const sent = { metaflow: { numbers: { '1': { ...step, beside: { kept: [1] } } } } }
    const answer = await put(reachable(sent))
    if (module === 'break') {
      const expected = { 'metaflow.numbers.1.beside': ['additionalProperties'] }
      assert.equal(codes(answer), expected)
    } else {
      assert.is(answer.status, 201, answer.text)
      const kept = valueAt(answer.data, ['metaflow', 'numbers', '1', 'beside', 'kept'])
      assert.equal(kept, [1])
    }
  }
})

test('a fault is told by the whole way to it', async () => {
  const answer = await put({
    numbers: [freshNumber(), 7],
    flow: { module: 'menu', data: {}, children: { _: { module: 'play' }, 'a.b': { data: 5 } } },
    metaflow: {
      numbers: {
        '1': { module: 'callflow', data: {} },
        '2': { module: 'nothing', children: { x: { module: 'play' } } },
      },
      patterns: { '^1$': { module: 'hangup', children: { y: { module: 'say', data: {} } } } },
    },
  })
  assert.equal(codes(answer), {
    'numbers.1': ['type'],
    'flow.children._.data': ['required'],
    'flow.children.a%2Eb.module': ['required'],
    'flow.children.a%2Eb.data': ['type'],
    'metaflow.numbers.1.data.id': ['required'],
    'metaflow.numbers.2.module': ['enum'],
    'metaflow.numbers.2.children.x.data': ['required'],
    'metaflow.patterns.^1$.children.y.data.text': ['required'],
  })
})

test('a flow and a metaflow may have 256 levels below the first step, and not one more', async () => {
  const step = (depth: number) =>
    JSON.parse(JSON.stringify(flowOfDepth(depth)).replaceAll('play', 'hangup'))
  const metaflow = (depth: number) => ({ numbers: { '1': step(depth) } })
  const deepest = await put(reachable({ flow: flowOf(257), metaflow: metaflow(257) }))
  assert.is(deepest.status, 201, deepest.text.slice(0, 300))
  const read = await ask(app, app.root, 'GET', callflowsOf(app.root, String(deepest.data.id)))
  assert.equal(read.data.flow, flowOf(257))
  const tooDeep = await put(reachable({ flow: flowOf(258), metaflow: metaflow(258) }))
  assert.equal(codes(tooDeep), {
    [`flow${'.children._'.repeat(257)}`]: ['maximum'],
    [`metaflow.numbers.1${'.children._'.repeat(257)}`]: ['maximum'],
  })
  const below = objectFrom(read.data.flow)
  const patch = { data: { flow: { module: 'top', children: { _: below } } } }
  const path = callflowsOf(app.root, String(deepest.data.id))
  const deeper = await ask(app, app.root, 'PATCH', path, patch)
  assert.equal(codes(deeper), { [`flow${'.children._'.repeat(257)}`]: ['maximum'] })
})

function flowOf(depth: number): JsonObject {
  return JSON.parse(JSON.stringify(flowOfDepth(depth)))
}

function valueAt(value: JsonValue | Document | undefined, path: readonly string[]): unknown {
  return path.reduce<unknown>((found, key) => Reflect.get(Object(found), key), value)
}

test.run()
