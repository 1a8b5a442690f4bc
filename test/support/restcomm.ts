import type { Login, TestApp } from './start-app.ts'
import { usedPassword, usedSecret } from './used-secrets.ts'
import { assertWellFormed } from './well-formed.ts'

export type Parameters = Readonly<Record<string, string>>

/** A request of the Restcomm dialect, and its answer in full. */
export type Reply = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; throws when it is none. */
  json(): unknown
}

export type AccountJson = {
  readonly sid: string
  readonly organization: string
  readonly friendly_name: string
  readonly email_address?: string
  readonly type: string
  readonly status: string
  readonly role: string
  readonly date_created: string
  readonly date_updated: string
  readonly auth_token?: string
  readonly uri: string
  readonly subresource_uris: Readonly<Record<string, string>>
}

export const base = '/2012-04-24'

export function basic(name: string, secret: string): string {
  return `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`
}

/**
 * Sends a request as a client would; `login` is left out for one without credentials. Throws where an
 * answer in XML is not well-formed.
 */
export async function send(
  app: Pick<TestApp, 'url'>,
  login: Login | undefined,
  method: string,
  path: string,
  parameters?: Parameters,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const response = await fetch(`${app.url}${base}${path}`, {
    method,
    headers: {
      ...(login && { Authorization: basic(login.sid, login.token) }),
      ...headers,
    },
    ...(parameters && { body: new URLSearchParams(parameters) }),
  })
  const text = await response.text()
  assertWellFormed(response.headers, text)
  if (response.ok && parameters?.Password !== undefined) {
    usedPassword(parameters.Password)
  }
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: () => JSON.parse(text),
  }
}

let made = 0

/** An e-mail that no other account of this run has. */
export function freshEmail(): string {
  made += 1
  return `person${made}@example.com`
}

export const anyPassword = 'correct horse'

/** Creates an account below `parent` and gives what is needed to log in as it. Throws when it is refused. */
export async function createAccount(
  app: Pick<TestApp, 'url'>,
  parent: Login,
  parameters: Parameters = {},
): Promise<Login & { readonly account: AccountJson }> {
  const reply = await send(app, parent, 'POST', '/Accounts.json', {
    EmailAddress: freshEmail(),
    Password: anyPassword,
    ...parameters,
  })
  if (reply.status !== 200) {
    throw new Error(`the account was not created: ${reply.status} ${reply.text}`)
  }
  // The shape is proved by the tests of the representation and by the API description's own.
  const account = reply.json() as AccountJson
  // An account without the right to operate on itself does not see its token; its maker does.
  return {
    sid: account.sid,
    email: account.email_address ?? '',
    token: usedSecret(account.auth_token ?? ''),
    account,
  }
}
