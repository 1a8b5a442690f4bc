import { Ajv2020 } from 'ajv/dist/2020.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { crossbarDialect } from '../../../routes/crossbar/index.ts'
import { HttpError } from '../../../routes/http-error.ts'
import { requestChecks } from '../../../routes/middleware/request-checks.ts'
import { type Answer, ask, member, pathOf } from '../../support/crossbar.ts'
import { type Asked, operationRequests, peopleOf } from '../../support/crossbar-operations.ts'
import { servicesOver } from '../../support/services.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

type Operation = {
  readonly parameters: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: object
  readonly security?: readonly object[]
  readonly responses: Readonly<Record<string, object>>
}

type Description = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

let app: TestApp
let described: Description
test.before(async () => {
  app = await startApp()
  described = JSON.parse(await (await fetch(`${app.url}/openapi.json`)).text())
})
test.after(() => app.stop())

test('every route of the router is described, and nothing else', async () => {
  const dialect = crossbarDialect(await servicesOver(app.store, app.sealingKey), {
    maxDepth: 16,
    checks: requestChecks([]),
    unexpected: () => new HttpError(500, 'unexpected'),
    publicUrl: (path) => path,
  })
  const served = dialect.served.flatMap(({ path, methods }) =>
    methods
      .filter((method) => method !== 'HEAD')
      .map((method) => `${method} ${String(path).replace(/:(\w+)/g, '{$1}')}`),
  )
  assert.ok(served.length >= 24)
  assert.equal(operations().sort(), served.sort())
})

test('what is described is what the server allows at that path', async () => {
  for (const [path, methods] of Object.entries(ownPaths())) {
    const filled = path.replace(/\{\w+\}/g, 'x')
    const { headers } = await ask(app, undefined, 'OPTIONS', filled)
    const allowed = (headers.get('allow') ?? '').split(', ')
    const own = allowed.filter((method) => !['HEAD', 'OPTIONS'].includes(method))
    const described = Object.keys(methods).map((method) => method.toUpperCase())
    assert.equal(own, described.sort(), path)
  }
})

test('the bodies and the queries are described where they are read', async () => {
  const withBody = operations().filter((name) => operationAt(name).requestBody !== undefined)
  assert.equal(withBody.sort(), [
    'PATCH /accounts/{id}',
    'PATCH /accounts/{id}/callflows/{callflow}',
    'PATCH /accounts/{id}/webhooks/{webhook}',
    'POST /accounts/{id}',
    'POST /accounts/{id}/callflows/{callflow}',
    'POST /accounts/{id}/move',
    'POST /accounts/{id}/webhooks/{webhook}',
    'POST /auth/tokeninfo',
    'PUT /accounts',
    'PUT /accounts/{id}',
    'PUT /accounts/{id}/callflows',
    'PUT /accounts/{id}/webhooks',
    'PUT /api_auth',
    'PUT /schemas/{name}/validation',
    'PUT /user_auth',
  ])
  const steps = ['content', 'application/json', 'schema', 'properties', 'data', 'type']
  for (const name of withBody) {
    assert.is(valueAt(operationAt(name).requestBody, steps), 'object', name)
  }
  const withQuery = operations().filter((name) =>
    operationAt(name).parameters.some((parameter) => parameter.in === 'query'),
  )
  const lists = ['children', 'descendants', 'siblings']
  assert.equal(withQuery.sort(), [
    'DELETE /accounts/{id}',
    ...['audit', 'callflows', 'callflows/match', ...lists].map(
      (list) => `GET /accounts/{id}/${list}`,
    ),
  ])
  // What a query of that name may not hold is refused, so the name is read.
  for (const name of ['page_size', 'start_key', 'created_from', 'modified_to']) {
    const { parameters } = operationAt('GET /accounts/{id}/children')
    assert.ok(parameters.some((parameter) => parameter.name === name))
    const answer = await ask(app, app.root, 'GET', `${pathOf(app.root, '/children')}?${name}=-`)
    assert.is(answer.status, 400, name)
  }
})

test('who may ask without credentials is described, and by which the others are asked', async () => {
  for (const operation of operations()) {
    const [method = '', path = ''] = operation.split(' ')
    const asked = method === 'GET' ? {} : { data: {} }
    const { status } = await ask(app, undefined, method, path.replace(/\{\w+\}/g, 'x'), asked)
    const expected = status === 401 ? [{ basic: [] }, { session: [] }] : []
    assert.equal(operationAt(operation).security, expected, operation)
  }
})

test('what every operation really answers is as described', async () => {
  const check = answerCheck(described)
  const asked = new Set<string>()
  const people = await peopleOf(app)
  for (const requests of operationRequests) {
    for (const [operation, status, asker, path, given] of await requests(people, app)) {
      const [method = ''] = operation.split(' ')
      const answer = await ask(app, asker, method, path, given)
      assert.is(answer.status, status, `${operation} ${path} ${answer.text}`)
      check(operation, answer)
      asked.add(operation)
    }
  }
  assert.equal([...asked].sort(), operations().sort())
})

test('what any request may be refused with is described of every operation', async () => {
  const check = answerCheck(described)
  const { id } = await member(app, app.root)
  const isOpen = (path: string) => /^\/(api_auth|user_auth|auth|schemas)(?!.*validation)/.test(path)
  const long = { raw: ' '.repeat(1024 * 1024 + 1) }
  const other = { raw: '<x/>', headers: { 'Content-Type': 'text/xml' } }
  for (const operation of operations()) {
    const [method = '', path = ''] = operation.split(' ')
    const filled = path
      .replace('{id}', id)
      .replace('{name}', 'accounts')
      .replace(/\{(callflow|webhook)\}/, '0'.repeat(32))
    const broken = path.replace(/\{\w+\}/, '%zz')
    const isRead = operationAt(operation).requestBody !== undefined
    const asked: readonly Asked[] = [
      ...(isOpen(path) ? [] : [[operation, 401, undefined, filled] as const]),
      [operation, 414, app.root, `${filled}?${'x'.repeat(2048)}`],
      ...(broken === path ? [] : [[operation, 400, app.root, broken] as const]),
      ...(isRead ? [[operation, 413, app.root, filled, long] as const] : []),
      ...(isRead ? [[operation, 415, app.root, filled, other] as const] : []),
    ]
    for (const [, status, asker, where, given] of asked) {
      const answer = await ask(app, asker, method, where, given)
      assert.is(answer.status, status, `${method} ${where.slice(0, 80)} ${answer.text}`)
      check(operation, answer)
    }
  }
})

test('too many failed logins are answered as described', async () => {
  const own = await startApp({ config: { throttle: true } })
  const given = { data: { api_key: '0'.repeat(32) } }
  let answer = await ask(own, undefined, 'PUT', '/api_auth', given)
  for (let tries = 0; answer.status === 401 && tries < 20; tries += 1) {
    answer = await ask(own, undefined, 'PUT', '/api_auth', given)
  }
  assert.is(answer.status, 429)
  answerCheck(described)('PUT /api_auth', answer)
  await own.stop()
})

/** Throws unless the description has such an answer, and the body fits its schema. */
function answerCheck(description: Description) {
  const ajv = new Ajv2020({ strict: false, allErrors: true }).addSchema(description, 'api')
  return (operation: string, { status, text }: Answer): void => {
    const [method = '', path = ''] = operation.split(' ')
    const what = `${operation} ${status}`
    const answer = ['paths', `/v2${path}`, method.toLowerCase(), 'responses', String(status)]
    assert.ok(valueAt(description, answer), `${what} is not described`)
    const steps = [...answer, 'content', 'application/json', 'schema']
    if (text === '') {
      assert.is(valueAt(description, steps), undefined, `${what} is described with a body`)
      return
    }
    const pointer = steps.map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1'))
    const validate = ajv.compile({ $ref: `api#/${pointer.map(encodeURIComponent).join('/')}` })
    assert.ok(validate(JSON.parse(text)), `${what}: ${ajv.errorsText(validate.errors)}`)
  }
}

/** The described paths of this dialect, without its prefix. */
function ownPaths(): Description['paths'] {
  return Object.fromEntries(
    Object.entries(described.paths)
      .filter(([path]) => path.startsWith('/v2/'))
      .map(([path, methods]) => [path.slice('/v2'.length), methods]),
  )
}

function operations(): string[] {
  return Object.entries(ownPaths()).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
}

function operationAt(name: string): Operation {
  const [method = '', path = ''] = name.split(' ')
  const operation = described.paths[`/v2${path}`]?.[method.toLowerCase()]
  assert.ok(operation, `${name} is not described`)
  return operation
}

function valueAt(from: unknown, steps: readonly string[]): unknown {
  return steps.reduce<unknown>((value, step) => Reflect.get(Object(value), step), from)
}

test.run()
