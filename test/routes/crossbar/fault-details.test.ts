import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Answer,
  type Asked,
  ask,
  freshName,
  member,
  objectFrom,
  pathOf,
} from '../../support/crossbar.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

let app: TestApp
test.before(async () => {
  const quotas = { children: 20, apiKeys: 20, callflows: 1, webhooks: 20 }
  app = await startApp({ config: { maxDepth: 3, quotas } })
})
test.after(() => app.stop())

/** What a fault of each code tells beside its message (kazoo.md 5.1). */
const details: Readonly<Record<string, readonly string[]>> = {
  required: [],
  type: ['target', 'value'],
  minLength: ['cause', 'target', 'value'],
  maxLength: ['cause', 'target', 'value'],
  minimum: ['target', 'value'],
  maximum: ['target', 'value'],
  enum: ['target', 'value'],
  pattern: ['target', 'value'],
  uniqueItems: ['value'],
  additionalProperties: ['value'],
  unique: ['cause'],
  invalid: ['cause'],
}

/** Asks the root's, and holds the one fault of the answer against the table. */
async function fault(method: string, path: string, asked: Asked = {}) {
  return faultIn(await ask(app, app.root, method, path, asked), `${method} ${path}`)
}

function faultIn(answer: Answer, what: string) {
  const [[field, faults] = [], ...more] = Object.entries(answer.data)
  const [[code, fault] = [], ...moreCodes] = Object.entries(objectFrom(faults))
  assert.equal([...more, ...moreCodes], [], what)
  const { message, ...rest } = objectFrom(fault)
  assert.type(message, 'string', what)
  assert.equal(Object.keys(rest).sort(), details[code ?? ''], `${what}: ${field} ${code}`)
  return [answer.status, field, code, rest]
}

test('a fault tells what the table has of its code, wherever it is found', async () => {
  const child = await member(app, app.root)
  const twin = await member(app, app.root, { realm: 'twin.example.com' })
  const path = pathOf(child)
  const name = String(twin.document.name)
  const data = (given: Asked['data']) => ({ data: given })
  const rows = [
    [await fault('PUT', path, data([1])), 'data', 'type', { target: 'object', value: [1] }],
    [await fault('PUT', path, { raw: '{}' }), 'data', 'required', {}],
    [await fault('PUT', path, data({ name })), 'name', 'unique', { cause: name }],
    [
      await fault('PATCH', path, data({ realm: 'Twin.example.com' })),
      ...['realm', 'unique', { cause: 'twin.example.com' }],
    ],
    [await fault('POST', path, data({})), 'name', 'required', {}],
    [await fault('PATCH', path, data({ name: 'a\nb' })), 'name', 'invalid', { cause: 'a\nb' }],
    [await fault('PATCH', path, data({ org: '\0' })), 'org', 'invalid', { cause: '\0' }],
    [await fault('POST', pathOf(child, '/move')), 'to', 'required', {}],
    [
      await fault('POST', pathOf(child, '/move'), data({ to: 7 })),
      ...['to', 'type', { target: 'string', value: 7 }],
    ],
    [await fault('DELETE', `${path}?dry_run=yes`), ...['dry_run', 'invalid', { cause: 'yes' }]],
    [await fault('PATCH', `${path}?dry_run=true`), ...['dry_run', 'invalid', { cause: 'true' }]],
    [
      await fault('GET', pathOf(child, '/children?page_size=ten')),
      ...['page_size', 'minimum', { target: 1, value: 'ten' }],
    ],
    [
      await fault('GET', pathOf(child, '/children?start_key=mine')),
      ...['start_key', 'invalid', { cause: 'mine' }],
    ],
    [
      await fault('GET', pathOf(child, '/children?created_to=now')),
      ...['created_to', 'type', { target: 'integer', value: 'now' }],
    ],
    [await fault('GET', pathOf(child, '/callflows/match')), 'number', 'required', {}],
    [
      await fault('GET', pathOf(child, `/callflows/match?number=${'1'.repeat(129)}`)),
      ...['number', 'maxLength', { target: 128, cause: '1'.repeat(129), value: '1'.repeat(129) }],
    ],
    [
      await fault('PUT', pathOf(child, '/callflows'), data({ patterns: ['('] })),
      ...['patterns.0', 'invalid', { cause: '(' }],
    ],
    [await fault('PUT', pathOf(child, '/callflows'), data({})), 'numbers', 'required', {}],
    [
      await fault('PUT', pathOf(child, '/webhooks'), data({ uri: 'ftp://x', events: ['all'] })),
      ...['uri', 'invalid', { cause: 'ftp://x' }],
    ],
    [
      await fault('PUT', path, {
        ...data({ name: freshName() }),
        headers: { 'Idempotency-Key': 'two words' },
      }),
      ...['Idempotency-Key', 'invalid', { cause: 'two words' }],
    ],
    [await fault('POST', '/auth/tokeninfo', { ...data({}), headers: {} }), 'token', 'required', {}],
  ] as const
  for (const [found, ...expected] of rows) {
    assert.equal(found, [400, ...expected])
  }
})

test('what is full or too deep says how much there may be, and how much there would be', async () => {
  const child = await member(app, app.root)
  const grandchild = await member(app, child)
  const other = await member(app, app.root)
  await member(app, other)
  const data = { name: freshName() }
  const create = await fault('PUT', pathOf(grandchild), { data })
  assert.equal(create, [400, 'tree', 'maximum', { target: 3, value: 4 }])
  const move = await fault('POST', pathOf(other, '/move'), { data: { to: grandchild.id } })
  assert.equal(move, [400, 'tree', 'maximum', { target: 3, value: 5 }])
  const asked = (number: string) => ({ data: { numbers: [number] } })
  const callflows = pathOf(child, '/callflows')
  assert.is((await ask(app, child, 'PUT', callflows, asked('1'))).status, 201)
  const full = await fault('PUT', callflows, asked('2'))
  assert.equal(full, [409, 'callflows', 'maximum', { target: 1, value: 2 }])
})

test('a fault in the envelope of a login shows nothing of what was sent', async () => {
  for (const [method, path] of [
    ['PUT', '/api_auth'],
    ['PUT', '/user_auth'],
    ['POST', '/auth/tokeninfo'],
  ] as const) {
    const answer = await ask(app, undefined, method, path, { data: ['0123456789abcdef'] })
    assert.is(answer.status, 400)
    assert.equal(Object.keys(objectFrom(objectFrom(answer.data.data).type)), ['message', 'target'])
    assert.not.match(answer.text, '0123456789abcdef')
  }
})

test.run()
