import { Ajv2020 } from 'ajv/dist/2020.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { crossbarDialect } from '../../../routes/crossbar/index.ts'
import { HttpError } from '../../../routes/http-error.ts'
import { requestChecks } from '../../../routes/middleware/request-checks.ts'
import {
  type Answer,
  type Asker,
  ask,
  freshName,
  type Asked as Given,
  type Member,
  md5,
  member,
  pathOf,
  session,
} from '../../support/crossbar.ts'
import { anyPassword, createAccount, freshEmail } from '../../support/restcomm.ts'
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

/** `GET /accounts/{id}`, what it is to be answered, and the request. */
type Asked = readonly [operation: string, status: number, asker: Asker, path: string, given?: Given]

type People = Readonly<
  Record<'owner' | 'child' | 'leaf' | 'off' | 'stranger', Member> & {
    person: { readonly name: string; readonly email: string; readonly token: string }
  }
>

let app: TestApp
let described: Description
test.before(async () => {
  app = await startApp()
  described = JSON.parse(await (await fetch(`${app.url}/openapi.json`)).text())
})
test.after(() => app.stop())

test('every route of the router is described, and nothing else', async () => {
  const { router } = crossbarDialect(await servicesOver(app.store, app.sealingKey), {
    maxDepth: 16,
    checks: requestChecks([]),
    unexpected: () => new HttpError(500, 'unexpected'),
    publicUrl: (path) => path,
  })
  const served = router.stack.flatMap(({ path, methods }) =>
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
    'POST /accounts/{id}',
    'POST /accounts/{id}/callflows/{callflow}',
    'POST /accounts/{id}/move',
    'POST /auth/tokeninfo',
    'PUT /accounts',
    'PUT /accounts/{id}',
    'PUT /accounts/{id}/callflows',
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
  assert.equal(
    withQuery.sort(),
    ['callflows', 'callflows/match', ...lists].map((list) => `GET /accounts/{id}/${list}`),
  )
  // What a query of that name may not hold is refused, so the name is read.
  for (const name of ['page_size', 'start_key', 'created_from', 'modified_to']) {
    const parameters = operationAt(withQuery[0] ?? '').parameters
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
  const people = await peopleOf()
  for (const requests of [
    ofLogins,
    ofSessions,
    ofSchemas,
    ofAccounts,
    ofLists,
    ofActions,
    ofCallflows,
    ofEnds,
  ]) {
    for (const [operation, status, asker, path, given] of await requests(people)) {
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
      .replace('{callflow}', '0'.repeat(32))
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

async function peopleOf(): Promise<People> {
  const owner = await member(app, app.root)
  const child = await member(app, owner)
  const FriendlyName = freshName()
  const person = await createAccount(app, app.root, { FriendlyName, EmailAddress: freshEmail() })
  return {
    owner,
    child,
    leaf: await member(app, child),
    off: await member(app, owner, { enabled: false }),
    stranger: await member(app, app.root),
    person: { ...person, name: FriendlyName },
  }
}

function ofLogins({ owner, off, person }: People): readonly Asked[] {
  const credentials = md5(`${person.email}:${anyPassword}`)
  const login = { credentials, account_name: person.name }
  return [
    ['PUT /api_auth', 201, undefined, '/api_auth', { data: { api_key: owner.token } }],
    ['PUT /api_auth', 400, undefined, '/api_auth', { data: {} }],
    ['PUT /api_auth', 401, undefined, '/api_auth', { data: { api_key: '0'.repeat(32) } }],
    ['PUT /api_auth', 423, undefined, '/api_auth', { data: { api_key: off.token } }],
    ['PUT /user_auth', 201, undefined, '/user_auth', { data: login }],
    ['PUT /user_auth', 400, undefined, '/user_auth', { data: { account_name: person.name } }],
    ['PUT /user_auth', 401, undefined, '/user_auth', { data: { ...login, credentials: 'x' } }],
  ]
}

async function ofSessions({ owner }: People): Promise<readonly Asked[]> {
  const known = await session(app, owner.token)
  const token = { data: { token: known.session } }
  return [
    ['POST /auth/tokeninfo', 200, undefined, '/auth/tokeninfo', token],
    ['POST /auth/tokeninfo', 400, undefined, '/auth/tokeninfo', { data: {} }],
    ['POST /auth/tokeninfo', 401, undefined, '/auth/tokeninfo', { data: { token: 'x.y.z' } }],
    ['GET /token_auth', 200, known, '/token_auth'],
    ['DELETE /token_auth', 200, known, '/token_auth'],
    ['GET /token_auth', 401, known, '/token_auth'],
    ['DELETE /token_auth', 401, known, '/token_auth'],
  ]
}

async function ofSchemas(): Promise<readonly Asked[]> {
  const validation = '/schemas/accounts/validation'
  return [
    ['GET /schemas', 200, undefined, '/schemas'],
    ['GET /schemas', 304, undefined, '/schemas', await seen('/schemas')],
    ['GET /schemas/{name}', 200, undefined, '/schemas/accounts'],
    ['GET /schemas/{name}', 304, undefined, '/schemas/accounts', await seen('/schemas/accounts')],
    ['GET /schemas/{name}', 404, undefined, '/schemas/x'],
    ['PUT /schemas/{name}/validation', 201, app.root, validation, { data: { name: 'x' } }],
    ['PUT /schemas/{name}/validation', 400, app.root, validation, { data: {} }],
    ['PUT /schemas/{name}/validation', 401, undefined, validation, { data: {} }],
    ['PUT /schemas/{name}/validation', 404, app.root, '/schemas/x/validation', { data: {} }],
  ]
}

async function ofAccounts({ owner, child, leaf, stranger }: People): Promise<readonly Asked[]> {
  const [own, other] = [pathOf(child), pathOf(stranger)]
  const gone = `/accounts/${'0'.repeat(32)}`
  const past = { 'If-Match': '"1-x"' }
  const name = freshName()
  const full = { data: { name: freshName(), realm: 'described.example.com', timezone: 'inherit' } }
  const one = 'GET /accounts/{id}'
  return [
    ['PUT /accounts', 201, owner, '/accounts', full],
    ['PUT /accounts', 400, owner, '/accounts', full],
    ['PUT /accounts/{id}', 201, owner, own, { data: { name } }],
    ['PUT /accounts/{id}', 400, owner, own, { data: { name } }],
    ['PUT /accounts/{id}', 403, owner, other, { data: { name } }],
    ['PUT /accounts/{id}', 404, app.root, gone, { data: { name } }],
    [one, 200, owner, own],
    [one, 200, await session(app, owner.token), own],
    [one, 304, owner, own, await seen(own)],
    [one, 403, owner, other],
    [one, 404, app.root, gone],
    ['POST /accounts/{id}', 200, owner, own, { data: { name: freshName(), any: [{ key: null }] } }],
    ['POST /accounts/{id}', 400, owner, own, { data: { name: 7, realm: 'x' } }],
    ['POST /accounts/{id}', 403, owner, other, { data: {} }],
    ['POST /accounts/{id}', 404, app.root, gone, { data: {} }],
    ['POST /accounts/{id}', 412, owner, own, { data: { name: freshName() }, headers: past }],
    ['PATCH /accounts/{id}', 200, owner, own, { data: { any: null } }],
    ['PATCH /accounts/{id}', 400, owner, own, { data: { name: null } }],
    ['PATCH /accounts/{id}', 403, owner, other, { data: {} }],
    ['PATCH /accounts/{id}', 404, app.root, gone, { data: {} }],
    ['PATCH /accounts/{id}', 412, owner, own, { data: {}, headers: past }],
    ['DELETE /accounts/{id}', 403, leaf, own],
    ['DELETE /accounts/{id}', 404, app.root, gone],
    ['DELETE /accounts/{id}', 405, app.root, pathOf(app.root)],
    ['DELETE /accounts/{id}', 409, owner, own],
    ['DELETE /accounts/{id}', 412, owner, pathOf(leaf), { headers: past }],
  ]
}

async function ofLists({ owner, leaf, stranger }: People): Promise<readonly Asked[]> {
  const all: Asked[] = []
  for (const name of ['parents', 'tree', 'children', 'descendants', 'siblings']) {
    const operation = `GET /accounts/{id}/${name}`
    const [own, top] = [pathOf(leaf, `/${name}`), pathOf(app.root, `/${name}`)]
    all.push(
      [operation, 200, owner, own],
      [operation, 200, app.root, `${top}?paginate=false`],
      [operation, 200, app.root, `${top}?page_size=1`],
      [operation, 304, app.root, own, await seen(own)],
      [operation, 403, owner, pathOf(stranger, `/${name}`)],
      [operation, 404, app.root, `/accounts/${'0'.repeat(32)}/${name}`],
    )
    if (!['parents', 'tree'].includes(name)) {
      all.push([operation, 400, app.root, `${top}?page_size=0`])
    }
  }
  return all
}

async function ofActions({ owner, child, stranger }: People): Promise<readonly Asked[]> {
  const gone = `/accounts/${'0'.repeat(32)}`
  const to = { data: { to: stranger.id } }
  const [key, reseller, move] = ['api_key', 'reseller', 'move'].map((rest) =>
    pathOf(child, `/${rest}`),
  )
  assert.ok(key && reseller && move)
  const upper = pathOf(owner, '/reseller')
  return [
    ['GET /accounts/{id}/api_key', 200, owner, key],
    ['GET /accounts/{id}/api_key', 304, owner, key, await seen(key)],
    ['GET /accounts/{id}/api_key', 403, stranger, key],
    ['GET /accounts/{id}/api_key', 404, app.root, `${gone}/api_key`],
    ['PUT /accounts/{id}/api_key', 201, owner, key],
    ['PUT /accounts/{id}/api_key', 403, stranger, key],
    ['PUT /accounts/{id}/api_key', 404, app.root, `${gone}/api_key`],
    ['PUT /accounts/{id}/reseller', 201, app.root, reseller],
    ['PUT /accounts/{id}/reseller', 403, owner, reseller],
    ['PUT /accounts/{id}/reseller', 404, app.root, `${gone}/reseller`],
    ['PUT /accounts/{id}/reseller', 409, app.root, upper],
    ['DELETE /accounts/{id}/reseller', 409, app.root, upper],
    ['DELETE /accounts/{id}/reseller', 403, owner, reseller],
    ['DELETE /accounts/{id}/reseller', 404, app.root, `${gone}/reseller`],
    ['DELETE /accounts/{id}/reseller', 200, app.root, reseller],
    ['POST /accounts/{id}/move', 400, app.root, move, { data: {} }],
    ['POST /accounts/{id}/move', 403, owner, move, to],
    ['POST /accounts/{id}/move', 404, app.root, move, { data: { to: '0'.repeat(32) } }],
    ['POST /accounts/{id}/move', 200, app.root, move, to],
  ]
}

async function ofCallflows({ owner, stranger }: People): Promise<readonly Asked[]> {
  const all = pathOf(owner, '/callflows')
  const sent = { name: 'Main', numbers: ['100'], flow: { module: 'play', data: { id: 'x' } } }
  const made = await ask(app, owner, 'PUT', all, { data: { ...sent, numbers: ['1'] } })
  const one = `${all}/${made.data.id}`
  const gone = `${all}/${'0'.repeat(32)}`
  const other = pathOf(stranger, '/callflows')
  const past = { headers: { 'If-Match': '"1-x"' } }
  const item = '/accounts/{id}/callflows/{callflow}'
  return [
    ['PUT /accounts/{id}/callflows', 201, owner, all, { data: sent }],
    ['PUT /accounts/{id}/callflows', 400, owner, all, { data: sent }],
    ['PUT /accounts/{id}/callflows', 403, owner, other, { data: sent }],
    ['GET /accounts/{id}/callflows', 200, owner, all],
    ['GET /accounts/{id}/callflows', 400, owner, `${all}?page_size=0`],
    ['GET /accounts/{id}/callflows/match', 200, owner, `${all}/match?number=1`],
    ['GET /accounts/{id}/callflows/match', 400, owner, `${all}/match`],
    ['GET /accounts/{id}/callflows/check', 200, owner, `${all}/check`],
    [`GET ${item}`, 200, owner, one],
    [`GET ${item}`, 304, owner, one, await seen(one)],
    [`GET ${item}`, 404, owner, gone],
    [`POST ${item}`, 200, owner, one, { data: { ...sent, numbers: ['1'] } }],
    [`POST ${item}`, 400, owner, one, { data: sent }],
    [`POST ${item}`, 404, owner, gone, { data: sent }],
    [`POST ${item}`, 412, owner, one, { data: sent, ...past }],
    [`PATCH ${item}`, 200, owner, one, { data: { name: null } }],
    [`PATCH ${item}`, 400, owner, one, { data: { numbers: [] } }],
    [`PATCH ${item}`, 412, owner, one, { data: {}, ...past }],
    [`DELETE ${item}`, 412, owner, one, past],
    [`DELETE ${item}`, 200, owner, one],
    [`DELETE ${item}`, 404, owner, one],
  ]
}

function ofEnds({ leaf }: People): readonly Asked[] {
  return [
    ['DELETE /accounts/{id}', 200, app.root, pathOf(leaf)],
    ['GET /accounts/{id}', 404, app.root, pathOf(leaf)],
  ]
}

/** What makes a read of something that is there a 304. */
async function seen(path: string): Promise<Given> {
  const { headers } = await ask(app, app.root, 'GET', path)
  return { headers: { 'If-None-Match': headers.get('etag') ?? '' } }
}

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
