import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  ask,
  type Document,
  idOf,
  type Member,
  member,
  objectFrom,
  session,
} from '../support/crossbar.ts'
import { basic } from '../support/restcomm.ts'
import { startApp, type TestApp } from '../support/start-app.ts'
import { type CrossbarRequest, crossbarRequest, type Segment } from './crossbar-requests.ts'
import { assertNothingSent } from './nothing-sent.ts'

const requestCount = 10_000
const clientCount = 8

const tokens = new Set([
  ...['validation error', 'invalid_request', 'invalid_credentials', 'forbidden', 'bad_identifier'],
  ...['not_found', 'invalid_method', 'datastore_conflict', 'precondition_failed'],
  ...['request_too_large', 'locked', 'too_many_requests', 'account_has_descendants'],
  ...['invalid_content_type', 'not_acceptable'],
  ...['account_not_closed', 'closed_above', 'quota_reached'],
])

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

/** One who asks, with an account of its own and the ids of those it has made. */
type Client = {
  readonly agent: Agent
  readonly account: Member
  /** Opened again when a request has ended it. */
  session: string
  readonly ids: string[]
  readonly callflows: Owned[]
  readonly webhooks: Owned[]
}

type Owned = { readonly id: string; readonly owner: string }

type Reply = { readonly status: number; readonly type: string; readonly body: string }

test('whatever is sent gets an answer in the form of the dialect, and is no fault of the server', async () => {
  const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)
  console.log(`FUZZ_SEED=${seed}`)
  const requests = fc.sample(crossbarRequest, { seed, numRuns: requestCount })
  const clients = await Promise.all(Array.from({ length: clientCount }, newClient))
  const statuses = new Map<number, number>()
  const [ofCallflows, ofWebhooks] = [new Map<number, number>(), new Map<number, number>()]
  const subjects = new Map<unknown, Map<number, number>>([
    ['callflows', ofCallflows],
    ['webhooks', ofWebhooks],
  ])
  await Promise.all(
    clients.map(async (client, first) => {
      for (let index = first; index < requests.length; index += clientCount) {
        const asked = requests[index]
        if (asked !== undefined) {
          const status = await sendAndCheck(client, asked)
          for (const counts of [statuses, subjects.get(asked.segments[2])]) {
            counts?.set(status, (counts.get(status) ?? 0) + 1)
          }
        }
      }
    }),
  )
  assertVaried(statuses, [200, 201, 400, 401, 403, 404, 405, 409, 412, 415])
  assertVaried(ofCallflows, [200, 201, 400, 401, 403, 404, 405, 412])
  assertVaried(ofWebhooks, [200, 201, 400, 401, 403, 404, 405])
  const shareOfCallflows = [...ofCallflows.values()].reduce((sum, count) => sum + count, 0)
  assert.ok(shareOfCallflows > requestCount / 4, `${shareOfCallflows} were about callflows`)
  await assertTreeWhole()
  await assertNumbersUnique(clients)
  assertNothingSent(app.folder)
  assert.not.match(app.log(), 'through a fault of the server')
  for (const { agent, account, session: token } of clients) {
    assert.not.ok(app.log().includes(account.token))
    assert.not.ok(app.log().includes(token))
    agent.destroy()
  }
})

async function newClient(): Promise<Client> {
  const account = await member(app, app.root)
  const opened = await session(app, app.root.token)
  const made = { callflows: [], webhooks: [] }
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return { agent, account, session: opened.session, ids: [account.id], ...made }
}

async function sendAndCheck(client: Client, asked: CrossbarRequest): Promise<number> {
  try {
    const reply = await exchange(client, asked)
    if (asked.login === 'session' && reply.status === 401) {
      client.session = (await session(app, app.root.token)).session
    }
    assert.ok(reply.status < 500, `${reply.status} ${reply.body}`)
    if (reply.status === 200 && asked.segments.at(-1) === 'graph') {
      assert.is(reply.type, 'text/vnd.graphviz')
      assert.match(reply.body, /^digraph /)
    } else if (reply.body !== '') {
      const body = objectFrom(JSON.parse(reply.body))
      assert.is(reply.type, 'application/json')
      checkEnvelope(reply.status, body)
      noteMade(client, asked, reply.status, body)
    }
    return reply.status
  } catch (cause) {
    throw new Error(`${cause} at ${JSON.stringify(asked).slice(0, 2000)}`, { cause })
  }
}

function checkEnvelope(status: number, body: Document): void {
  const isError = status >= 400
  assert.is(body.status, isError ? 'error' : 'success')
  assert.type(body.request_id, 'string')
  if (isError) {
    assert.is(body.error, String(status))
    assert.ok(tokens.has(String(body.message)), String(body.message))
    assert.type(body.data, 'object')
  } else {
    assert.type(body.revision, 'string')
  }
}

function noteMade(
  client: Client,
  { segments }: CrossbarRequest,
  status: number,
  body: Document,
): void {
  const { id, realm } = objectFrom(body.data)
  const [, owner] = segments
  if (status !== 201 || typeof id !== 'string') {
    return
  }
  const [, , list] = segments
  if ((list === 'callflows' || list === 'webhooks') && owner !== undefined) {
    client[list].push({ id, owner: pathPart(client, owner) })
  } else if (typeof realm === 'string') {
    client.ids.push(id)
  }
}

function pathPart({ ids, callflows, webhooks }: Client, segment: Segment): string {
  if (typeof segment === 'string') {
    return segment
  }
  const [anyId = ''] = ids
  if ('account' in segment) {
    return ids[segment.account % ids.length] ?? anyId
  }
  if ('webhook' in segment) {
    return latest(webhooks, segment.webhook, anyId).id
  }
  if ('webhookOwner' in segment) {
    return latest(webhooks, segment.webhookOwner, anyId).owner
  }
  return 'callflow' in segment
    ? latest(callflows, segment.callflow, anyId).id
    : latest(callflows, segment.ownerOf, anyId).owner
}

/** One of the latest, as many of the others went with their accounts. */
function latest(made: readonly Owned[], index: number, owner: string): Owned {
  return (
    made.at(-1 - (index % Math.max(1, Math.min(made.length, 12)))) ?? { id: '0'.repeat(32), owner }
  )
}

function exchange(client: Client, asked: CrossbarRequest): Promise<Reply> {
  const path = asked.segments.map((segment) => pathPart(client, segment))
  const url = `/v2/${path.join('/')}${asked.query === '' ? '' : `?${asked.query}`}`
  const bytes = asked.body === undefined ? undefined : Buffer.from(asked.body)
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${app.url}`,
      {
        path: url.replace(/[^\x21-\x7e]/g, ''),
        method: asked.method,
        agent: client.agent,
        headers: {
          ...asked.headers,
          ...credentials(client, asked.login),
          ...(bytes && { 'Content-Length': bytes.length }),
        },
      },
      (incoming) => {
        const { statusCode = 0, headers } = incoming
        text(incoming).then(
          (body) => resolve({ status: statusCode, type: headers['content-type'] ?? '', body }),
          reject,
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end(bytes)
  })
}

function credentials(client: Client, login: CrossbarRequest['login']): Record<string, string> {
  switch (login) {
    case 'root':
      return { Authorization: basic(app.root.sid, app.root.token) }
    case 'session':
      return { 'X-Auth-Token': client.session }
    case 'own':
      return { Authorization: basic(client.account.id, client.account.token) }
    case 'wrong':
      return { 'X-Auth-Token': 'a.b.c' }
    case 'none':
      return {}
  }
}

/** So that a change of the generator cannot turn the test into one that is refused at the door. */
function assertVaried(statuses: ReadonlyMap<number, number>, expected: readonly number[]): void {
  const counts = JSON.stringify([...statuses].sort())
  console.log(counts)
  for (const status of expected) {
    assert.ok((statuses.get(status) ?? 0) > 0, `none was answered ${status}: ${counts}`)
  }
}

/** All that is left can be read in one list, each with the way to it, and is counted rightly. */
async function assertTreeWhole(): Promise<void> {
  const path = `/accounts/${idOf(app.root.sid)}/descendants?paginate=false`
  const { list, status } = await ask(app, app.root, 'GET', path)
  assert.is(status, 200)
  const ids = new Set([idOf(app.root.sid), ...list.map(({ id }) => String(id))])
  for (const { tree } of list) {
    assert.ok(Array.isArray(tree) && tree.every((id) => ids.has(String(id))))
  }
  const root = await app.store.findRoot()
  assert.is(root?.descendantsCount, list.length)
}

/** Whatever was made, changed and deleted, a number is in one callflow of an account, and all can be read. */
async function assertNumbersUnique(clients: readonly Client[]): Promise<void> {
  const owners = new Set(clients.flatMap(({ callflows }) => callflows.map(({ owner }) => owner)))
  let read = 0
  for (const owner of owners) {
    const path = `/accounts/${owner}/callflows?paginate=false`
    const { list, status } = await ask(app, app.root, 'GET', path)
    assert.ok([200, 404].includes(status))
    for (const key of ['numbers', 'patterns'] as const) {
      const each = list.map((item) => [...new Set(Object.values(Object(item[key])))])
      assert.is(new Set(each.flat()).size, each.flat().length)
    }
    read += list.length
  }
  assert.ok(read > 100, `only ${read} callflows are left`)
}

test.run()
