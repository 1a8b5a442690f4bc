import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  ask,
  type Document,
  type Json,
  type Member,
  member,
  objectFrom,
  session,
} from '../../support/crossbar.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'
import { type Callflow, callflowsOf, madeCallflow } from '../../support/stored-callflows.ts'

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

/** The account of the example, and a callflow that it has. */
type Given = { readonly account: Member; readonly callflow: Callflow }

type Example = {
  readonly title: string
  /** As the document prints it, word for word. */
  readonly command: string
  readonly status: string
  readonly check: (body: Document, given: Given) => void | Promise<void>
}

const document: Document = {
  name: 'Main line',
  patterns: ['^9(.*)$'],
  flow: { module: 'menu', data: { id: 'm' }, children: { _: { module: 'play', data: {} } } },
  metaflow: { binding_digit: '*', numbers: { '2': { module: 'hangup', children: {} } } },
  featurecode: { name: 'park', number: '3' },
}

function needsNumbers(body: Document): void {
  assert.is(body.message, 'validation error')
  assert.equal(Object.keys(objectFrom(body.data)), ['numbers'])
  assert.equal(Object.keys(objectFrom(objectFrom(body.data).numbers)), ['required'])
}

function unchanged({ data }: Document, { callflow }: Given): void {
  assert.equal(data, callflow)
}

function listed({ data, ...envelope }: Document, { callflow }: Given): void {
  const items: readonly Json[] = Array.isArray(data) ? data : []
  const { id, numbers, name = '', patterns = [], featurecode = false } = callflow
  const modules = ['menu', 'play']
  assert.equal(items, [{ id, name, numbers, patterns, featurecode, modules, flags: [] }])
  assert.is(envelope.page_size, 1)
  assert.is(envelope.start_key, '')
}

async function gone(body: Document, given: Given): Promise<void> {
  unchanged(body, given)
  const path = callflowsOf(given.account, given.callflow.id)
  assert.is((await ask(app, app.root, 'GET', path)).status, 404)
}

const examples: readonly Example[] = [
  {
    title: 'Fetch of all',
    command: `curl -v -X GET \\
    -H "X-Auth-Token: {AUTH_TOKEN}" \\
    http://{SERVER}:8000/v2/accounts/{ACCOUNT_ID}/callflows`,
    status: '200',
    check: listed,
  },
  {
    title: 'Create, which prints no body',
    command: `curl -v -X PUT \\
    -H "X-Auth-Token: {AUTH_TOKEN}" \\
    http://{SERVER}:8000/v2/accounts/{ACCOUNT_ID}/callflows`,
    status: '400',
    check: needsNumbers,
  },
  {
    title: 'Fetch of one',
    command: `curl -v -X GET \\
    -H "X-Auth-Token: {AUTH_TOKEN}" \\
    http://{SERVER}:8000/v2/accounts/{ACCOUNT_ID}/callflows/{CALLFLOW_ID}`,
    status: '200',
    check: unchanged,
  },
  {
    title: 'Change, which prints no body',
    command: `curl -v -X POST \\
    -H "X-Auth-Token: {AUTH_TOKEN}" \\
    http://{SERVER}:8000/v2/accounts/{ACCOUNT_ID}/callflows/{CALLFLOW_ID}`,
    status: '400',
    check: needsNumbers,
  },
  {
    title: 'Patch, which prints no body',
    command: `curl -v -X PATCH \\
    -H "X-Auth-Token: {AUTH_TOKEN}" \\
    http://{SERVER}:8000/v2/accounts/{ACCOUNT_ID}/callflows/{CALLFLOW_ID}`,
    status: '200',
    check: unchanged,
  },
  {
    title: 'Remove',
    command: `curl -v -X DELETE \\
    -H "X-Auth-Token: {AUTH_TOKEN}" \\
    http://{SERVER}:8000/v2/accounts/{ACCOUNT_ID}/callflows/{CALLFLOW_ID}`,
    status: '200',
    check: gone,
  },
]

/** The same commands with a body, as anyone who follows the document would complete them. */
const completed: readonly Example[] = [
  {
    title: 'Create, with a body',
    command: withBody('PUT', '', { numbers: ['2001'], flow: { module: 'play', data: {} } }),
    status: '201',
    check: ({ data }) => assert.equal(objectFrom(data).numbers, ['2001']),
  },
  {
    title: 'Change, with a body',
    command: withBody('POST', '/{CALLFLOW_ID}', { numbers: ['2002'] }),
    status: '200',
    check({ data }, { callflow: { id } }) {
      assert.equal(data, { numbers: ['2002'], patterns: [], id, metadata: {} })
    },
  },
  {
    title: 'Patch, with a body',
    command: withBody('PATCH', '/{CALLFLOW_ID}', { name: 'Other' }),
    status: '200',
    check: ({ data }, { callflow }) => assert.equal(data, { ...callflow, name: 'Other' }),
  },
]

function withBody(method: string, rest: string, data: Document): string {
  return `curl -v -X ${method} \\
    -H "X-Auth-Token: {AUTH_TOKEN}" \\
    -d '${JSON.stringify({ data })}' \\
    http://{SERVER}:8000/v2/accounts/{ACCOUNT_ID}/callflows${rest}`
}

async function run({ command, status, check }: Example): Promise<void> {
  const account = await member(app, app.root)
  const callflow = await madeCallflow(app, account, document)
  const known = await session(app, app.root.token)
  const filled = command
    .replace('http://{SERVER}:8000', app.url)
    .replace('{AUTH_TOKEN}', known.session)
    .replace('{ACCOUNT_ID}', account.id)
    .replace('{CALLFLOW_ID}', callflow.id)
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', filled])
  assert.is(/^< HTTP\/1\.1 (\d+)/m.exec(stderr)?.[1], status, `${filled}\n${stdout}`)
  const body = objectFrom(JSON.parse(stdout))
  assert.is(body.status, status.startsWith('2') ? 'success' : 'error')
  assert.is(body.auth_token, known.session)
  await check(body, { account, callflow })
}

for (const example of [...examples, ...completed]) {
  test(`the example ${example.title} works`, () => run(example))
}

test.run()
