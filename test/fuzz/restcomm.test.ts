import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { RawReply } from '../support/raw-reply.ts'
import { basic, createAccount } from '../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../support/start-app.ts'
import { type AccountFacts, accountsIn } from './answers.ts'
import { assertNothingSent } from './nothing-sent.ts'
import { type RawClient, rawClient } from './raw-client.ts'
import { type FuzzLogin, type FuzzRequest, fuzzRequest } from './requests.ts'
import type { Segment } from './targets.ts'

const requestCount = 10_000
const writerCount = 8

/** An account whose children are changed by one client alone, so that it knows how they must be. */
type Writer = {
  readonly client: RawClient
  readonly login: Login
  /** The children as the last accepted write left them, by SID in the order of creation. */
  readonly children: Map<string, AccountFacts>
  /** What was last accepted as the password of a child, where the client knows. */
  readonly passwords: Map<string, string>
  /** Those that were made of the children. */
  readonly webhooks: { readonly sid: string; readonly owner: string }[]
}

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

test('whatever is sent gets a readable answer that is no fault of the server, and nothing but accepted writes counts', async () => {
  const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)
  console.log(`FUZZ_SEED=${seed}`)
  const requests = fc.sample(fuzzRequest, { seed, numRuns: requestCount })
  const writers = await Promise.all(Array.from({ length: writerCount }, makeWriter))
  const statuses = new Map<number, number>()
  await Promise.all(
    writers.map(async (writer, first) => {
      for (let index = first; index < requests.length; index += writerCount) {
        const request = requests[index]
        if (request !== undefined) {
          const { status } = await sendAndCheck(writer, request)
          statuses.set(status, (statuses.get(status) ?? 0) + 1)
        }
      }
    }),
  )
  assertVaried(statuses)
  const made = writers.reduce((sum, { webhooks }) => sum + webhooks.length, 0)
  assert.ok(made > 50, `only ${made} webhooks were made`)
  assertNothingSent(app.folder)
  for (const writer of writers) {
    await assertAsWritten(writer)
  }
  await assertListsReadable(writers)
  assertLogInnocent(writers)
})

async function makeWriter(): Promise<Writer> {
  const login = await createAccount(app, app.root)
  return {
    client: rawClient(app.url),
    login,
    children: new Map(),
    passwords: new Map(),
    webhooks: [],
  }
}

async function sendAndCheck(writer: Writer, request: FuzzRequest): Promise<RawReply> {
  try {
    const reply = await writer.client.exchange(bytesOf(writer, request), request.method)
    assert.ok(reply.status < 500, `${reply.status} ${reply.text}`)
    const [account, ...more] = accountsIn(reply)
    if (reply.status === 200 && account !== undefined && /^(PUT|POST)$/.test(request.method)) {
      assert.equal(more, [])
      noteWritten(writer, account, request.body?.meant)
    }
    noteWebhook(writer, reply)
    return reply
  } catch (cause) {
    throw new Error(`${cause} at ${JSON.stringify(request)}`, { cause })
  }
}

/** A secret is shown when one is made, and when it is given another. */
function noteWebhook({ webhooks }: Writer, { text }: RawReply): void {
  const [sid] = /\bWH[0-9a-f]{32}\b/.exec(text) ?? []
  const [owner] = /\bAC[0-9a-f]{32}\b/.exec(text) ?? []
  if (text.includes('whsec_') && sid !== undefined && owner !== undefined) {
    webhooks.push({ sid, owner })
  }
}

function bytesOf(writer: Writer, { method, target, headers, login, body, isChunked }: FuzzRequest) {
  const path = target.segments.map((segment) => `/${pathPart(writer, segment)}`).join('')
  const url = `${target.prefix}${path}${target.query}`
  const bytes = body?.bytes ?? ''
  const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${bytes.length}`
  const chunks =
    bytes === '' ? '0\r\n\r\n' : `${bytes.length.toString(16)}\r\n${bytes}\r\n0\r\n\r\n`
  const lines = [
    `${method} ${url === '' ? '/' : url} HTTP/1.1`,
    'Host: localhost',
    ...authorization(writer, login),
    ...headers,
    ...(body === undefined ? [] : [framing]),
  ]
  const sent = body === undefined ? '' : isChunked ? chunks : bytes
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${sent}`, 'latin1')
}

function pathPart(writer: Writer, segment: Segment): string {
  if (typeof segment === 'string') {
    return segment
  }
  const webhook = writer.webhooks.at(-1 - (segment.index % Math.max(1, writer.webhooks.length)))
  const { Sid = `AC${'1'.repeat(32)}`, EmailAddress = '' } = childAt(writer, segment.index) ?? {}
  switch (segment.as) {
    case 'sid':
      return Sid
    case 'email':
      return encodeURIComponent(EmailAddress)
    case 'json':
      return `${Sid}.json`
    case 'webhook':
      return webhook?.sid ?? `WH${'1'.repeat(32)}`
    case 'webhookOwner':
      return webhook?.owner ?? Sid
  }
}

function childAt({ children }: Writer, index: number): AccountFacts | undefined {
  return [...children.values()][index % Math.max(1, children.size)]
}

function authorization(writer: Writer, login: FuzzLogin): readonly string[] {
  const of = (name: string, secret: string) => [`Authorization: ${basic(name, secret)}`]
  switch (login.kind) {
    case 'own':
      return of(writer.login.sid, writer.login.token)
    case 'root':
      return of(app.root.sid, app.root.token)
    case 'child': {
      const { Sid = '', AuthToken = '' } = childAt(writer, login.index) ?? {}
      return of(Sid, AuthToken)
    }
    case 'wrongToken':
      return of(writer.login.sid, '0'.repeat(32))
    case 'wrongPassword':
      return of(writer.login.email, 'not the password')
    case 'header':
      return [`Authorization: ${login.value}`]
    case 'none':
      return []
  }
}

/** Checks an accepted write against what was meant and what was there before. */
function noteWritten(
  { children, passwords }: Writer,
  account: AccountFacts,
  meant: Readonly<Record<string, string>> | undefined,
): void {
  const sid = account.Sid ?? ''
  const before = children.get(sid)
  children.set(sid, account)
  passwords.delete(sid)
  if (meant === undefined) {
    return
  }
  const { FriendlyName = '', Status = '', Role = '', Password } = meant
  const becomesActive = before?.Status === 'uninitialized' && Password !== undefined
  const status = becomesActive && !/^closed$/i.test(Status) ? 'active' : Status.toLowerCase()
  assert.is(
    account.FriendlyName,
    FriendlyName.toWellFormed() || before?.FriendlyName || nameFrom(account),
  )
  assert.is(account.Status, status || before?.Status || 'active')
  assert.is(account.Role, Role || before?.Role || 'Administrator')
  assert.is(account.DateCreated, before?.DateCreated ?? account.DateCreated)
  assert.is(account.AuthToken === before?.AuthToken, before !== undefined && Password === undefined)
  if (Password !== undefined) {
    passwords.set(sid, Password)
  }
}

/** A name that was left out is the e-mail as far as it fits. */
function nameFrom({ EmailAddress = '' }: AccountFacts): string {
  return [...EmailAddress].slice(0, 64).join('')
}

/** So that a change of the generator cannot turn the test into one that is refused at the door. */
function assertVaried(statuses: ReadonlyMap<number, number>): void {
  const counts = JSON.stringify([...statuses].sort())
  assert.ok((statuses.get(200) ?? 0) > requestCount / 10, counts)
  for (const status of [400, 401, 403, 404, 405, 406, 413, 414, 415]) {
    assert.ok((statuses.get(status) ?? 0) > 0, `none was answered ${status}: ${counts}`)
  }
}

async function assertAsWritten(writer: Writer): Promise<void> {
  const expected = [...writer.children.values()]
  assert.ok(expected.length > 20, `only ${expected.length} accounts were made`)
  for (const path of ['/Accounts', '/Accounts.json']) {
    assert.equal(bySid(await listOf(writer.client, writer.login, path)), bySid(expected))
  }
  const active = expected.filter(({ Status, Sid = '' }) => {
    return Status === 'active' && writer.passwords.has(Sid)
  })
  for (const { Sid = '' } of active.slice(0, 20)) {
    const password = writer.passwords.get(Sid) ?? ''
    const reply = await get(writer.client, { sid: Sid, token: password }, '/Accounts')
    assert.is.not(reply.status, 401, `the password ${JSON.stringify(password)} of ${Sid}`)
  }
  writer.client.close()
}

/** One character that no parser takes would make the list of everyone unreadable. */
async function assertListsReadable(writers: readonly Writer[]): Promise<void> {
  const client = rawClient(app.url)
  const [root] = accountsIn(await get(client, app.root, `/Accounts/${app.root.sid}`))
  const written = writers.flatMap(({ children }) => [...children.keys()])
  for (const path of ['/Accounts', '/Accounts.json']) {
    const all = await listOf(client, app.root, `${path}?OrganizationSid=${root?.organization}`)
    const sids = new Set(all.map(({ Sid }) => Sid))
    assert.ok(written.every((sid) => sids.has(sid)))
    assert.is(sids.size, 1 + writers.length + written.length)
  }
  for (const path of ['/Organizations', '/Organizations.json']) {
    const reply = await get(client, app.root, path)
    assert.is(reply.status, 200)
    assert.equal(accountsIn(reply), [])
    assert.match(reply.text, 'Org-')
  }
  client.close()
}

/** What a client sends is its own affair: no fault of ours, and no secret in any form. */
function assertLogInnocent(writers: readonly Writer[]): void {
  const log = app.log()
  assert.not.match(log, 'through a fault of the server')
  assert.not.match(log, 'rawPacket')
  for (const { login } of writers) {
    assert.not.ok(log.includes(login.token))
  }
}

async function listOf(
  client: RawClient,
  login: Pick<Login, 'sid' | 'token'>,
  path: string,
): Promise<readonly AccountFacts[]> {
  const reply = await get(client, login, path)
  assert.is(reply.status, 200)
  return accountsIn(reply)
}

function get(client: RawClient, { sid, token }: Pick<Login, 'sid' | 'token'>, path: string) {
  const lines = [
    `GET /2012-04-24${path} HTTP/1.1`,
    'Host: localhost',
    `Authorization: ${basic(sid, token)}`,
  ]
  return client.exchange(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), 'GET')
}

function bySid(accounts: readonly AccountFacts[]): readonly AccountFacts[] {
  return accounts.toSorted((one, other) => ((one.Sid ?? '') < (other.Sid ?? '') ? -1 : 1))
}

test.run()
