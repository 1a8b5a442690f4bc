import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Answer,
  ask,
  codes,
  type Document,
  type Json,
  type Member,
  member,
  objectFrom,
} from '../../support/crossbar.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'
import {
  type Callflow,
  callflowsOf,
  freshNumber,
  madeCallflow,
} from '../../support/stored-callflows.ts'

let app: TestApp
let owner: Member
test.before(async () => {
  app = await startApp()
  owner = await member(app, app.root)
})
test.after(() => app.stop())

function put(data: Json): Promise<Answer> {
  return ask(app, owner, 'PUT', callflowsOf(owner), { data })
}

function made(document: Document = {}): Promise<Callflow> {
  return madeCallflow(app, owner, document)
}

function change(method: string, id: string, data: Document): Promise<Answer> {
  return ask(app, owner, method, callflowsOf(owner, id), { data })
}

/** That the answer is this fault alone, which names the value and who has it. */
function assertTaken(answer: Answer, field: string, value: string, holder: Json | undefined): void {
  assert.is(answer.status, 400, answer.text)
  assert.is(answer.body.message, 'validation error')
  assert.equal(codes(answer), { [field]: ['unique'] })
  const { unique } = objectFrom(answer.data[field])
  assert.is(objectFrom(unique).cause, value)
  const { message } = objectFrom(unique)
  assert.ok(String(message).includes(value), String(message))
  assert.ok(String(message).includes(String(holder)), String(message))
}

test('a callflow needs a number or a pattern, whichever way it is written', async () => {
  const empty = [{}, { numbers: [] }, { patterns: [] }, { numbers: [], patterns: [] }]
  for (const data of empty) {
    const answer = await put(data)
    assert.is(answer.status, 400)
    assert.equal(codes(answer), { numbers: ['required'] })
    assert.is(answer.body.message, 'validation error')
  }
  const { id } = await made()
  for (const data of empty) {
    assert.equal(codes(await change('POST', id, data)), { numbers: ['required'] })
  }
  for (const numbers of [[], null]) {
    assert.equal(codes(await change('PATCH', id, { numbers })), { numbers: ['required'] })
  }
  const withPattern = await change('PATCH', id, { numbers: null, patterns: ['^only$'] })
  assert.equal(withPattern.data.numbers, [])
  assert.is((await put({ patterns: ['^alone$'] })).status, 201)
})

test('what is no list is a fault of its type, and nothing is asked of it', async () => {
  for (const key of ['numbers', 'patterns']) {
    for (const value of ['1000', 1000, {}, true, null]) {
      const answer = await put({ numbers: [freshNumber()], patterns: ['^t$'], [key]: value })
      assert.is(answer.status, 400)
      assert.equal(codes(answer), { [key]: ['type'] }, `${key} ${JSON.stringify(value)}`)
    }
    const texts = { numbers: [freshNumber()], patterns: ['^t$'] }
    for (const value of [1000, null, ['1'], {}]) {
      assert.equal(codes(await put({ ...texts, [key]: ['x', value] })), { [`${key}.1`]: ['type'] })
    }
  }
  assert.equal(codes(await put({ numbers: '1' })), { numbers: ['type'] })
  assert.equal(codes(await put({ numbers: [], patterns: {} })), { patterns: ['type'] })
})

test('a number is in one callflow of an account, which the refusal names', async () => {
  const number = freshNumber()
  const { id } = await made({ name: 'Front desk', numbers: [freshNumber(), number] })
  assertTaken(await put({ numbers: [freshNumber(), number] }), 'numbers', number, 'Front desk')
  const other = await made()
  for (const method of ['POST', 'PATCH']) {
    const answer = await change(method, other.id, { numbers: [number] })
    assertTaken(answer, 'numbers', number, 'Front desk')
  }
  assert.equal((await ask(app, owner, 'GET', callflowsOf(owner, other.id))).data, other)
  assert.is((await change('PATCH', id, { numbers: [number] })).status, 200)
})

test('a callflow without a name is named by its id', async () => {
  for (const name of [undefined, '']) {
    const number = freshNumber()
    const { id } = await made({ numbers: [number], ...(name !== undefined && { name }) })
    assertTaken(await put({ numbers: [number] }), 'numbers', number, id)
  }
})

test('the text of a pattern is in one callflow of an account, however much more it fits', async () => {
  const { id } = await made({ name: 'Outbound', numbers: [], patterns: ['^9(.*)$', '^9(.*)$'] })
  assertTaken(await put({ patterns: ['x', '^9(.*)$'] }), 'patterns', '^9(.*)$', 'Outbound')
  for (const patterns of [['^9(.*)$ '], ['^9(.+)$'], ['^9.*$']]) {
    assert.is((await put({ patterns })).status, 201)
  }
  assert.is((await put({ numbers: ['^9(.*)$'] })).status, 201, 'a number is no pattern')
  assert.is((await change('POST', id, { patterns: ['^9(.*)$'] })).status, 200)
})

test('taken numbers and patterns are told together, with whatever else is wrong', async () => {
  const number = freshNumber()
  await made({ name: 'Both', numbers: [number], patterns: ['^both$'] })
  const answer = await put({
    numbers: [number],
    patterns: ['^both$', '(', '^both$'],
    flow: { module: 'play' },
    name: 5,
  })
  assert.equal(codes(answer), {
    numbers: ['unique'],
    patterns: ['unique'],
    'patterns.1': ['invalid'],
    'flow.data': ['required'],
    name: ['type'],
  })
})

test('the own numbers do not count, nor those of another account', async () => {
  const number = freshNumber()
  const own = await made({ numbers: [number], patterns: ['^own$'] })
  for (const method of ['POST', 'PATCH']) {
    const data = { numbers: [number, freshNumber()], patterns: ['^own$'] }
    assert.is((await change(method, own.id, data)).status, 200)
  }
  const child = await member(app, owner)
  for (const other of [child, app.root]) {
    const document = { numbers: [number], patterns: ['^own$'] }
    const copy = await madeCallflow(app, other, document)
    assert.equal(copy.numbers, [number])
  }
})

test('numbers are compared letter by letter', async () => {
  const number = freshNumber()
  await made({ numbers: [number] })
  for (const other of [` ${number}`, `+${number}`, `${number}\u200b`, `0${number}`]) {
    assert.is((await put({ numbers: [other] })).status, 201, other)
  }
  await made({ numbers: ['é'] })
  assert.is((await put({ numbers: ['e\u0301'] })).status, 201)
  await made({ numbers: ['no_match'] })
  assert.is((await put({ numbers: ['NO_MATCH'] })).status, 201)
})

test('a number that a callflow gives up can be had at once', async () => {
  const [first, second, third] = [freshNumber(), freshNumber(), freshNumber()]
  const { id } = await made({ numbers: [first, second], patterns: ['^up$'] })
  await change('PATCH', id, { numbers: [second] })
  assert.is((await put({ numbers: [first] })).status, 201)
  await change('POST', id, { numbers: [third] })
  assert.is((await put({ numbers: [second], patterns: ['^up$'] })).status, 201)
  assert.equal(codes(await put({ numbers: [third] })), { numbers: ['unique'] })
  await ask(app, owner, 'DELETE', callflowsOf(owner, id))
  assert.is((await put({ numbers: [third] })).status, 201)
})

test('of 32 callflows made at once with one number, one is stored', async () => {
  for (const document of [{ numbers: [freshNumber()] }, { patterns: ['^once$'] }]) {
    const answers = await Promise.all(
      Array.from({ length: 32 }, (_, index) => put({ ...document, name: `No. ${index}` })),
    )
    const winners = answers.filter(({ status }) => status === 201)
    assert.is(winners.length, 1)
    const [field = '', [value = ''] = []] = Object.entries(document)[0] ?? []
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      assertTaken(answer, field, value, winners[0]?.data.name)
    }
    const query = `filter_${field}=${encodeURIComponent(value)}`
    const { list } = await ask(app, owner, 'GET', `${callflowsOf(owner)}?${query}`)
    assert.is(list.length, 1)
  }
})

test('of 16 callflows that are given one number at once, one gets it', async () => {
  const number = freshNumber()
  const all: Callflow[] = []
  for (let index = 0; index < 16; index += 1) {
    all.push(await made())
  }
  const answers = await Promise.all(all.map(({ id }) => change('PATCH', id, { numbers: [number] })))
  assert.equal(answers.map(({ status }) => status).sort(), [200, ...Array(15).fill(400)])
})

test('numbers stay as they were sent', async () => {
  const numbers = ['2125551234', '12125551235', '0114930123', '004930124', '87654321', '100', '*97']
  const { id } = await made({ numbers })
  assert.equal((await ask(app, owner, 'GET', callflowsOf(owner, id))).data.numbers, numbers)
})

test('with North American rules, numbers are kept and compared in E.164', async () => {
  const crossbar = { numberForm: 'north-american' } as const
  const own = await startApp({ config: { crossbar } })
  const rows: readonly (readonly [sent: string, kept: string])[] = [
    ['2125551234', '+12125551234'],
    ['12125551235', '+12125551235'],
    ['+12125551236', '+12125551236'],
    ['1125551234', '+1125551234'],
    ['2121551234', '+2121551234'],
    ['0114930123456', '+4930123456'],
    ['004930123457', '+4930123457'],
    ['87654321', '+87654321'],
    ['8765432', '8765432'],
    ['100', '100'],
    ['+100', '+100'],
    ['*97', '*97'],
    ['2125551234x', '2125551234x'],
    ['no_match', 'no_match'],
  ]
  const document = { numbers: rows.map(([sent]) => sent), patterns: ['^2125551234$'] }
  const { id, numbers, patterns } = await madeCallflow(own, own.root, document)
  assert.equal(
    numbers,
    rows.map(([, kept]) => kept),
  )
  assert.equal(patterns, ['^2125551234$'])
  const path = callflowsOf(own.root)
  for (const number of ['2125551234', '+12125551234', '12125551234']) {
    const answer = await ask(own, own.root, 'PUT', path, { data: { numbers: [number] } })
    assertTaken(answer, 'numbers', '+12125551234', id)
  }
  const twice = await ask(own, own.root, 'PATCH', `${path}/${id}`, {
    data: { numbers: ['2125559999', '+12125559999'] },
  })
  assert.equal(twice.data.numbers, ['+12125559999'])
  await own.stop()
})

test('what is kept by North American rules is no longer than what may be sent', async () => {
  const own = await startApp({ config: { crossbar: { numberForm: 'north-american' } } })
  for (const [sent, kept] of [
    ['9'.repeat(35), `+${'9'.repeat(35)}`],
    ['9'.repeat(36), '9'.repeat(36)],
    [`00${'8'.repeat(34)}`, `+${'8'.repeat(34)}`],
  ] as const) {
    const { id, numbers } = await madeCallflow(own, own.root, { numbers: [sent] })
    assert.equal(numbers, [kept])
    const path = callflowsOf(own.root, id)
    const again = await ask(own, own.root, 'POST', path, { data: { numbers: [kept] } })
    assert.equal(again.data.numbers, [kept])
  }
  await own.stop()
})

test.run()
