import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Answer, ask, codes, type Json, objectFrom } from '../../support/crossbar.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'
import { callflowsOf, freshNumber, madeCallflow } from '../../support/stored-callflows.ts'

const mebibyte = 1024 * 1024

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

function put(data: Json): Promise<Answer> {
  return ask(app, app.root, 'PUT', callflowsOf(app.root), { data })
}

function patch(id: string, data: Json): Promise<Answer> {
  return ask(app, app.root, 'PATCH', callflowsOf(app.root, id), { data })
}

/** What the engine of linear time does not take, and what it takes but not in any size. */
const refused = [
  ...['(', ')', '[', 'a**', '*', '+1', '?', '\\', '[z-a]', 'a{2,1}', '(?P<n>a)(?P<n>b)'],
  ...['(a)\\1', '(?P<x>a)(?P=x)', '(?=a)', '(?!a)', '(?<=a)b', '(?<!a)b', '(?>a)', 'a++'],
  ...['(?(1)a|b)', '\\p{Nothing}', 'a{1001}', 'a{1000}{1000}', '(a{1000}){1000}'],
  ...['((((a{99}){99}){99}){99})', 'x'.repeat(1025), '😀'.repeat(1025), '(?:x|y){999}{999}'],
]

const taken = [
  ...['^\\+?1?([2-9]\\d{2}[2-9]\\d{6})$', '^9(.*)$', '.+', '^$', '(?i)abc', '(?P<last>\\d{4})$'],
  ...[
    '(?<area>\\d{3})',
    '[[:digit:]]+',
    '\\p{Greek}',
    '^(a+)+$',
    '(x+x+)+y',
    '\\*97',
    '☎',
    'a{1000}',
  ],
  ...['x'.repeat(1024), '😀'.repeat(1024)],
]

test('a pattern that could stall the server is refused at its place, however it is written', async () => {
  const { id } = await madeCallflow(app, app.root)
  const before = (await ask(app, app.root, 'GET', callflowsOf(app.root, id))).data
  for (const pattern of refused) {
    const patterns = [`^before ${pattern.length}$`, pattern, '^behind$']
    const began = performance.now()
    const answers = [
      await put({ patterns }),
      await patch(id, { patterns }),
      await ask(app, app.root, 'POST', callflowsOf(app.root, id), { data: { patterns } }),
    ]
    assert.ok(performance.now() - began < 5000, pattern)
    for (const answer of answers) {
      assert.is(answer.status, 400, pattern)
      assert.equal(codes(answer), { 'patterns.1': ['invalid'] }, pattern)
      const { invalid } = objectFrom(answer.data['patterns.1'])
      assert.is(objectFrom(invalid).cause, pattern)
    }
  }
  assert.equal((await ask(app, app.root, 'GET', callflowsOf(app.root, id))).data, before)
})

test('all patterns that cannot be run are told', async () => {
  const answer = await put({ patterns: ['(', '^1$', '(?=x)', ''] })
  assert.equal(codes(answer), {
    'patterns.0': ['invalid'],
    'patterns.2': ['invalid'],
    'patterns.3': ['minLength'],
  })
})

test('any other pattern is kept as it was sent', async () => {
  for (const pattern of taken) {
    const answer = await put({ patterns: [pattern] })
    assert.is(answer.status, 201, `${pattern} ${answer.text}`)
    assert.equal(answer.data.patterns, [pattern])
  }
})

test('the patterns of a metaflow are its own affair', async () => {
  const metaflow = { patterns: { '(?=x': { module: 'hangup' } } }
  assert.is((await put({ numbers: [freshNumber()], metaflow })).status, 201)
})

test('while many patterns are looked at, others are served', async () => {
  const many = Array.from({ length: 400 }, (_, index) => `^${index}(?:${'a?'.repeat(400)})$`)
  let isDone = false
  const storing = put({ patterns: many }).then((answer) => {
    isDone = true
    return answer
  })
  let served = 0
  while (!isDone && served < 1000) {
    const answer = await ask(app, app.root, 'GET', callflowsOf(app.root))
    assert.is(answer.status, 200)
    served += 1
  }
  assert.is((await storing).status, 201)
  assert.ok(served > 2, `${served} others were served`)
})

test('a body of a mebibyte is read, and a longer one is not', async () => {
  const json = JSON.stringify({ data: { numbers: [freshNumber()] } })
  const path = callflowsOf(app.root)
  const long = await ask(app, app.root, 'PUT', path, { raw: json.padEnd(mebibyte + 1) })
  assert.is(long.status, 413)
  assert.is(long.body.message, 'request_too_large')
  assert.equal(codes(long), { file: ['maxSize'] })
  const whole = await ask(app, app.root, 'PUT', path, { raw: json.padEnd(mebibyte) })
  assert.is(whole.status, 201)
})

test('patches do not make a document longer than a body may be', async () => {
  const { id } = await madeCallflow(app, app.root, { a: 'x'.repeat(600_000) })
  const answer = await patch(id, { b: 'x'.repeat(600_000) })
  assert.is(answer.status, 413)
  const read = await ask(app, app.root, 'GET', callflowsOf(app.root, id))
  assert.not.ok('b' in read.data)
})

test('a document has no more than 5,000 values, in one body or by a patch', async () => {
  const { id } = await madeCallflow(app, app.root, { many: Array(4800).fill(0) })
  const answer = await patch(id, { more: Array(300).fill(0) })
  assert.is(answer.status, 400)
  assert.equal(codes(answer), { json: ['invalid'] })
  const all = await put({ numbers: [freshNumber()], many: Array(5000).fill(0) })
  assert.equal(codes(all), { json: ['invalid'] })
})

test('600 levels are read and no more', async () => {
  const nested = (levels: number) => {
    const inner = `${'['.repeat(levels)}${']'.repeat(levels)}`
    return { raw: `{"data": {"numbers": ["${freshNumber()}"], "deep": ${inner}}}` }
  }
  const path = callflowsOf(app.root)
  const answer = await ask(app, app.root, 'PUT', path, nested(598))
  assert.is(answer.status, 201)
  const deeper = await ask(app, app.root, 'PUT', path, nested(599))
  assert.equal(codes(deeper), { json: ['invalid'] })
  const read = await ask(app, app.root, 'GET', callflowsOf(app.root, String(answer.data.id)))
  assert.equal(read.data, answer.data)
})

test('a body that is no document is refused as such', async () => {
  const path = callflowsOf(app.root)
  for (const [raw, expected] of [
    ['{', { json: ['invalid'] }],
    ['[]', { json: ['invalid'] }],
    ['{}', { data: ['required'] }],
    ['{"data": []}', { data: ['type'] }],
    ['{"data": null}', { data: ['type'] }],
    ['{"data": "x"}', { data: ['type'] }],
    ['', { numbers: ['required'] }],
    ['{"data": {"__proto__": {"numbers": ["1"]}}}', { json: ['invalid'] }],
    ['{"data": {"numbers": ["1"], "flow": {"module": "\\ud800", "data": {}}}}', null],
    ['{"data": {"numbers": ["\\u0000"]}}', { 'numbers.0': ['invalid'] }],
    ['{"data": {"patterns": ["\\u0000"]}}', { 'patterns.0': ['invalid'] }],
    ['{"data": {"numbers": ["1"], "any": 1e999}}', { any: ['invalid'] }],
  ] as const) {
    const answer = await ask(app, app.root, 'PUT', path, { raw })
    assert.is(answer.status, 400, raw)
    assert.equal(codes(answer), expected ?? { 'flow.module': ['invalid'] }, raw)
  }
  const other = { raw: '<x/>', headers: { 'Content-Type': 'text/xml' } }
  assert.is((await ask(app, app.root, 'PUT', path, other)).status, 415)
})

test('a callflow that names many others can be sent back as it was read', async () => {
  const children: Record<string, Json> = {}
  for (let made = 0; made < 25; made += 1) {
    const numbers = Array.from({ length: 10 }, freshNumber)
    const { id } = await madeCallflow(app, app.root, { numbers, name: 'Named '.repeat(made) })
    children[made] = { module: 'callflow', data: { id } }
  }
  // As many values beside them as a callflow may have.
  const more = Array.from({ length: 4750 }, () => 1)
  const data = { numbers: [freshNumber()], flow: { module: 'menu', data: { more }, children } }
  const made = await put(data)
  assert.is(made.status, 201, made.text)
  const read = await ask(app, app.root, 'GET', callflowsOf(app.root, String(made.data.id)))
  const { metadata } = read.data
  assert.ok(Object.keys(objectFrom(metadata)).length > 2)
  const back = await ask(app, app.root, 'POST', callflowsOf(app.root, String(made.data.id)), {
    raw: read.text,
  })
  assert.is(back.status, 200, back.text)
})

test('all that is wrong with one field is told of it together', async () => {
  const [taken = ''] = [freshNumber()]
  await madeCallflow(app, app.root, { numbers: [taken] })
  assert.equal(codes(await put({ numbers: [taken, taken] })), {
    numbers: ['unique', 'uniqueItems'],
  })
})

test.run()
