import { Ajv2020 } from 'ajv/dist/2020.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'
import {
  ask,
  createKey,
  createSubaccount,
  type KeyLogin,
  type Parameters,
  pathOf,
  type Subaccount,
  send,
} from '../../support/twilio.ts'

type Operation = {
  readonly parameters: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: object
  readonly responses: Readonly<Record<string, object>>
}

type Description = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

type Asked = readonly [
  operation: string,
  status: number,
  login: Pick<Login, 'sid' | 'token'> | undefined,
  path: string,
  form?: Parameters,
]

/** Those who ask and are asked about: the owner, and the others below it. */
type People = Readonly<Record<'owner' | 'child' | 'user' | 'closed', Subaccount>>

const accounts = '/2010-04-01/Accounts'
const tokens = '/v1/AuthTokens'

let app: TestApp
let described: Description
test.before(async () => {
  app = await startApp()
  described = JSON.parse(await (await fetch(`${app.url}/openapi.json`)).text())
})
test.after(() => app.stop())

test('what is described is what the server allows at that path', async () => {
  const described = Object.entries(ownPaths())
  assert.is(described.length, 8)
  for (const [path, methods] of described) {
    const reply = await ask(app, app.root, 'OPTIONS', path.replace(/\{\w+\}/g, 'x'))
    const allowed = (reply.headers.get('allow') ?? '').split(', ')
    const own = allowed.filter((method) => !['HEAD', 'OPTIONS'].includes(method))
    assert.equal(
      own,
      Object.keys(methods)
        .map((method) => method.toUpperCase())
        .sort(),
      path,
    )
  }
})

test('the parameters of each form and query are those that the route reads', () => {
  const form = (path: string) => {
    const steps = ['requestBody', 'content', 'application/x-www-form-urlencoded', 'schema']
    return Object.keys(Object(valueAt(operationAt(path, 'post'), [...steps, 'properties']))).sort()
  }
  const given = (path: string, method: string, where: string) =>
    operationAt(path, method)
      .parameters.filter((parameter) => parameter.in === where)
      .map(({ name }) => name)
      .sort()
  const paging = ['Page', 'PageSize', 'PageToken']
  assert.equal(form(accounts), ['EmailAddress', 'FriendlyName', 'Password', 'Role'])
  assert.equal(form(`${accounts}/{id}`), ['FriendlyName', 'Status'])
  assert.equal(given(accounts, 'get', 'query'), ['FriendlyName', ...paging, 'Status'])
  assert.equal(given(accounts, 'post', 'header'), ['Idempotency-Key'])
  for (const collection of ['Keys', 'SigningKeys']) {
    const path = `${accounts}/{id}/${collection}`
    assert.equal(form(path), ['ExpiresAt', 'FriendlyName', 'Reach', 'Scope'])
    assert.equal(form(`${path}/{key}`), ['FriendlyName'])
    assert.equal(given(path, 'get', 'query'), paging)
    assert.equal(given(path, 'post', 'header'), ['Idempotency-Key'])
    assert.equal(given(`${path}/{key}`, 'delete', 'path'), ['id', 'key'])
  }
  assert.is(operationAt(`${tokens}/Secondary`, 'post').requestBody, undefined)
})

test('what every operation really answers is as described', async () => {
  const check = answerCheck(described)
  const asked = new Set<string>()
  for (const [operation, status, login, path, form] of await requests()) {
    const [method = '', template = ''] = operation.split(' ')
    const reply = await ask(app, login, method, path, form)
    assert.is(reply.status, status, `${operation} ${path} ${JSON.stringify(form)} ${reply.text}`)
    check(template, method.toLowerCase(), status, reply.text === '' ? undefined : reply.json())
    asked.add(operation)
  }
  const all = Object.entries(ownPaths()).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  assert.equal([...asked].sort(), all.sort())
})

test('a repeated create is answered as described', async () => {
  const headers = { 'Idempotency-Key': 'described-1' }
  const keys = `/Accounts/${app.root.sid}/Keys.json`
  const check = answerCheck(described)
  for (const [path, template] of [
    ['/Accounts.json', accounts],
    [keys, `${accounts}/{id}/Keys`],
  ] as const) {
    for (const [form, status] of [
      [{}, 201],
      [{}, 201],
      [{ FriendlyName: 'x' }, 422],
    ] as const) {
      const reply = await send(app, app.root, 'POST', path, form, headers)
      assert.is(reply.status, status)
      check(template, 'post', status, reply.json())
    }
  }
})

test('too many failed logins are answered as described', async () => {
  const own = await startApp({ config: { throttle: true } })
  const wrong = { sid: own.root.sid, token: '0'.repeat(32) }
  let reply = await send(own, wrong, 'GET', '/Accounts.json')
  for (let tries = 0; reply.status === 401 && tries < 20; tries += 1) {
    reply = await send(own, wrong, 'GET', '/Accounts.json')
  }
  answerCheck(described)(accounts, 'get', 429, reply.json())
  await own.stop()
})

test('what any request may be refused with is described of every operation', async () => {
  const check = answerCheck(described)
  for (const [path, methods] of Object.entries(ownPaths())) {
    const filled = path.replace('{id}', app.root.sid).replace('{key}', 'x')
    for (const method of Object.keys(methods)) {
      const form = { x: 'x'.repeat(65536) }
      const asked: readonly Asked[] = [
        ['', 401, undefined, filled],
        ['', 414, app.root, `${filled}?${'x'.repeat(2048)}`],
        ...(filled === path ? [] : [['', 400, app.root, path.replace(/\{\w+\}/g, '%zz')] as const]),
        ...(method === 'get' ? [] : [['', 413, app.root, filled, form] as const]),
      ]
      for (const [, status, login, where, form] of asked) {
        const reply = await ask(app, login, method.toUpperCase(), where, form)
        assert.is(reply.status, status, `${method} ${where}`)
        check(path, method, status, reply.json())
      }
    }
  }
})

/** Requests to every operation, for what it gives and for what it refuses. */
async function requests(): Promise<readonly Asked[]> {
  const owner = await createSubaccount(app, app.root)
  const closed = await createSubaccount(app, owner)
  const people = {
    owner,
    closed,
    child: await createSubaccount(app, owner),
    user: await createSubaccount(app, owner, { Role: 'User' }),
  }
  await send(app, owner, 'POST', pathOf(closed), { Status: 'closed' })
  const form = { ExpiresAt: '2100-01-01', Scope: 'read' }
  const [key, signingKey] = [await createKey(app, owner, form), await createKey(app, owner, form)]
  return [
    ...requestsForAccounts(people),
    ...requestsForKeys(people, 'Keys', key),
    ...requestsForKeys(people, 'SigningKeys', signingKey),
    ...requestsForTokens(people),
  ]
}

function requestsForAccounts({ owner, child, user, closed }: People): readonly Asked[] {
  const of = ({ sid }: Subaccount) => `${accounts}/${sid}.json`
  const form = { FriendlyName: `<"&'>`, EmailAddress: 'described@example.com' }
  return [
    [`GET ${accounts}`, 200, owner, `${accounts}.json`],
    [`GET ${accounts}`, 200, user, `${accounts}.json?PageSize=1`],
    [`GET ${accounts}`, 200, owner, `${accounts}.json?PageSize=1&Page=1`],
    [`GET ${accounts}`, 400, owner, `${accounts}.json?PageToken=x`],
    [`GET ${accounts}`, 403, closed, `${accounts}.json`],
    [`POST ${accounts}`, 201, owner, `${accounts}.json`, form],
    [`POST ${accounts}`, 409, owner, `${accounts}.json`, form],
    [`POST ${accounts}`, 400, owner, `${accounts}.json`, { Role: 'x' }],
    [`POST ${accounts}`, 403, user, `${accounts}.json`, {}],
    [`GET ${accounts}/{id}`, 200, owner, of(closed)],
    [`GET ${accounts}/{id}`, 200, user, of(user)],
    [`GET ${accounts}/{id}`, 404, child, of(owner)],
    [`POST ${accounts}/{id}`, 200, owner, of(child), { FriendlyName: 'x', Status: 'suspended' }],
    [`POST ${accounts}/{id}`, 400, owner, of(closed), { Status: 'active' }],
    [`POST ${accounts}/{id}`, 403, user, of(user), {}],
    [`POST ${accounts}/{id}`, 404, owner, `${accounts}/nobody.json`, {}],
  ]
}

function requestsForKeys(
  { owner, user, closed }: People,
  name: string,
  key: KeyLogin,
): readonly Asked[] {
  const [all, one] = [`${accounts}/{id}/${name}`, `${accounts}/{id}/${name}/{key}`]
  const path = `${accounts}/${owner.sid}/${name}`
  const own = `${path}/${key.sid}.json`
  return [
    [`GET ${all}`, 200, owner, `${path}.json`],
    [`GET ${all}`, 400, owner, `${path}.json?PageSize=0`],
    [`GET ${all}`, 403, user, `${path}.json`],
    [`GET ${all}`, 404, owner, `${accounts}/nobody/${name}.json`],
    [`POST ${all}`, 201, owner, `${path}.json`, { ExpiresAt: '2100-01-01', Reach: 'self' }],
    [`POST ${all}`, 400, owner, `${path}.json`, { Scope: 'x' }],
    [`POST ${all}`, 400, owner, `${accounts}/${closed.sid}/${name}.json`, {}],
    [`POST ${all}`, 403, key, `${path}.json`, {}],
    [`GET ${one}`, 200, owner, own],
    [`GET ${one}`, 404, owner, `${path}/x.json`],
    [`POST ${one}`, 200, owner, own, { FriendlyName: name }],
    [`POST ${one}`, 400, owner, own, { FriendlyName: '' }],
    [`POST ${one}`, 404, owner, `${path}/x.json`, {}],
    [`DELETE ${one}`, 400, owner, `${accounts}/${closed.sid}/${name}/x.json`],
    [`DELETE ${one}`, 403, key, own],
    [`DELETE ${one}`, 404, owner, `${path}/x.json`],
    [`DELETE ${one}`, 204, owner, own],
  ]
}

function requestsForTokens({ owner, user }: People): readonly Asked[] {
  const [secondary, promote] = [`${tokens}/Secondary`, `${tokens}/Promote`]
  return [
    [`POST ${promote}`, 404, owner, promote],
    [`DELETE ${secondary}`, 404, owner, secondary],
    [`POST ${secondary}`, 201, owner, secondary],
    [`POST ${secondary}`, 403, user, secondary],
    [`DELETE ${secondary}`, 204, owner, secondary],
    [`POST ${secondary}`, 201, owner, secondary],
    [`POST ${promote}`, 200, owner, promote],
  ]
}

/** Throws unless the description has such an answer, and the body fits its schema. */
function answerCheck(description: Description) {
  const ajv = new Ajv2020({ strict: false, allErrors: true }).addSchema(description, 'api')
  return (path: string, method: string, status: number, body: unknown): void => {
    const what = `${method} ${path} ${status}`
    const answer = ['paths', path, method, 'responses', String(status)]
    assert.ok(valueAt(description, answer), `${what} is not described`)
    const steps = [...answer, 'content', 'application/json', 'schema']
    if (body === undefined) {
      assert.is(valueAt(description, steps), undefined, `${what} is described with a body`)
      return
    }
    const pointer = steps.map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1'))
    const validate = ajv.compile({ $ref: `api#/${pointer.map(encodeURIComponent).join('/')}` })
    assert.ok(validate(body), `${what}: ${ajv.errorsText(validate.errors)}`)
  }
}

/** The described paths of this dialect; others are described beside them. */
function ownPaths(): Description['paths'] {
  return Object.fromEntries(
    Object.entries(described.paths).filter(([path]) => /^\/(2010-04-01|v1)\//.test(path)),
  )
}

function operationAt(path: string, method: string): Operation {
  const operation = described.paths[path]?.[method]
  assert.ok(operation, `${method} ${path} is not described`)
  return operation
}

function valueAt(from: unknown, steps: readonly string[]): unknown {
  return steps.reduce<unknown>((value, step) => Reflect.get(Object(value), step), from)
}

test.run()
