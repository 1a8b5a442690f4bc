import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { objectFrom } from '../support/crossbar.ts'
import type { RawReply } from '../support/raw-reply.ts'
import { basic } from '../support/restcomm.ts'
import { startApp, type TestApp } from '../support/start-app.ts'
import { createKey, createSubaccount, pageOf, send } from '../support/twilio.ts'
import { usedSecret } from '../support/used-secrets.ts'
import { type RawClient, rawClient } from './raw-client.ts'
import { type TwilioRequest, type TwilioSegment, twilioRequest } from './twilio-requests.ts'

const requestCount = 10_000
const clientCount = 8

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

/** One who asks, with an account of its own, a key of that, and the SIDs of what it has made. */
type Client = {
  readonly connection: RawClient
  readonly sid: string
  token: string
  readonly key: { readonly sid: string; readonly token: string }
  readonly accounts: string[]
  readonly keys: string[]
}

test('whatever is sent gets an answer in JSON, and is no fault of the server', async () => {
  const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)
  console.log(`FUZZ_SEED=${seed}`)
  const requests = fc.sample(twilioRequest, { seed, numRuns: requestCount })
  const clients = await Promise.all(Array.from({ length: clientCount }, newClient))
  const statuses = new Map<number, number>()
  await Promise.all(
    clients.map(async (client, first) => {
      for (let index = first; index < requests.length; index += clientCount) {
        const asked = requests[index]
        if (asked !== undefined) {
          const status = await sendAndCheck(client, asked)
          statuses.set(status, (statuses.get(status) ?? 0) + 1)
        }
      }
    }),
  )
  const counts = JSON.stringify([...statuses].sort())
  console.log(counts)
  for (const status of [200, 201, 204, 400, 401, 403, 404, 405]) {
    assert.ok((statuses.get(status) ?? 0) > 0, `none was answered ${status}: ${counts}`)
  }
  assert.not.match(app.log(), 'through a fault of the server')
  for (const client of clients) {
    client.connection.close()
    const page = pageOf(await send(app, client, 'GET', '/Accounts.json?PageSize=1000'))
    const listed = page.accounts?.map(({ sid }) => sid) ?? []
    assert.equal(
      client.accounts.filter((sid) => !listed.includes(sid)),
      [],
    )
  }
})

async function newClient(): Promise<Client> {
  const { sid, token } = await createSubaccount(app, app.root)
  const key = await createKey(app, { sid, token })
  const connection = rawClient(app.url)
  return { connection, sid, token, key, accounts: [sid], keys: [] }
}

async function sendAndCheck(client: Client, asked: TwilioRequest): Promise<number> {
  try {
    const reply = await client.connection.exchange(bytesOf(client, asked), asked.method)
    assert.ok(reply.status < 500, `${reply.status} ${reply.text}`)
    if (reply.text !== '' && isOfDialect(asked)) {
      checkBody(client, asked, reply)
    }
    return reply.status
  } catch (cause) {
    throw new Error(`${cause} at ${JSON.stringify(asked).slice(0, 2000)}`, { cause })
  }
}

/** Outside of it the server answers in words of its own. */
function isOfDialect({ segments: [base] }: TwilioRequest): boolean {
  return typeof base === 'string' && /^(\/restcomm)?\/(2010-04-01|v1\/AuthTokens)$/.test(base)
}

function checkBody(client: Client, asked: TwilioRequest, reply: RawReply): void {
  assert.is(reply.headers.get('content-type'), 'application/json')
  const body = objectFrom(JSON.parse(reply.text))
  if (reply.status >= 400) {
    assert.equal(Object.keys(body), ['code', 'message', 'more_info', 'status'])
    assert.is(body.status, reply.status)
    assert.is(body.more_info, `/docs/errors/${body.code}`)
    return
  }
  const { sid } = body
  if (reply.status === 201 && asked.login !== 'root' && typeof sid === 'string') {
    const list = sid.startsWith('AC') ? client.accounts : client.keys
    list.push(...(list.includes(sid) ? [] : [sid]))
  }
  if (asked.segments[1] === 'Promote' && typeof body.auth_token === 'string') {
    client.token = usedSecret(body.auth_token)
  }
}

function bytesOf(client: Client, { login, method, segments, ...asked }: TwilioRequest): Buffer {
  // Whom the root suspends or closes could ask for nothing more, so it is kept to what the client has made.
  const reached = login === 'root' ? { ...client, accounts: client.accounts.slice(1) } : client
  const path = segments.map((segment) => pathPart(reached, segment)).join('/')
  // A token of the root that is promoted would end the others' requests.
  const who = login === 'root' && path.includes('AuthTokens') ? 'own' : login
  const target = `${path}${asked.query === '' ? '' : `?${asked.query.replace(/^\?/, '')}`}`
  const body = Buffer.from(asked.body?.bytes ?? '', 'latin1')
  const lines = [
    `${method} ${target.startsWith('/') ? target : `/${target}`} HTTP/1.1`,
    ...['Host: x', ...credentials(client, who), ...asked.headers],
    ...(asked.body === undefined ? [] : [`Content-Length: ${body.length}`]),
  ].map((line) => Buffer.from(line.replace(/[\r\n\0]/g, '')))
  const end = Buffer.from('\r\n')
  return Buffer.concat([...lines.flatMap((line) => [line, end]), end, body])
}

function pathPart({ accounts, keys }: Client, segment: TwilioSegment): string {
  if (typeof segment === 'string') {
    return segment
  }
  const [made, at] = 'account' in segment ? [accounts, segment.account] : [keys, segment.key]
  // The latest, since keys are deleted and accounts closed; the first is the client's own.
  const recent = at === 0 ? made.slice(0, 1) : made.slice(-6)
  return `${recent[at % Math.max(1, recent.length)] ?? 'SK'}${segment.suffix}`
}

function credentials(
  { sid, token, key }: Client,
  login: TwilioRequest['login'],
): readonly string[] {
  switch (login) {
    case 'own':
      return [`Authorization: ${basic(sid, token)}`]
    case 'root':
      return [`Authorization: ${basic(app.root.sid, app.root.token)}`]
    case 'key':
      return [`Authorization: ${basic(key.sid, key.token)}`]
    case 'wrong':
      return [`Authorization: ${basic(sid, 'f'.repeat(32))}`]
    case 'none':
      return []
  }
}

test.run()
