import { basic, type Parameters, type Reply } from './restcomm.ts'
import type { Login, TestApp } from './start-app.ts'
import { usedSecret } from './used-secrets.ts'
import { assertWellFormed } from './well-formed.ts'

export type { Parameters, Reply } from './restcomm.ts'

export type AccountJson = {
  readonly sid: string
  readonly friendly_name: string
  readonly status: string
  readonly type: string
  readonly auth_token: string | null
  readonly owner_account_sid: string
  readonly date_created: string
  readonly date_updated: string
  readonly uri: string
  readonly subresource_uris: Readonly<Record<string, string>>
}

export type KeyJson = {
  readonly sid: string
  readonly friendly_name: string
  readonly date_created: string
  readonly date_updated: string
  readonly scope: string
  readonly reach: string
  readonly date_expires: string | null
  readonly date_last_used: string | null
  /** In the answer to a create alone. */
  readonly secret?: string | null
}

export type PageJson = {
  readonly first_page_uri: string
  readonly end: number
  readonly previous_page_uri: string | null
  readonly uri: string
  readonly page_size: number
  readonly start: number
  readonly next_page_uri: string | null
  readonly page: number
  readonly accounts?: readonly AccountJson[]
  readonly keys?: readonly KeyJson[]
  readonly signing_keys?: readonly KeyJson[]
}

export type ErrorJson = {
  readonly code: number
  readonly message: string
  readonly more_info: string
  readonly status: number
}

export const base = '/2010-04-01'

/** Sends a request to a whole path as a client would; `login` is left out for one without credentials. */
export async function ask(
  app: Pick<TestApp, 'url'>,
  login: Pick<Login, 'sid' | 'token'> | undefined,
  method: string,
  path: string,
  parameters?: Parameters,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const response = await fetch(`${app.url}${path}`, {
    method,
    redirect: 'manual',
    headers: { ...(login && { Authorization: basic(login.sid, login.token) }), ...headers },
    ...(parameters && { body: new URLSearchParams(parameters) }),
  })
  const text = await response.text()
  assertWellFormed(response.headers, text)
  const { status } = response
  return { status, headers: response.headers, text, json: () => JSON.parse(text) }
}

/** The same of a path below `/2010-04-01`. */
export function send(
  app: Pick<TestApp, 'url'>,
  login: Pick<Login, 'sid' | 'token'> | undefined,
  method: string,
  path: string,
  parameters?: Parameters,
  headers?: Readonly<Record<string, string>>,
): Promise<Reply> {
  return ask(app, login, method, `${base}${path}`, parameters, headers)
}

// The shapes are proved by the tests of the representation and by the API description's own.

export function accountOf(reply: Reply): AccountJson {
  return expected(reply, [200, 201]) as AccountJson
}

export function keyOf(reply: Reply): KeyJson {
  return expected(reply, [200, 201]) as KeyJson
}

export function pageOf(reply: Reply): PageJson {
  return expected(reply, [200]) as PageJson
}

/** The text under a key of a body. */
export function textIn(reply: Reply, key: string): string {
  const value = Object.entries(reply.json() as object).find(([name]) => name === key)?.[1]
  if (typeof value !== 'string') {
    throw new Error(`there is no text under ${key}: ${reply.text}`)
  }
  return value
}

export function errorOf(reply: Reply): ErrorJson {
  return reply.json() as ErrorJson
}

/** Status and code of a refusal, to be compared as one. */
export function refusal(reply: Reply): readonly [status: number, code: number] {
  return [reply.status, errorOf(reply).code]
}

export type Subaccount = Login & { readonly account: AccountJson }

/** Creates an account below `parent`, without a password so that it costs no hash. Throws when it is refused. */
export async function createSubaccount(
  app: Pick<TestApp, 'url'>,
  parent: Pick<Login, 'sid' | 'token'>,
  parameters: Parameters = {},
): Promise<Subaccount> {
  const account = accountOf(await send(app, parent, 'POST', '/Accounts.json', parameters))
  const email = parameters.EmailAddress ?? ''
  return { sid: account.sid, email, token: usedSecret(account.auth_token ?? ''), account }
}

/** An API key that logs in as an account does. */
export type KeyLogin = Login & { readonly key: KeyJson }

/** Creates an API key for the account `of`, by default for the caller's own. Throws when it is refused. */
export async function createKey(
  app: Pick<TestApp, 'url'>,
  by: Pick<Login, 'sid' | 'token'>,
  parameters: Parameters = {},
  of: Pick<Login, 'sid'> = by,
): Promise<KeyLogin> {
  const key = keyOf(await send(app, by, 'POST', `/Accounts/${of.sid}/Keys.json`, parameters))
  return { sid: key.sid, email: '', token: usedSecret(key.secret ?? ''), key }
}

/** Where an account is, whatever is asked of it. */
export function pathOf({ sid }: Pick<Login, 'sid'>): string {
  return `/Accounts/${sid}.json`
}

function expected(reply: Reply, statuses: readonly number[]): unknown {
  if (!statuses.includes(reply.status)) {
    throw new Error(`the request was refused: ${reply.status} ${reply.text}`)
  }
  return reply.json()
}
