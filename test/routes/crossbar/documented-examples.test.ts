import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Document,
  idOf,
  type Member,
  member,
  objectFrom,
  session,
} from '../../support/crossbar.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

/** Each example works on a branch of its own: `account` below the root, `child` below that. */
type Branch = { readonly account: Member; readonly child: Member; readonly to: Member }

type Example = {
  readonly method: string
  readonly path: string
  /** As it stands behind `-d`. */
  readonly body?: string
  readonly typed?: true
  readonly status: string
  readonly check: (body: Document, branch: Branch) => void
}

const document =
  '{"data": {"billing_mode": "manual","call_restriction": {},"caller_id": {},"created": 63621662701,"dial_plan": {},"enabled": true,"is_reseller": false,"language": "en-us","music_on_hold": {},"name": "child account","preflow": {},"realm": "aeac33.sip.2600hz.com","reseller_id": "undefined","ringtones": {},"some_key":"some_value","superduper_admin": false,"timezone": "America/Los_Angeles","wnm_allow_additions": false}}'

const shownKeys = [
  ...['billing_mode', 'call_restriction', 'caller_id', 'created', 'dial_plan', 'enabled', 'id'],
  ...['is_reseller', 'language', 'music_on_hold', 'name', 'preflow', 'realm', 'reseller_id'],
  ...['ringtones', 'superduper_admin', 'timezone', 'wnm_allow_additions'],
]

function showsAccount(body: Document): Document {
  const data = objectFrom(body.data)
  for (const key of shownKeys) {
    assert.ok(key in data, key)
  }
  return data
}

function showsItems(body: Document, keys: readonly string[], more: readonly string[]): void {
  const { data } = body
  assert.ok(Array.isArray(data) && data.length > 0)
  for (const item of Array.isArray(data) ? data : []) {
    for (const key of keys) {
      assert.ok(key in objectFrom(item), key)
    }
  }
  for (const key of more) {
    assert.ok(key in body, key)
  }
}

function needs(field: string): (body: Document) => void {
  return (body) => {
    assert.is(body.message, 'validation error')
    assert.equal(Object.keys(objectFrom(objectFrom(body.data)[field])), ['required'])
  }
}

const listKeys = ['page_size', 'start_key', 'revision', 'request_id', 'auth_token']
const summaryKeys = ['id', 'name', 'realm', 'tree']

const reads: readonly Example[] = [
  {
    method: 'GET',
    path: '/{ACCOUNT_ID}',
    status: '200',
    check: (body, { account }) => assert.is(showsAccount(body).id, account.id),
  },
  {
    method: 'GET',
    path: '/{ACCOUNT_ID}/parents',
    status: '200',
    check: (body) => showsItems(body, ['id', 'name'], ['page_size', 'revision']),
  },
  {
    method: 'GET',
    path: '/{ACCOUNT_ID}/tree',
    status: '200',
    check: (body) => showsItems(body, ['id', 'name'], ['page_size', 'revision']),
  },
  {
    method: 'GET',
    path: '/{ACCOUNT_ID}/api_key',
    status: '200',
    check: (body, { account }) => assert.equal(body.data, { api_key: account.token }),
  },
  {
    method: 'GET',
    path: '/{ACCOUNT_ID}/siblings',
    status: '200',
    check: (body) => showsItems(body, ['descendants_count', 'id', 'name', 'realm'], listKeys),
  },
  {
    method: 'GET',
    path: '/{ACCOUNT_ID}/descendants',
    status: '200',
    check: (body) => showsItems(body, summaryKeys, listKeys),
  },
  {
    method: 'GET',
    path: '/{ACCOUNT_ID}/children',
    status: '200',
    check: (body) => showsItems(body, summaryKeys, listKeys),
  },
]

const actions: readonly Example[] = [
  {
    method: 'PUT',
    path: '/{ACCOUNT_ID}/reseller',
    status: '201',
    check: (body) => assert.is(showsAccount(body).is_reseller, true),
  },
  {
    method: 'DELETE',
    path: '/{ACCOUNT_ID}/reseller',
    status: '200',
    check: (body) => assert.is(showsAccount(body).is_reseller, false),
  },
  {
    method: 'DELETE',
    path: '/{CHILD_ID}',
    status: '200',
    check: (body, { child }) => assert.is(showsAccount(body).id, child.id),
  },
]

const guide: readonly Example[] = [
  {
    method: 'PUT',
    path: '',
    body: '{"data":{"name":"child account"}}',
    typed: true,
    status: '201',
    check: (body) => assert.is(showsAccount(body).name, 'child account'),
  },
  {
    method: 'PATCH',
    path: '/{ACCOUNT_ID}',
    body: '{"data":{"some_key":"some_value"}}',
    status: '200',
    check: (body) => assert.is(showsAccount(body).some_key, 'some_value'),
  },
  {
    method: 'POST',
    path: '/{ACCOUNT_ID}',
    body: document.replace('child account', 'changed account'),
    typed: true,
    status: '200',
    check(body, { account }) {
      const data = showsAccount(body)
      assert.is(data.id, account.id)
      assert.is(data.some_key, 'some_value')
      assert.is(data.realm, 'aeac33.sip.2600hz.com')
      assert.is(data.reseller_id, idOf(app.root.sid))
    },
  },
  {
    method: 'PUT',
    path: '/{ACCOUNT_ID}',
    body: '{"data":{"name":"child account below"}}',
    typed: true,
    status: '201',
    check: (body) => assert.is(showsAccount(body).name, 'child account below'),
  },
  {
    method: 'POST',
    path: '/{ACCOUNT_ID}/move',
    body: '{"data": {"to": "{ACCOUNT_ID_DESTINATION}"}}',
    status: '200',
    check: (body, { account }) => assert.is(showsAccount(body).id, account.id),
  },
]

const withoutBody: readonly Example[] = [
  { method: 'PUT', path: '', status: '400', check: needs('name') },
  { method: 'PUT', path: '/{ACCOUNT_ID}', status: '400', check: needs('name') },
  { method: 'POST', path: '/{ACCOUNT_ID}', status: '400', check: needs('name') },
  {
    method: 'PATCH',
    path: '/{ACCOUNT_ID}',
    status: '200',
    check: (body, { account }) => assert.equal(body.data, account.document),
  },
  { method: 'POST', path: '/{ACCOUNT_ID}/move', status: '400', check: needs('to') },
]

/** The command as the documents print it. */
function printed({ method, path, body, typed }: Example): string {
  const lines = [
    `curl -v -X ${method}`,
    '-H "X-Auth-Token: {AUTH_TOKEN}"',
    ...(typed ? ['-H "Content-Type: application/json"'] : []),
    ...(body === undefined ? [] : [`-d '${body}'`]),
    `http://{SERVER}:8000/v2/accounts${path}`,
  ]
  return lines.join(' \\\n    ')
}

async function run(example: Example): Promise<void> {
  const account = await member(app, app.root)
  const branch = { account, child: await member(app, account), to: await member(app, app.root) }
  const known = await session(app, app.root.token)
  const command = printed(example)
    .replace('http://{SERVER}:8000', app.url)
    .replace('{AUTH_TOKEN}', known.session)
    .replace('{ACCOUNT_ID}', account.id)
    .replace('{CHILD_ID}', branch.child.id)
    .replace('{ACCOUNT_ID_DESTINATION}', branch.to.id)
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', command])
  const status = /^< HTTP\/1\.1 (\d+)/m.exec(stderr)?.[1]
  assert.is(status, example.status, `${command}\n${stdout}`)
  const body = objectFrom(JSON.parse(stdout))
  assert.is(body.status, status?.startsWith('2') ? 'success' : 'error')
  assert.is(body.auth_token, known.session)
  example.check(body, branch)
}

for (const [title, examples] of [
  ['both documents', reads],
  ['both documents', actions],
  ['the guide', guide],
  ['the reference, which prints no body', withoutBody],
] as const) {
  for (const example of examples) {
    test(`the example ${example.method} /v2/accounts${example.path} of ${title} works`, () =>
      run(example))
  }
}

test.run()
