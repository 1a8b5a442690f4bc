import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { accountDefaults } from '../../../fixtures/crossbar/rows.ts'
import { schemaNames, schemaOf } from '../../../routes/crossbar/schemas/index.ts'
import { ask, codes } from '../../support/crossbar.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

test('the names of the schemas and each schema are there for anyone to read', async () => {
  const names = await ask(app, undefined, 'GET', '/schemas')
  assert.equal(names.body.data, schemaNames)
  for (const name of schemaNames) {
    const { status, data } = await ask(app, undefined, 'GET', `/schemas/${name}`)
    assert.is(status, 200, name)
    assert.is(data.id, name)
    assert.equal(data, JSON.parse(JSON.stringify(schemaOf(name))), name)
  }
})

test('a schema that is not there is told by its name', async () => {
  for (const [method, path] of [
    ['GET', '/schemas/users'],
    ['GET', '/schemas/constructor'],
    ['PUT', '/schemas/users/validation'],
  ] as const) {
    const answer = await ask(app, app.root, method, path)
    assert.is(answer.status, 404)
    assert.is(answer.body.message, 'bad_identifier')
    assert.is(answer.data.cause, path.split('/')[2])
  }
})

test('a document is checked, and comes back with its defaults and is not kept', async () => {
  const path = '/schemas/accounts/validation'
  const good = await ask(app, app.root, 'PUT', path, { data: { name: 'x', more: [1] } })
  assert.is(good.status, 201)
  assert.equal(good.data, { name: 'x', more: [1], ...accountDefaults })
  const bad = await ask(app, app.root, 'PUT', path, { data: { realm: 'x', language: 7 } })
  assert.is(bad.status, 400)
  assert.equal(codes(bad), { name: ['required'], realm: ['minLength'], language: ['type'] })
  const { list } = await ask(app, app.root, 'GET', `/accounts/${app.root.sid.slice(2)}/children`)
  assert.equal(list, [])
})

test('schemas are not written', async () => {
  for (const method of ['PUT', 'POST', 'PATCH', 'DELETE']) {
    for (const path of ['/schemas', '/schemas/accounts']) {
      const answer = await ask(app, app.root, method, path)
      assert.is(answer.status, 405)
      assert.is(answer.body.message, 'invalid_method')
      assert.is(answer.headers.get('allow'), 'GET, HEAD, OPTIONS')
    }
  }
})

test.run()
