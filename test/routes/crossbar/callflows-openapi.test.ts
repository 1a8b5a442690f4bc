import { Ajv2020 } from 'ajv/dist/2020.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Answer,
  type Asker,
  ask,
  type Asked as Given,
  type Member,
  member,
  pathOf,
  session,
} from '../../support/crossbar.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'
import {
  type Callflow,
  callflowsOf,
  freshNumber,
  madeCallflow,
} from '../../support/stored-callflows.ts'

const many = '/v2/accounts/{id}/callflows'
const one = '/v2/accounts/{id}/callflows/{callflow}'

type Operation = {
  readonly parameters: readonly { readonly name: string; readonly in: string }[]
  readonly responses: Readonly<Record<string, object>>
}

type Description = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

/** `GET`, the described path, what it is to be answered, and the request. */
type Asked = readonly [operation: string, status: number, asker: Asker, path: string, given?: Given]

let app: TestApp
let described: Description
test.before(async () => {
  app = await startApp()
  described = JSON.parse(await (await fetch(`${app.url}/openapi.json`)).text())
})
test.after(() => app.stop())

test('the routes of callflows are described with the methods that the server allows', async () => {
  for (const [path, methods] of [
    [many, ['get', 'put']],
    [one, ['delete', 'get', 'patch', 'post']],
  ] as const) {
    const operations = described.paths[path] ?? {}
    assert.equal(Object.keys(operations).sort(), methods)
    const filled = path.slice('/v2'.length).replace(/\{\w+\}/g, 'x')
    const { headers } = await ask(app, undefined, 'OPTIONS', filled)
    const allowed = (headers.get('allow') ?? '').toLowerCase().split(', ').sort()
    assert.equal(
      allowed.filter((method) => !['head', 'options'].includes(method)),
      methods,
    )
    for (const [method, { parameters }] of Object.entries(operations)) {
      const names = parameters.filter((parameter) => parameter.in === 'path')
      assert.equal(
        names.map(({ name }) => name),
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
        `${method} ${path}`,
      )
    }
  }
})

test('what every route of callflows really answers is as described', async () => {
  const check = answerCheck(described)
  const asked = new Set<string>()
  for (const [operation, status, asker, path, given] of await requests()) {
    const [method = ''] = operation.split(' ')
    const answer = await ask(app, asker, method, path, given)
    assert.is(answer.status, status, `${operation} ${path} ${answer.text}`)
    check(operation, answer)
    asked.add(operation)
  }
  const all = [many, one].flatMap((path) =>
    Object.keys(described.paths[path] ?? {}).map((method) => `${method.toUpperCase()} ${path}`),
  )
  assert.equal([...asked].sort(), all.sort())
})

async function requests(): Promise<readonly Asked[]> {
  const [owner, stranger] = [await member(app, app.root), await member(app, app.root)]
  const gone = await member(app, app.root)
  await ask(app, app.root, 'DELETE', pathOf(gone))
  const flow = { module: 'menu', data: {}, children: { _: { module: 'play', data: {} } } }
  const callflow = await madeCallflow(app, owner, { name: 'Described', flow })
  await madeCallflow(app, owner, { flow: { module: 'callflow', data: { id: callflow.id } } })
  const its = callflowsOf(owner, callflow.id)
  const ofOne = ['GET', 'POST', 'PATCH', 'DELETE'].map((method) => `${method} ${one}`)
  return [
    ...(await ownAnswers(owner, callflow)),
    ...[`GET ${many}`, `PUT ${many}`].flatMap((operation) =>
      commonRefusals(operation, callflowsOf(owner), { owner, stranger, gone }),
    ),
    ...ofOne.flatMap((operation): readonly Asked[] => [
      ...commonRefusals(operation, its, { owner, stranger, gone }),
      [operation, 404, owner, callflowsOf(owner, '0'.repeat(32)), given(operation)],
    ]),
    [`DELETE ${one}`, 200, owner, its],
    [`DELETE ${one}`, 404, owner, its],
  ]
}

async function ownAnswers(owner: Member, { id, numbers }: Callflow): Promise<readonly Asked[]> {
  const known = await session(app, owner.token)
  const [all, its] = [callflowsOf(owner), callflowsOf(owner, id)]
  const headers = { 'If-Match': '"1-x"' }
  const wrong = { data: { numbers, flow: { module: 5 } } }
  return [
    [`GET ${many}`, 200, owner, all],
    [`GET ${many}`, 200, known, `${all}?page_size=1`],
    [`GET ${many}`, 200, owner, `${all}?paginate=false`],
    [`GET ${many}`, 400, owner, `${all}?page_size=0`],
    [`PUT ${many}`, 201, owner, all, given('PUT')],
    [`PUT ${many}`, 400, owner, all, wrong],
    [`GET ${one}`, 200, owner, its],
    [`POST ${one}`, 200, owner, its, { data: { numbers, any: [{ key: null }] } }],
    [`POST ${one}`, 400, owner, its, wrong],
    [`POST ${one}`, 412, owner, its, { ...given('POST'), headers }],
    [`PATCH ${one}`, 200, known, its, { data: { any: null } }],
    [`PATCH ${one}`, 400, owner, its, { data: { numbers: null } }],
    [`PATCH ${one}`, 412, owner, its, { ...given('PATCH'), headers }],
    [`DELETE ${one}`, 412, owner, its, { headers }],
  ]
}

/** What every route refuses in the same way. */
function commonRefusals(
  operation: string,
  path: string,
  { owner, stranger, gone }: Readonly<Record<'owner' | 'stranger' | 'gone', Member>>,
): readonly Asked[] {
  const long = { raw: ' '.repeat(1024 * 1024 + 1) }
  const text = { raw: '<x/>', headers: { 'Content-Type': 'text/xml' } }
  const isRead = /^P/.test(operation)
  return [
    [operation, 401, undefined, path, given(operation)],
    [operation, 403, stranger, path, given(operation)],
    [operation, 404, app.root, path.replace(owner.id, gone.id), given(operation)],
    [operation, 414, owner, `${path}?${'x'.repeat(2048)}`, given(operation)],
    ...(isRead
      ? [[operation, 413, owner, path, long] as const, [operation, 415, owner, path, text] as const]
      : []),
  ]
}

/** A body where the method has one. */
function given(operation: string): Given {
  return /^P/.test(operation) ? { data: { numbers: [freshNumber()] } } : {}
}

/** Throws unless the description has such an answer, and the body fits its schema. */
function answerCheck(description: Description) {
  const ajv = new Ajv2020({ strict: false, allErrors: true }).addSchema(description, 'api')
  return (operation: string, { status, text }: Answer): void => {
    const [method = '', path = ''] = operation.split(' ')
    const answer = ['paths', path, method.toLowerCase(), 'responses', String(status)]
    assert.ok(valueAt(description, answer), `${operation} ${status} is not described`)
    const steps = [...answer, 'content', 'application/json', 'schema']
    const pointer = steps.map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1'))
    const validate = ajv.compile({ $ref: `api#/${pointer.map(encodeURIComponent).join('/')}` })
    const isAsDescribed = validate(JSON.parse(text))
    assert.ok(isAsDescribed, `${operation} ${status}: ${ajv.errorsText(validate.errors)}`)
  }
}

function valueAt(from: unknown, steps: readonly string[]): unknown {
  return steps.reduce<unknown>((value, step) => Reflect.get(Object(value), step), from)
}

test.run()
