import type { JsonObject } from '../../db/store.ts'
import type { Account } from '../../lib/account.ts'
import { accountFor } from '../../lib/account.ts'
import { DomainError } from '../../lib/errors.ts'
import {
  authenticateSession,
  closeSession,
  type LoginMethod,
  loginByDigest,
  loginByToken,
  type OpenedSession,
} from '../../lib/sessions.ts'
import { idOf } from '../../serializers/crossbar/account.ts'
import { loginData } from '../../serializers/crossbar/login.ts'
import { LockedError, ValidationError } from './errors.ts'
import type { Answer, CrossbarRoute, Exchange, OpenExchange, OpenRoute } from './exchange.ts'
import { validated } from './validated.ts'
import { required } from './validation/faults.ts'

/** The routes by which one logs in; nobody is logged in yet. */
export const loginRoutes: readonly OpenRoute[] = [
  {
    method: 'PUT',
    path: '/api_auth',
    operation: {
      summary: "Open a session with an account's AuthToken",
      open: true,
      json: 'api_auth',
      answer: { status: 201, schema: 'Envelope' },
      refusals: [400, 401, 423],
    },
    handler: apiAuth,
  },
  {
    method: 'PUT',
    path: '/user_auth',
    operation: {
      summary: 'Open a session with the MD5 or SHA-1 of e-mail and password',
      open: true,
      json: 'user_auth',
      answer: { status: 201, schema: 'Envelope' },
      refusals: [400, 401, 423],
    },
    handler: userAuth,
  },
  {
    method: 'POST',
    path: '/auth/tokeninfo',
    operation: {
      summary: 'Ask whose a session is',
      open: true,
      json: 'tokeninfo',
      answer: { schema: 'Envelope' },
      refusals: [400, 401],
    },
    handler: tokenInfo,
  },
]

/** The session that is used. */
export const sessionRoutes: readonly CrossbarRoute[] = [
  {
    method: 'GET',
    path: '/token_auth',
    operation: {
      summary: 'Ask whose the session is',
      answer: { schema: 'Envelope' },
      refusals: [],
    },
    handler: ownSession,
  },
  {
    method: 'DELETE',
    path: '/token_auth',
    operation: { summary: 'End the session', answer: { schema: 'Envelope' }, refusals: [] },
    handler: endSession,
  },
]

async function apiAuth({ services, origin, data }: OpenExchange): Promise<Answer> {
  const { api_key: key } = validated('api_auth', await data())
  return opened(await refusedIfLocked(loginByToken(services, String(key), origin)), 'api_auth')
}

async function userAuth({ services, origin, data }: OpenExchange): Promise<Answer> {
  const document = validated('user_auth', await data())
  const realm = textOf(document, 'account_realm') ?? textOf(document, 'realm')
  const name = textOf(document, 'account_name')
  const naming = { ...(realm !== undefined && { realm }), ...(name !== undefined && { name }) }
  const method = document.method === 'sha' ? 'sha1' : 'md5'
  const digest = { method, digest: String(document.credentials).toLowerCase() } as const
  return opened(await refusedIfLocked(loginByDigest(services, digest, naming, origin)), 'user_auth')
}

async function tokenInfo(exchange: OpenExchange): Promise<Answer> {
  const data = await exchange.data()
  if (!['string', 'undefined'].includes(typeof (data.token ?? undefined))) {
    const fault = { message: 'Value is not of type string', target: 'string' }
    throw new ValidationError({ token: { type: fault } })
  }
  const token = textOf(data, 'token') ?? exchange.sessionToken
  if (token === undefined) {
    throw new ValidationError({ token: { required } })
  }
  return { data: await described(exchange, token), authToken: token }
}

/** Who uses Basic has none, and is told of the account alone. */
async function ownSession(exchange: Exchange): Promise<Answer> {
  const { services, caller, sessionToken } = exchange
  const account = accountFor(caller, caller.account, services.secrets)
  const isBasic = sessionToken === undefined
  return { data: isBasic ? loginData(account, undefined) : await described(exchange, sessionToken) }
}

async function described({ services, origin }: OpenExchange, token: string): Promise<JsonObject> {
  const { caller, method } = await authenticateSession(services, token, origin, undefined)
  if (caller.standing !== 'full') {
    throw new DomainError({ kind: 'inactive' })
  }
  const account = accountFor(caller, caller.account, services.secrets)
  return loginData(account, ownerOf(account, method))
}

async function endSession({ services, caller, sessionToken }: Exchange): Promise<Answer> {
  if (sessionToken !== undefined) {
    await closeSession(services, caller, sessionToken)
  }
  return { data: {} }
}

function opened({ token, account }: OpenedSession, method: LoginMethod): Answer {
  return { status: 201, data: loginData(account, ownerOf(account, method)), authToken: token }
}

/** The user who logged in, of whom a key knows nothing (kazoo.md 2.1, 2.2). */
function ownerOf(account: Account, method: string): string | undefined {
  return method === 'user_auth' ? idOf(account.sid) : undefined
}

/** The right credentials of a disabled account are told from wrong ones at a login alone (kazoo.md D9). */
async function refusedIfLocked(login: Promise<OpenedSession>): Promise<OpenedSession> {
  try {
    return await login
  } catch (error) {
    throw error instanceof DomainError && error.refusal.kind === 'inactive'
      ? new LockedError()
      : error
  }
}

function textOf(document: JsonObject, key: string): string | undefined {
  const value = document[key]
  return typeof value === 'string' && value !== '' ? value : undefined
}
