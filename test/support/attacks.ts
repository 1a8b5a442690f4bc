import { connect } from 'node:net'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import Database from 'better-sqlite3'
import * as assert from 'uvu/assert'
import { type Document, freshName, idOf } from './crossbar.ts'
import { basic, createAccount, freshEmail } from './restcomm.ts'
import type { Login, TestApp } from './start-app.ts'
import { madeCallflow } from './stored-callflows.ts'
import { createKey, type KeyLogin } from './twilio.ts'
import { assertWellFormed } from './well-formed.ts'

/** An operation as `/openapi.json` tells of it. */
export type Operation = {
  readonly method: string
  /** With its parameters in braces. */
  readonly path: string
  readonly dialect: 'Restcomm' | 'Twilio' | 'Crossbar'
  readonly query: readonly string[]
  /** Undefined when it takes no form. */
  readonly form: readonly string[] | undefined
  readonly takesJson: boolean
  /** Whether nobody has to prove who asks. */
  readonly isOpen: boolean
}

type Described = {
  readonly tags: readonly [Operation['dialect']]
  readonly security?: readonly unknown[]
  readonly parameters: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: {
    readonly content: Readonly<
      Record<string, { readonly schema: { readonly properties?: Document } }>
    >
  }
}

/** Every operation that the server says it has. */
export async function operationsOf(app: Pick<TestApp, 'url'>): Promise<readonly Operation[]> {
  const response = await fetch(`${app.url}/openapi.json`)
  // The document is proved by its own tests.
  const { paths } = (await response.json()) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
  }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => {
      const { content } = described.requestBody ?? {}
      const form = content?.['application/x-www-form-urlencoded']?.schema.properties
      return {
        method: method.toUpperCase(),
        path,
        dialect: described.tags[0],
        query: described.parameters.filter((each) => each.in === 'query').map(({ name }) => name),
        form: form && Object.keys(form),
        takesJson: content?.['application/json'] !== undefined,
        isOpen: described.security?.length === 0,
      }
    }),
  )
}

/** Someone with everything that an account may have, whom others are after. */
export type Holder = Login & {
  readonly name: string
  readonly child: Login
  readonly key: KeyLogin
  readonly callflow: string
}

export async function holder(app: TestApp): Promise<Holder> {
  const name = freshName()
  const parameters = { FriendlyName: name, EmailAddress: freshEmail() }
  const login = await createAccount(app, app.root, parameters)
  return {
    ...login,
    name,
    child: await createAccount(app, login),
    key: await createKey(app, login),
    callflow: (await madeCallflow(app, login)).id,
  }
}

/** The path with the account, key and callflow of somebody, as the dialect writes them. */
export function pathWith(
  { path, dialect }: Operation,
  { sid, key, callflow }: { readonly sid: string; readonly key: string; readonly callflow: string },
): string {
  const id = dialect === 'Crossbar' ? idOf(sid) : sid
  return path.replace('{id}', id).replace('{key}', key).replace('{callflow}', callflow)
}

export type Knock = {
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly form?: Readonly<Record<string, string>>
  readonly data?: Document
}

export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Sends any request of any dialect. */
export async function knock(
  app: Pick<TestApp, 'url'>,
  who: Pick<Login, 'sid' | 'token'> | undefined,
  method: string,
  path: string,
  { headers, query, form, data }: Knock = {},
): Promise<Answer> {
  const body =
    form === undefined ? data && JSON.stringify({ data }) : String(new URLSearchParams(form))
  const type = form === undefined ? 'application/json' : 'application/x-www-form-urlencoded'
  const search = query === undefined ? '' : `?${new URLSearchParams(query)}`
  const response = await fetch(`${app.url}${path}${search}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(who && { Authorization: basic(who.sid, who.token) }),
      ...(body !== undefined && { 'Content-Type': type }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  })
  const text = await response.text()
  assertWellFormed(response.headers, text)
  return { status: response.status, headers: response.headers, text }
}

/** All of an answer that may not tell anything: what is of this request alone is left out. */
export function tellable({ status, headers, text }: Answer) {
  const id = headers.get('x-request-id') ?? 'no request id'
  const ownHeaders = ['date', 'x-request-id']
  return {
    status,
    headers: [...headers].filter(([name]) => !ownHeaders.includes(name)),
    text: text.replaceAll(id, ''),
  }
}

/** Bytes as they are, and all that comes back until the server closes. */
export async function rawAnswer(
  app: Pick<TestApp, 'url'>,
  bytes: string | Buffer,
): Promise<string> {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1')
  // What the server cuts off shows in what came back.
  socket.on('error', () => {})
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  return textOf(socket)
}

/** The statuses of all answers that came back over one connection. */
export function statusesIn(answers: string): readonly number[] {
  return [...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
}

const tables = ['accounts', 'organizations', 'callflows', 'api_keys', 'sessions'] as const

type Row = Readonly<Record<string, unknown>>

/** What is stored, or what is stored of these accounts, but for the audit and the last use of keys. */
export function stored(
  app: Pick<TestApp, 'folder'>,
  sids?: readonly string[],
): Readonly<Record<string, readonly Row[]>> {
  const database = new Database(join(app.folder, 'strowger.db'), { readonly: true })
  const isAsked = ({ sid, account_sid = sid }: Row) => sids?.includes(String(account_sid)) ?? true
  try {
    const rows = tables.map((table) => {
      const all = database.prepare<[], Row>(`SELECT * FROM ${table}`).all().filter(isAsked)
      return [table, all.map(({ last_used_at: _, ...row }) => row)] as const
    })
    return Object.fromEntries(rows)
  } finally {
    database.close()
  }
}

/** That nothing was stored, changed or removed while `attack` ran. */
export async function assertNothingDone(
  app: Pick<TestApp, 'folder'>,
  attack: () => Promise<void>,
): Promise<void> {
  const before = stored(app)
  await attack()
  assert.equal(stored(app), before)
}
