import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  ask,
  codes,
  type Document,
  type Member,
  member,
  objectFrom,
  pathOf,
} from '../../support/crossbar.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

test('a number goes to the callflow that lists it, whatever patterns fit', async () => {
  const owner = await member(app, app.root)
  const id = await callflow(owner, {
    name: 'Desk',
    numbers: ['2001'],
    flow: step('device', 'dev1'),
  })
  await callflow(owner, { patterns: ['^2(\\d+)$'] })
  assert.equal(await matchOf(owner, '2001'), {
    number: '2001',
    matched_by: 'number',
    callflow: { id, name: 'Desk' },
    branches: [{ steps: [{ module: 'device', id: 'dev1', callflow: id }], end: { by: 'leaf' } }],
    truncated: false,
  })
})

test('else to the pattern that captures most, with its groups', async () => {
  const owner = await member(app, app.root)
  await callflow(owner, { patterns: ['^9(\\d)'] })
  const id = await callflow(owner, { patterns: ['^(?P<out>9)(\\d+)(#)?$'] })
  const found = await matchOf(owner, '9555')
  assert.equal(found.callflow, { id })
  assert.equal(
    [found.matched_by, found.pattern, found.capture, found.captures, found.named_captures],
    ['pattern', '^(?P<out>9)(\\d+)(#)?$', '555', ['9', '555', null], { out: '9' }],
  )
  assert.equal(found.branches, [{ steps: [], end: { by: 'leaf' } }])
})

test('else to no_match, or to none at all', async () => {
  const owner = await member(app, app.root)
  const none = { number: '7', matched_by: null, callflow: null, branches: [], truncated: false }
  assert.equal(await matchOf(owner, '7'), none)
  const id = await callflow(owner, { numbers: ['no_match'] })
  const found = await matchOf(owner, '7')
  assert.equal([found.matched_by, found.callflow], ['no_match', { id }])
})

test('the branches follow callflows, and name cycles and ids that lead nowhere', async () => {
  const owner = await member(app, app.root)
  const gone = '0'.repeat(32)
  const inner = await callflow(owner, {
    name: 'Inner',
    numbers: ['2'],
    flow: step('callflow', gone),
  })
  const outer = await callflow(owner, {
    numbers: ['1'],
    flow: { module: 'menu', data: {}, children: { 1: step('callflow', inner), 2: step('hangup') } },
  })
  const { branches } = await matchOf(owner, '1')
  assert.equal(branches, [
    {
      steps: [
        { module: 'menu', callflow: outer },
        { module: 'callflow', key: '1', id: inner, callflow: outer },
        { module: 'callflow', id: gone, callflow: inner, dangling: true },
      ],
      end: { by: 'dangling', id: gone },
    },
    {
      steps: [
        { module: 'menu', callflow: outer },
        { module: 'hangup', key: '2', callflow: outer },
      ],
      end: { by: 'leaf' },
    },
  ])
  const flow = step('callflow', outer)
  await ask(app, owner, 'PATCH', pathOf(owner, `/callflows/${inner}`), { data: { flow } })
  const turned = await matchOf(owner, '1')
  const [first] = Array.isArray(turned.branches) ? turned.branches.map(objectFrom) : []
  assert.equal(first?.end, {
    by: 'cycle',
    callflows: [{ id: outer }, { id: inner, name: 'Inner' }],
  })
})

test('the number is asked for as it is kept', async () => {
  const nanp = await startApp({ config: { crossbar: { numberForm: 'north-american' } } })
  const data = { numbers: ['5552345678', '100'] }
  const made = await ask(nanp, nanp.root, 'PUT', pathOf(nanp.root, '/callflows'), { data })
  assert.equal(made.data.numbers, ['+15552345678', '100'])
  for (const number of ['15552345678', '+15552345678', '5552345678']) {
    const query = `/callflows/match?number=${encodeURIComponent(number)}`
    const found = await ask(nanp, nanp.root, 'GET', pathOf(nanp.root, query))
    assert.equal([found.data.number, found.data.matched_by], ['+15552345678', 'number'])
  }
  await nanp.stop()
})

test('a number that is missing, empty or too long is refused by its name', async () => {
  for (const [query, code] of [
    ['', 'required'],
    ['?number=', 'required'],
    [`?number=${'1'.repeat(129)}`, 'maxLength'],
  ] as const) {
    const answer = await ask(app, app.root, 'GET', pathOf(app.root, `/callflows/match${query}`))
    assert.is(answer.status, 400)
    assert.equal(codes(answer), { number: [code] })
  }
})

test('the check of an account without faults finds none', async () => {
  const owner = await member(app, app.root)
  const empty = { dangling: [], shadowed: [], unreachable: [], cycles: [], truncated: false }
  assert.equal(await checkOf(owner), { callflows: 0, is_sound: true, ...empty })
  await callflow(owner, { numbers: ['1'], patterns: ['^1(\\d)$'], flow: step('hangup') })
  assert.equal(await checkOf(owner), { callflows: 1, is_sound: true, ...empty })
})

test('the check names what leads nowhere, goes round, and takes no number', async () => {
  const owner = await member(app, app.root)
  const metaflow = { numbers: { 1: { module: 'callflow', data: { id: 'nowhere' } } } }
  const first = await callflow(owner, { name: 'First', numbers: ['12'], metaflow })
  const second = await callflow(owner, { patterns: ['^12$'], flow: step('callflow', first) })
  const third = await callflow(owner, { numbers: ['3'], flow: step('callflow', first) })
  const flow = step('callflow', third)
  await ask(app, owner, 'PATCH', pathOf(owner, `/callflows/${first}`), { data: { flow } })
  const report = await checkOf(owner)
  const named = { id: first, name: 'First' }
  assert.is(report.is_sound, false)
  assert.equal(report.dangling, [
    { callflow: named, path: 'metaflow.numbers.1.data.id', id: 'nowhere' },
  ])
  assert.equal(report.shadowed, [
    { callflow: { id: second }, pattern: '^12$', by: { callflow: named, number: '12' } },
  ])
  assert.equal(report.unreachable, [{ id: second }])
  const cycle = [named, { id: third }].sort((one, other) => (one.id < other.id ? -1 : 1))
  assert.equal(report.cycles, [cycle])
})

test('the check names the pattern that takes the one number of another', async () => {
  const owner = await member(app, app.root)
  const desk = await callflow(owner, { patterns: ['^45$'], flow: step('play') })
  const all = await callflow(owner, { patterns: ['^\\d+$'], flow: step('play') })
  const report = await checkOf(owner)
  assert.equal(report.shadowed, [
    { callflow: { id: desk }, pattern: '^45$', by: { callflow: { id: all }, pattern: '^\\d+$' } },
  ])
  assert.equal([report.unreachable, report.truncated], [[{ id: desk }], false])
  assert.equal((await matchOf(owner, '45')).pattern, '^\\d+$')
})

function step(module: string, id?: string): Document {
  return { module, data: id === undefined ? {} : { id } }
}

async function callflow(owner: Member, data: Document): Promise<string> {
  const answer = await ask(app, owner, 'PUT', pathOf(owner, '/callflows'), { data })
  assert.is(answer.status, 201, answer.text)
  return String(answer.data.id)
}

async function matchOf(owner: Member, number: string): Promise<Document> {
  const query = `/callflows/match?number=${encodeURIComponent(number)}`
  const answer = await ask(app, owner, 'GET', pathOf(owner, query))
  assert.is(answer.status, 200, answer.text)
  return answer.data
}

async function checkOf(owner: Member): Promise<Document> {
  const answer = await ask(app, owner, 'GET', pathOf(owner, '/callflows/check'))
  assert.is(answer.status, 200, answer.text)
  return answer.data
}

test.run()
