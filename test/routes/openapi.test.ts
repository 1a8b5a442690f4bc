import { Ajv2020 } from 'ajv/dist/2020.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Dialect } from '../../routes/dialect.ts'
import { HttpError } from '../../routes/http-error.ts'
import { requestChecks } from '../../routes/middleware/request-checks.ts'
import { restcommDialect } from '../../routes/restcomm/index.ts'
import { base, createAccount, freshEmail, type Parameters, send } from '../support/restcomm.ts'
import { servicesOver } from '../support/services.ts'
import { type Login, startApp, type TestApp } from '../support/start-app.ts'

type Operation = {
  readonly operationId: string
  readonly parameters: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: object
  readonly responses: Readonly<Record<string, { readonly content: object }>>
}

type Description = {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

let app: TestApp
let described: Description
let dialect: Dialect
test.before(async () => {
  app = await startApp()
  described = await describedBy(app)
  dialect = await restcommOf(app)
})
test.after(() => app.stop())

test('the description is an OpenAPI document that anyone may read', async () => {
  const reply = await fetch(`${app.url}/openapi.json`)
  assert.is(reply.status, 200)
  assert.is(reply.headers.get('content-type'), 'application/json')
  assert.match(described.openapi, /^3\.1\.\d+$/)
})

test('every route of the router is described, and nothing else', () => {
  const served = dialect.served.flatMap(({ path, methods }) =>
    methods
      .filter((method) => method !== 'HEAD')
      .map((method) => `${method} ${base}${String(path).replace(/:(\w+)/g, '{$1}')}`),
  )
  assert.ok(served.length >= 8)
  assert.equal(operations().sort(), served.sort())
})

test('what is described is what the server allows at that path', async () => {
  for (const [path, methods] of Object.entries(ownPaths())) {
    const reply = await send(
      app,
      app.root,
      'OPTIONS',
      path.slice(base.length).replace(/\{\w+\}/g, 'x'),
    )
    const allowed = (reply.headers.get('allow') ?? '').split(', ')
    const described = Object.keys(methods).map((method) => method.toUpperCase())
    const own = allowed.filter((method) => !['HEAD', 'OPTIONS'].includes(method))
    assert.equal(own, described.sort(), path)
  }
})

test('every reference of the description leads somewhere', () => {
  const references = [...JSON.stringify(described).matchAll(/"\$ref":"([^"]+)"/g)]
  assert.ok(references.length > 8)
  for (const [, reference = ''] of references) {
    assert.match(reference, /^#\//)
    assert.type(valueAt(described, reference.slice(2).split('/')), 'object', reference)
  }
})

test('every operation has an id of its own and names the parameters of its path', () => {
  const ids = new Set<string>()
  for (const [path, methods] of Object.entries(described.paths)) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    for (const { operationId, parameters } of Object.values(methods)) {
      ids.add(operationId)
      const inPath = parameters.filter((parameter) => parameter.in === 'path')
      assert.equal(
        inPath.map(({ name }) => name),
        names,
      )
    }
  }
  assert.is(ids.size, Object.values(described.paths).flatMap(Object.keys).length)
})

test('the parameters of each form and query are those that the route reads', () => {
  const form = (path: string, method: string) => {
    const body = operationAt(path, method).requestBody
    const schema = ['content', 'application/x-www-form-urlencoded', 'schema', 'properties']
    return Object.keys(Object(valueAt(body, schema))).sort()
  }
  const query = (path: string) =>
    operationAt(path, 'get')
      .parameters.filter((parameter) => parameter.in === 'query')
      .map(({ name }) => name)
  const changing = ['FriendlyName', 'Password', 'Role', 'Status']
  const creating = ['EmailAddress', 'OrganizationSid', ...changing]
  assert.equal(form('/Accounts', 'post'), creating.sort())
  assert.equal(form('/Accounts/{id}', 'put'), ['DryRun', ...changing])
  assert.equal(form('/Accounts/{id}', 'post'), ['DryRun', ...changing])
  assert.equal(form('/Accounts/migrate/{id}', 'post'), ['Organization'])
  assert.is(operationAt('/Organizations/{id}', 'put').requestBody, undefined)
  assert.equal(query('/Accounts'), ['OrganizationSid', 'DomainName'])
  assert.equal(query('/Organizations'), ['Status'])
  const auditQuery = ['StartTime', 'EndTime', 'Action', 'Actor', 'Target', 'PageSize', 'PageToken']
  assert.equal(query('/Accounts/{id}/Audit'), auditQuery)
  const ofWebhooks = ['Enabled', 'Events', 'FriendlyName', 'IncludeSubaccounts', 'Url']
  assert.equal(form('/Accounts/{id}/Webhooks', 'post'), ofWebhooks)
  assert.equal(form('/Accounts/{id}/Webhooks/{webhook}', 'put'), ofWebhooks)
})

for (const compat of [undefined, 'restcomm'] as const) {
  test(`what every operation really answers is as described, compat ${compat ?? 'none'}`, async () => {
    const own = await startApp({ config: { compat } })
    const check = answerCheck(await describedBy(own))
    const asked = new Set<string>()
    for (const [operation, status, login, path, form] of await requestsFor(own)) {
      const [method = '', template = ''] = operation.split(' ')
      const accept = { Accept: 'application/json' }
      const reply = await send(own, login, method, path, form, accept)
      assert.is(reply.status, status, `${operation} ${path} ${JSON.stringify(form)} ${reply.text}`)
      check(`${base}${template}`, method.toLowerCase(), status, status === 204 ? '' : reply.json())
      asked.add(`${method} ${base}${template}`)
    }
    assert.equal([...asked].sort(), operations().sort())
    await own.stop()
  })
}

test('too many failed logins are answered as described', async () => {
  const own = await startApp({ config: { throttle: true } })
  const wrong = { ...own.root, token: '0'.repeat(32) }
  const accept = { Accept: 'application/json' }
  let reply = await send(own, wrong, 'GET', '/Accounts', undefined, accept)
  for (let tries = 0; reply.status === 401 && tries < 20; tries += 1) {
    reply = await send(own, wrong, 'GET', '/Accounts', undefined, accept)
  }
  assert.is(reply.status, 429)
  answerCheck(described)(`${base}/Accounts`, 'get', 429, reply.json())
  await own.stop()
})

test('what any request may be refused with is described of every operation', async () => {
  const seen: string[] = []
  for (const operation of operations()) {
    const [method = '', path = ''] = operation.split(' ')
    const id = path.slice(base.length).replace(/\{\w+\}/g, 'x')
    const broken = path.slice(base.length).replace(/\{\w+\}/g, '%zz')
    const asked: readonly (readonly [login: Login | undefined, path: string, accept: string])[] = [
      [undefined, id, '*/*'],
      [app.root, id, 'text/html'],
      [app.root, broken, '*/*'],
      [app.root, `${id}?${'x'.repeat(2048)}`, '*/*'],
    ]
    for (const [login, where, accept] of asked) {
      const { status } = await send(app, login, method, where, undefined, { Accept: accept })
      const responses = operationAt(path.slice(base.length), method.toLowerCase()).responses
      seen.push(...(String(status) in responses ? [] : [`${operation} ${status}`]))
    }
  }
  assert.equal(seen, [])
})

type Asked = readonly [
  operation: string,
  status: number,
  login: Login | undefined,
  path: string,
  form?: Parameters,
]

type People = Readonly<Record<'root' | 'top' | 'low' | 'user' | 'closed', Login>>

/** Requests to every operation, for what it gives and for what it refuses. */
async function requestsFor(own: TestApp): Promise<readonly Asked[]> {
  const { root } = own
  const top = await createAccount(own, root, { FriendlyName: `<"&'>` })
  const people = {
    root,
    top,
    low: await createAccount(own, top, { Status: 'suspended' }),
    user: await createAccount(own, root, { Role: 'User' }),
    closed: await createAccount(own, root, { Status: 'closed' }),
  }
  const { organization } = top.account
  return [
    ...requestsForCollection(people, organization),
    ...requestsForAudit(people),
    ...(await requestsForWebhooks(own, people)),
    ...requestsForAccount(people, 'PUT'),
    ...requestsForAccount(people, 'POST'),
    ...requestsForOrganizations(people, organization),
    ...requestsForMigration(people),
    ...requestsForReopening(people),
  ]
}

function requestsForCollection(people: People, organization: string): readonly Asked[] {
  const { root, user, closed } = people
  const form = { EmailAddress: freshEmail(), Password: 'correct horse', Role: 'Developer' }
  return [
    ['GET /Accounts', 200, root, '/Accounts'],
    ['GET /Accounts', 200, user, '/Accounts'],
    ['GET /Accounts', 200, root, `/Accounts?OrganizationSid=${organization}`],
    ['GET /Accounts', 400, root, '/Accounts?OrganizationSid=x'],
    ['GET /Accounts', 403, closed, '/Accounts'],
    ['GET /Accounts', 404, root, '/Accounts?DomainName=nobody'],
    ['POST /Accounts', 200, root, '/Accounts', form],
    ['POST /Accounts', 400, root, '/Accounts', {}],
    ['POST /Accounts', 403, user, '/Accounts', {}],
    ['POST /Accounts', 409, root, '/Accounts', form],
  ]
}

function requestsForAudit({ root, top, user, closed }: People): readonly Asked[] {
  const audit = 'GET /Accounts/{id}/Audit'
  return [
    [audit, 200, root, `/Accounts/${root.sid}/Audit?PageSize=2`],
    [audit, 200, root, `/Accounts/${closed.sid}/Audit`],
    [audit, 200, top, `/Accounts/${top.sid}/Audit`],
    [audit, 400, top, `/Accounts/${top.sid}/Audit?PageSize=0`],
    [audit, 403, user, `/Accounts/${user.sid}/Audit`],
    [audit, 404, root, '/Accounts/nobody/Audit'],
  ]
}

function requestsForAccount(people: People, method: string): readonly Asked[] {
  const { root, top, low, user, closed } = people
  const account = `/Accounts/${top.sid}`
  const read = 'GET /Accounts/{id}'
  const change = `${method} /Accounts/{id}`
  return [
    [read, 200, root, account],
    [read, 200, root, `/Accounts/${low.sid}`],
    [read, 200, user, `/Accounts/${user.sid}`],
    [read, 403, user, account],
    [read, 404, root, '/Accounts/nobody'],
    [change, 200, root, account, { FriendlyName: method, Password: 'another horse' }],
    [change, 200, root, account, { Status: 'closed', DryRun: 'true' }],
    [change, 400, root, account, { Status: 'x' }],
    [change, 400, root, `/Accounts/${closed.sid}`, {}],
    [change, 403, user, account, {}],
    [change, 404, root, '/Accounts/nobody', {}],
    [change, 401, undefined, account, {}],
    [change, 413, root, account, { x: 'x'.repeat(65536) }],
  ]
}

function requestsForReopening({ root, user, closed }: People): readonly Asked[] {
  const reopen = 'POST /Accounts/{id}/Reopen'
  const path = `/Accounts/${closed.sid}/Reopen`
  return [
    [reopen, 403, user, path],
    [reopen, 404, root, '/Accounts/nobody/Reopen'],
    [reopen, 200, root, path],
    [reopen, 400, root, path],
  ]
}

function requestsForOrganizations({ root, user }: People, sid: string): readonly Asked[] {
  const nowhere = '/Organizations/OR00000000000000000000000000000000'
  return [
    ['GET /Organizations', 200, root, '/Organizations'],
    ['GET /Organizations', 400, root, '/Organizations?Status=x'],
    ['GET /Organizations', 403, user, '/Organizations'],
    ['GET /Organizations', 404, root, '/Organizations?Status=closed'],
    ['GET /Organizations/{id}', 200, root, `/Organizations/${sid}`],
    ['GET /Organizations/{id}', 400, root, '/Organizations/x'],
    ['GET /Organizations/{id}', 403, user, nowhere],
    ['GET /Organizations/{id}', 404, root, nowhere],
    ['PUT /Organizations/{id}', 200, root, '/Organizations/described'],
    ['PUT /Organizations/{id}', 400, root, '/Organizations/a_b'],
    ['PUT /Organizations/{id}', 403, user, '/Organizations/x'],
    ['PUT /Organizations/{id}', 409, root, '/Organizations/DESCRIBED'],
  ]
}

async function requestsForWebhooks(own: TestApp, people: People): Promise<readonly Asked[]> {
  const { root, top, user } = people
  const all = `/Accounts/${top.sid}/Webhooks`
  const form = { Url: 'https://hooks.example/' }
  const json = `/Accounts.json/${top.sid}/Webhooks`
  const [one, other] = [
    (await send(own, top, 'POST', json, form)).json(),
    (await send(own, top, 'POST', json, form)).json(),
  ].map((made) => `${all}/${Object(made).sid}`)
  const gone = `${all}/WH${'0'.repeat(32)}`
  const nobody = '/Accounts/nobody/Webhooks'
  const [list, item] = ['/Accounts/{id}/Webhooks', '/Accounts/{id}/Webhooks/{webhook}']
  assert.ok(one && other)
  return [
    [`GET ${list}`, 200, top, all],
    [`GET ${list}`, 403, user, all],
    [`GET ${list}`, 404, root, nobody],
    ...Array.from({ length: 8 }, (): Asked => [`POST ${list}`, 200, root, all, form]),
    [`POST ${list}`, 409, root, all, form],
    [`POST ${list}`, 400, root, all, {}],
    [`POST ${list}`, 404, root, nobody, {}],
    ...(['Secret', 'Test'] as const).flatMap((word): readonly Asked[] => [
      [`POST ${item}/${word}`, 200, top, `${one}/${word}`],
      [`POST ${item}/${word}`, 404, top, `${gone}/${word}`],
      [`POST ${item}/${word}`, 403, user, `${one}/${word}`],
    ]),
    ...(['PUT', 'POST'] as const).flatMap((method): readonly Asked[] => [
      [`${method} ${item}`, 200, top, one, { Enabled: 'false' }],
      [`${method} ${item}`, 400, top, one, { Enabled: 'perhaps' }],
      [`${method} ${item}`, 404, top, gone, {}],
    ]),
    [`GET ${item}`, 200, top, one],
    [`GET ${item}`, 404, top, gone],
    [`DELETE ${item}`, 204, top, other],
    [`DELETE ${item}`, 404, top, other],
  ]
}

function requestsForMigration({ root, top, low, user }: People): readonly Asked[] {
  const migrate = 'POST /Accounts/migrate/{id}'
  const form = { Organization: 'described' }
  return [
    [migrate, 200, root, `/Accounts/migrate/${top.sid}`, form],
    [migrate, 400, root, `/Accounts/migrate/${low.sid}`, form],
    [migrate, 403, user, `/Accounts/migrate/${top.sid}`, {}],
    [migrate, 404, root, '/Accounts/migrate/x', form],
    [migrate, 412, root, `/Accounts/migrate/${top.sid}`, {}],
  ]
}

/** Throws unless the description has a schema for such an answer, and the body fits it. */
function answerCheck(description: Description) {
  const ajv = new Ajv2020({ strict: false, allErrors: true }).addSchema(description, 'api')
  return (path: string, method: string, status: number, body: unknown): void => {
    if (body === '') {
      assert.ok(valueAt(description, ['paths', path, method, 'responses', String(status)]))
      return
    }
    const steps = [
      'paths',
      path,
      method,
      'responses',
      String(status),
      'content',
      'application/json',
    ]
    const pointer = [...steps, 'schema'].map((step) =>
      step.replaceAll('~', '~0').replaceAll('/', '~1'),
    )
    const what = `${method} ${path} ${status}`
    assert.ok(valueAt(description, [...steps, 'schema']), `${what} is not described`)
    const validate = ajv.compile({ $ref: `api#/${pointer.map(encodeURIComponent).join('/')}` })
    assert.ok(validate(body), `${what}: ${ajv.errorsText(validate.errors)}`)
  }
}

async function describedBy(where: TestApp): Promise<Description> {
  return JSON.parse(await (await fetch(`${where.url}/openapi.json`)).text())
}

/** The dialect itself, over the store of the app, for a look at its router. */
async function restcommOf({ store, sealingKey }: TestApp): Promise<Dialect> {
  const services = await servicesOver(store, sealingKey)
  return restcommDialect(services, {
    isCompat: false,
    maxDepth: 16,
    checks: requestChecks([]),
    unexpected: () => new HttpError(500, 'unexpected'),
  })
}

/** The described paths of this dialect; others may be described beside them. */
function ownPaths(): Description['paths'] {
  return Object.fromEntries(
    Object.entries(described.paths).filter(([path]) => path.startsWith(`${base}/`)),
  )
}

function operations(): string[] {
  return Object.entries(ownPaths()).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
}

function operationAt(path: string, method: string): Operation {
  const operation = described.paths[`${base}${path}`]?.[method]
  assert.ok(operation, `${method} ${path} is not described`)
  return operation
}

function valueAt(from: unknown, steps: readonly string[]): unknown {
  return steps.reduce<unknown>((value, step) => Reflect.get(Object(value), step), from)
}

test.run()
