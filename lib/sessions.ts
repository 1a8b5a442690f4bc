import type { AccountKey, PlacedAccount } from '../db/store.ts'
import { type Account, accountFor } from './account.ts'
import { effectiveStatus } from './account-status.ts'
import { auditEntry } from './audit.ts'
import { type Authenticated, knownLogin, standingOf } from './authenticate.ts'
import type { Caller, Origin } from './caller.ts'
import { type DigestMethod, loginHashFor } from './credentials.ts'
import { DomainError } from './errors.ts'
import { newSessionToken } from './ids.ts'
import { equalDigests, sha256 } from './secrets.ts'
import type { Services } from './services.ts'

const lifetimeMs = 3600 * 1000

export type LoginMethod = 'api_auth' | 'user_auth'

/** A login that was just made; the token is shown this once. */
export type OpenedSession = { readonly token: string; readonly account: Account }

/** What Crossbar's user login sends in place of a password, in lower-case hexadecimal digits. */
export type LoginDigest = { readonly method: DigestMethod; readonly digest: string }

/** By what Crossbar's user login names an account; a realm that somebody has wins over the name (kazoo.md 2.2). */
export type AccountNaming = { readonly realm?: string; readonly name?: string }

/**
 * Logs an account in by its AuthToken. Throws `throttled` after too many failures, `unauthenticated`
 * for a token that no living account or more than one has, `inactive` for one that is disabled.
 */
export async function loginByToken(
  services: Services,
  authToken: string,
  origin: Origin,
): Promise<OpenedSession> {
  const tokenDigest = services.secrets.digestToken(authToken)
  return login(services, { method: 'api_auth', name: 'api_auth', origin }, async () => {
    const [account] = await services.store.findAccounts([{ tokenDigest }])
    return { account, fits: account !== undefined }
  })
}

/**
 * Logs an account in by the digest of its e-mail and password that Kazoo's clients send. Costs one
 * hash for known and unknown names alike. Throws as `loginByToken` does.
 */
export async function loginByDigest(
  services: Services,
  { method, digest }: LoginDigest,
  naming: AccountNaming,
  origin: Origin,
): Promise<OpenedSession> {
  const keys = keysOf(naming)
  const name = JSON.stringify(naming).slice(0, 254).toLowerCase()
  const check = () => services.throttle.check(name, origin.address)
  return login(services, { method: 'user_auth', name, origin }, async () => {
    const account = await firstOf(services, keys)
    const slot = `${account?.sid} user_auth ${method}`
    const hash = account && loginHashFor(account, method)
    if (!(await services.passwords.matches(slot, digest, hash, check))) {
      return { account, fits: false }
    }
    // A hash takes long, so what it was compared with is read again behind it.
    const now = await firstOf(services, keys)
    return { account: now, fits: now !== undefined && loginHashFor(now, method) === hash }
  })
}

async function firstOf(
  { store }: Services,
  keys: readonly AccountKey[],
): Promise<PlacedAccount | undefined> {
  return (await store.findAccounts(keys)).find((account) => account !== undefined)
}

/**
 * The caller of a session's token, and how it logged in. Throws `unauthenticated` for a token that is unknown or over, and
 * `inactive` for one of an account that may no longer act: its tokens end with it (kazoo.md D10, D18).
 */
export async function authenticateSession(
  services: Services,
  token: string,
  origin: Origin,
  targetKey: AccountKey | undefined,
): Promise<Authenticated & { readonly method: string }> {
  const key = { sessionDigest: sha256(token) }
  const { account, session, target } = await services.store.readForRequest(key, targetKey)
  if (account === undefined || session === undefined || session.expiresAt <= services.now()) {
    services.loginFailed('credentials')
    throw new DomainError({ kind: 'unauthenticated' })
  }
  const stillFits = (now: PlacedAccount) => hasSameTokens(account, now)
  const caller = { account, apiKey: undefined, origin, stillFits }
  const standing = standingOf(services, account, caller)
  return { caller: { ...caller, standing }, target, method: session.method }
}

/** Whether no AuthToken has ended since: with any of them, all sessions do. */
function hasSameTokens(before: PlacedAccount, now: PlacedAccount): boolean {
  const { token, secondaryToken: second } = before
  return (
    equalDigests(token.digest, now.token.digest) &&
    (second === undefined ||
      (now.secondaryToken !== undefined && equalDigests(second.digest, now.secondaryToken.digest)))
  )
}

/** Ends a session of the caller's at the next request. */
export async function closeSession(
  services: Services,
  caller: Caller,
  token: string,
): Promise<void> {
  const audit = auditEntry(caller, services.now(), 'session.remove', caller.account.sid, {})
  await services.store.removeSession(sha256(token), audit)
}

type Attempt = {
  readonly method: LoginMethod
  /** What the throttle counts its failures under. */
  readonly name: string
  readonly origin: Origin
}

/** Whom the login names, if anyone, and whether the secret is right. */
type Found = { readonly account: PlacedAccount | undefined; readonly fits: boolean }

async function login(
  services: Services,
  { method, name, origin }: Attempt,
  find: () => Promise<Found>,
): Promise<OpenedSession> {
  services.throttle.check(name, origin.address)
  const { account, fits } = await find()
  if (!fits || account === undefined || effectiveStatus(account.lineage) === 'closed') {
    services.throttle.failed(name, origin.address)
    services.loginFailed('credentials', account && knownLogin(account, undefined, origin))
    throw new DomainError({ kind: 'unauthenticated' })
  }
  services.throttle.succeeded(name, origin.address)
  const caller = { account, standing: 'full', apiKey: undefined, origin } as const
  if (standingOf(services, account, caller) !== 'full') {
    services.loginFailed('inactive', knownLogin(account, undefined, origin))
    throw new DomainError({ kind: 'inactive' })
  }
  const token = newSessionToken()
  const createdAt = services.now()
  const session = {
    tokenDigest: sha256(token),
    accountSid: account.sid,
    method,
    createdAt,
    expiresAt: createdAt + lifetimeMs,
  }
  const changes = { method: { to: method } }
  const audit = auditEntry(caller, createdAt, 'session.create', account.sid, changes)
  await services.store.insertSession(session, audit)
  return { token, account: accountFor(caller, account, services.secrets) }
}

/** In the order in which the first that resolves wins. */
function keysOf({ realm, name }: AccountNaming): AccountKey[] {
  return [
    ...(realm === undefined ? [] : [{ realm: realm.toLowerCase() }]),
    ...(name === undefined ? [] : [{ name }]),
  ]
}
