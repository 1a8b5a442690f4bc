import * as assert from 'uvu/assert'
import {
  type Asker,
  ask,
  freshName,
  type Asked as Given,
  type Member,
  md5,
  member,
  pathOf,
  session,
} from './crossbar.ts'
import { anyPassword, createAccount, freshEmail } from './restcomm.ts'
import type { TestApp } from './start-app.ts'

/** `GET /accounts/{id}`, what it is to be answered, and the request. */
export type Asked = readonly [
  operation: string,
  status: number,
  asker: Asker,
  path: string,
  given?: Given,
]

type People = Readonly<
  Record<'owner' | 'child' | 'leaf' | 'off' | 'stranger', Member> & {
    person: { readonly name: string; readonly email: string; readonly token: string }
  }
>

/** Requests that show what every operation of the dialect answers, to be sent in this order. */
export const operationRequests: readonly ((
  people: People,
  app: TestApp,
) => readonly Asked[] | Promise<readonly Asked[]>)[] = [
  ofLogins,
  ofSessions,
  ofSchemas,
  ofAccounts,
  ofLists,
  ofActions,
  ofCallflows,
  ofWebhooks,
  ofEnds,
]

export async function peopleOf(app: TestApp): Promise<People> {
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

function ofLogins({ owner, off, person }: People, _app: TestApp): readonly Asked[] {
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

async function ofSessions({ owner }: People, app: TestApp): Promise<readonly Asked[]> {
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

async function ofSchemas(_people: People, app: TestApp): Promise<readonly Asked[]> {
  const validation = '/schemas/accounts/validation'
  return [
    ['GET /schemas', 200, undefined, '/schemas'],
    ['GET /schemas', 304, undefined, '/schemas', await seen(app, '/schemas')],
    ['GET /schemas/{name}', 200, undefined, '/schemas/accounts'],
    [
      'GET /schemas/{name}',
      304,
      undefined,
      '/schemas/accounts',
      await seen(app, '/schemas/accounts'),
    ],
    ['GET /schemas/{name}', 404, undefined, '/schemas/x'],
    ['PUT /schemas/{name}/validation', 201, app.root, validation, { data: { name: 'x' } }],
    ['PUT /schemas/{name}/validation', 400, app.root, validation, { data: {} }],
    ['PUT /schemas/{name}/validation', 401, undefined, validation, { data: {} }],
    ['PUT /schemas/{name}/validation', 404, app.root, '/schemas/x/validation', { data: {} }],
  ]
}

async function ofAccounts(
  { owner, child, leaf, stranger }: People,
  app: TestApp,
): Promise<readonly Asked[]> {
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
    [one, 304, owner, own, await seen(app, own)],
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

async function ofLists({ owner, leaf, stranger }: People, app: TestApp): Promise<readonly Asked[]> {
  const all: Asked[] = []
  for (const name of ['parents', 'tree', 'children', 'descendants', 'siblings']) {
    const operation = `GET /accounts/{id}/${name}`
    const [own, top] = [pathOf(leaf, `/${name}`), pathOf(app.root, `/${name}`)]
    all.push(
      [operation, 200, owner, own],
      [operation, 200, app.root, `${top}?paginate=false`],
      [operation, 200, app.root, `${top}?page_size=1`],
      [operation, 304, app.root, own, await seen(app, own)],
      [operation, 403, owner, pathOf(stranger, `/${name}`)],
      [operation, 404, app.root, `/accounts/${'0'.repeat(32)}/${name}`],
    )
    if (!['parents', 'tree'].includes(name)) {
      all.push([operation, 400, app.root, `${top}?page_size=0`])
    }
  }
  return all
}

async function ofActions(
  { owner, child, stranger }: People,
  app: TestApp,
): Promise<readonly Asked[]> {
  const gone = `/accounts/${'0'.repeat(32)}`
  const to = { data: { to: stranger.id } }
  const [key, reseller, move] = ['api_key', 'reseller', 'move'].map((rest) =>
    pathOf(child, `/${rest}`),
  )
  assert.ok(key && reseller && move)
  const upper = pathOf(owner, '/reseller')
  const deleted = await member(app, app.root)
  await ask(app, app.root, 'DELETE', pathOf(deleted))
  const closed = pathOf(deleted, '/reopen')
  return [
    ['GET /accounts/{id}/api_key', 200, owner, key],
    ['GET /accounts/{id}/api_key', 304, owner, key, await seen(app, key)],
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
    ['POST /accounts/{id}/reopen', 200, app.root, closed],
    ['POST /accounts/{id}/reopen', 403, owner, closed],
    ['POST /accounts/{id}/reopen', 404, app.root, `${gone}/reopen`],
    ['POST /accounts/{id}/reopen', 409, app.root, closed],
    ['POST /accounts/{id}/move', 400, app.root, move, { data: {} }],
    ['POST /accounts/{id}/move', 403, owner, move, to],
    ['POST /accounts/{id}/move', 404, app.root, move, { data: { to: '0'.repeat(32) } }],
    ['POST /accounts/{id}/move', 200, app.root, move, to],
  ]
}

async function ofCallflows({ owner, stranger }: People, app: TestApp): Promise<readonly Asked[]> {
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
    ['GET /accounts/{id}/audit', 200, owner, pathOf(owner, '/audit')],
    ['GET /accounts/{id}/audit', 400, owner, pathOf(owner, '/audit?page_size=0')],
    ['GET /accounts/{id}/audit', 403, owner, pathOf(stranger, '/audit')],
    ['GET /accounts/{id}/callflows/match', 200, owner, `${all}/match?number=1`],
    ['GET /accounts/{id}/callflows/match', 400, owner, `${all}/match`],
    ['GET /accounts/{id}/callflows/check', 200, owner, `${all}/check`],
    [`GET ${item}`, 200, owner, one],
    [`GET ${item}`, 304, owner, one, await seen(app, one)],
    [`GET ${item}`, 404, owner, gone],
    [`GET ${item}/graph`, 404, owner, `${gone}/graph`],
    [`GET ${item}/graph`, 406, owner, `${one}/graph`, { headers: { Accept: 'text/html' } }],
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

async function ofWebhooks({ owner, stranger }: People, app: TestApp): Promise<readonly Asked[]> {
  const all = pathOf(owner, '/webhooks')
  const data = { uri: 'https://hooks.example/' }
  const made = await ask(app, owner, 'PUT', all, { data })
  const [one, gone] = [`${all}/${made.data.id}`, `${all}/${'0'.repeat(32)}`]
  const past = { headers: { 'If-Match': '"9-x"' } }
  const [list, item] = ['/accounts/{id}/webhooks', '/accounts/{id}/webhooks/{webhook}']
  return [
    [`GET ${list}`, 200, owner, all],
    [`GET ${list}`, 403, stranger, all],
    ...Array.from({ length: 9 }, (): Asked => [`PUT ${list}`, 201, owner, all, { data }]),
    [`PUT ${list}`, 409, owner, all, { data }],
    [`PUT ${list}`, 400, owner, all, { data: {} }],
    [`GET ${item}`, 200, owner, one],
    [`GET ${item}`, 404, owner, gone],
    [`POST ${item}`, 200, owner, one, { data: { ...data, enabled: false } }],
    [`POST ${item}`, 400, owner, one, { data: { ...data, http_verb: 'get' } }],
    [`POST ${item}`, 404, owner, gone, { data }],
    [`PATCH ${item}`, 200, owner, one, { data: { name: 'Other' } }],
    [`PATCH ${item}`, 400, owner, one, { data: { uri: null } }],
    [`PATCH ${item}`, 412, owner, one, { data: {}, ...past }],
    [`PUT ${item}/secret`, 201, owner, `${one}/secret`],
    [`PUT ${item}/secret`, 404, owner, `${gone}/secret`],
    [`PUT ${item}/test`, 201, owner, `${one}/test`],
    [`PUT ${item}/test`, 403, stranger, `${one}/test`],
    [`DELETE ${item}`, 412, owner, one, past],
    [`DELETE ${item}`, 200, owner, one],
    [`DELETE ${item}`, 404, owner, one],
  ]
}

function ofEnds({ leaf }: People, app: TestApp): readonly Asked[] {
  return [
    ['DELETE /accounts/{id}', 200, app.root, pathOf(leaf)],
    ['GET /accounts/{id}', 404, app.root, pathOf(leaf)],
  ]
}

/** What makes a read of something that is there a 304. */
async function seen(app: TestApp, path: string): Promise<Given> {
  const { headers } = await ask(app, app.root, 'GET', path)
  return { headers: { 'If-None-Match': headers.get('etag') ?? '' } }
}
