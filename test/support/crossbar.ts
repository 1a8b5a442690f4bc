import { createHash } from 'node:crypto'
import { basic } from './restcomm.ts'
import type { TestApp } from './start-app.ts'
import { usedSecret } from './used-secrets.ts'

export type Json = string | number | boolean | null | readonly Json[] | Document
export type Document = { readonly [key: string]: Json }

/** An answer of the Crossbar dialect, its body read as JSON; an empty body is an empty envelope. */
export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: Document
  /** `data` of the body where it is an object; otherwise empty. */
  readonly data: Document
  /** `data` of the body where it is a list; otherwise empty. */
  readonly list: readonly Document[]
}

/** Who asks: by Basic, which every route takes, or by a session's token. */
export type Asker =
  | { readonly sid: string; readonly token: string }
  | { readonly session: string }
  | undefined

export type Asked = {
  readonly data?: Json | undefined
  /** The body as it goes out, in place of an envelope around `data`. */
  readonly raw?: string | Uint8Array<ArrayBuffer>
  readonly headers?: Readonly<Record<string, string>>
}

type Place = Pick<TestApp, 'url'>

/** Sends a request below `/v2` as a client would. */
export async function ask(
  app: Place,
  asker: Asker,
  method: string,
  path: string,
  { data, raw, headers = {} }: Asked = {},
): Promise<Answer> {
  const body = raw ?? (data === undefined ? undefined : JSON.stringify({ data }))
  const response = await fetch(`${app.url}/v2${path}`, {
    method,
    headers: {
      ...credentials(asker),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  })
  const text = await response.text()
  const answer = text === '' ? {} : objectFrom(JSON.parse(text))
  const { data: answered = null } = answer
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: answer,
    data: objectFrom(answered),
    list: Array.isArray(answered) ? answered.map(objectFrom) : [],
  }
}

function credentials(asker: Asker): Readonly<Record<string, string>> {
  if (asker === undefined) {
    return {}
  }
  return 'session' in asker
    ? { 'X-Auth-Token': asker.session }
    : { Authorization: basic(asker.sid, asker.token) }
}

function isDocument(value: Json): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function objectFrom(value: Json | undefined): Document {
  return value !== undefined && isDocument(value) ? value : {}
}

/** Someone of the Crossbar dialect who can authenticate. */
export type Member = {
  readonly id: string
  readonly sid: string
  readonly token: string
  readonly document: Document
}

let made = 0

/** A name that no other account of this run has. */
export function freshName(): string {
  made += 1
  return `Tenant ${made}`
}

/** Creates an account below `parent` through `/v2`. Throws when it is refused. */
export async function member(
  app: Place,
  parent: { readonly sid: string; readonly token: string },
  document: Document = {},
): Promise<Member> {
  const asked = { data: { name: freshName(), ...document } }
  const answer = await ask(app, parent, 'PUT', `/accounts/${idOf(parent.sid)}`, asked)
  if (answer.status !== 201) {
    throw new Error(`the account was not created: ${answer.status} ${answer.text}`)
  }
  const id = String(answer.data.id)
  const { data } = await ask(app, parent, 'GET', `/accounts/${id}/api_key`)
  return { id, sid: `AC${id}`, token: usedSecret(String(data.api_key)), document: answer.data }
}

export function idOf(sid: string): string {
  return sid.slice(2)
}

export function pathOf(account: { readonly sid: string }, rest = ''): string {
  return `/accounts/${idOf(account.sid)}${rest}`
}

/** Opens a session with an AuthToken. Throws when it is refused. */
export async function session(app: Place, key: string): Promise<{ readonly session: string }> {
  const answer = await ask(app, undefined, 'PUT', '/api_auth', { data: { api_key: key } })
  if (answer.status !== 201) {
    throw new Error(`no session was opened: ${answer.status} ${answer.text}`)
  }
  return { session: usedSecret(String(answer.body.auth_token)) }
}

/** What Kazoo's clients send in place of a password. */
export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

/** The codes of the faults of a refused document, by field path. */
export function codes(answer: Answer): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.entries(answer.data).map(([path, faults]) => [path, Object.keys(objectFrom(faults))]),
  )
}
