import type {
  AccountKey,
  ApiKeyRecord,
  LoginKey,
  PlacedAccount,
  RequestReading,
} from '../db/store.ts'
import { accountKey, type ClientKey } from './account-key.ts'
import { effectiveStatus } from './account-status.ts'
import type { Caller, Origin } from './caller.ts'
import { DomainError } from './errors.ts'
import { isAuthToken, isSid } from './ids.ts'
import { equalDigests, sha256 } from './secrets.ts'
import type { KnownLogin, Services } from './services.ts'

export type Credentials = { readonly name: string; readonly secret: string }

/** The caller, and the account that the request is about as it stood at the same moment. */
export type Authenticated = {
  readonly caller: Caller
  readonly target: PlacedAccount | undefined
}

const longestName = 254
/** What a secret is compared with where there is nobody: one more hash would be told by the clock. */
const digestOfNobody = new Uint8Array(32)
/** A key's last use is written this seldom, so that reads stay reads. */
const lastUsedEveryMs = 60_000

/**
 * Takes a SID or e-mail with an AuthToken or Password, or an API key with its secret, and the key of
 * the account that the request names. Throws `throttled` before any hash after too many failures,
 * `unauthenticated` for anything that is not a known name with its secret (an expired key is none),
 * and `inactive` only to who had the right secret.
 */
export async function authenticate(
  services: Services,
  credentials: Credentials,
  origin: Origin,
  targetKey: AccountKey | undefined,
): Promise<Authenticated> {
  const login = loginKey(credentials.name)
  const name = (nameOf(login) ?? credentials.name).slice(0, longestName)
  const check = () => checkThrottle(services, name, origin.address)
  check()
  const read = (key: LoginKey | undefined = login) => services.store.readForRequest(key, targetKey)
  const { secret } = credentials
  const { fits, reading } = await proof(services, login, { name, secret }, { read, check })
  const { account, apiKey, target } = reading
  if (!fits || account === undefined) {
    services.throttle.failed(name, origin.address)
    services.loginFailed('credentials', account && knownLogin(account, apiKey, origin))
    throw new DomainError({ kind: 'unauthenticated' })
  }
  services.throttle.succeeded(name, origin.address)
  const standing = standingOf(services, account, { apiKey, origin })
  if (apiKey !== undefined) {
    await noteUse(services, apiKey)
    return { caller: { account, standing, apiKey, origin }, target }
  }
  const stillFits = (now: PlacedAccount) =>
    isAuthToken(secret)
      ? fitsToken(services, secret, now)
      : now.passwordHash === account.passwordHash
  return { caller: { account, standing, apiKey, origin, stillFits }, target }
}

/**
 * The caller as it stands now. Throws `inactive` when it may no longer act, and `unauthenticated` when
 * what it has logged in with is void by now.
 */
export function callerAsOf(services: Services, caller: Caller, account: PlacedAccount): Caller {
  if (caller.stillFits?.(account) === false) {
    throw new DomainError({ kind: 'unauthenticated' })
  }
  return { ...caller, account, standing: standingOf(services, account, caller) }
}

type Steps = {
  /** By another key than that of the name, if one is given. */
  readonly read: (login?: LoginKey) => Promise<RequestReading>
  /** Throws `throttled`; asked again when a hash has its turn. */
  readonly check: () => void
}

type Proof = { readonly fits: boolean; readonly reading: RequestReading }

/** What was read, and whether the secret fits it. Costs the same for unknown and known names. */
function proof(
  services: Services,
  login: LoginKey | undefined,
  offered: Credentials,
  steps: Steps,
): Promise<Proof> {
  if (login !== undefined && 'apiKeySid' in login) {
    return proofByKey(services, offered, steps)
  }
  return isAuthToken(offered.secret)
    ? proofByToken(services, offered, steps)
    : proofByPassword(services, offered, steps)
}

async function proofByKey(
  services: Services,
  { secret }: Credentials,
  { read }: Steps,
): Promise<Proof> {
  const reading = await read()
  return { fits: fitsKey(services, secret, reading.apiKey), reading }
}

/** Without a look-up by name where the same token was right before and nothing has changed since. */
async function proofByToken(
  services: Services,
  { name, secret }: Credentials,
  { read }: Steps,
): Promise<Proof> {
  const asRead = services.provenLogins.find(name, secret)
  const known = asRead && (await read({ asRead }))
  if (known?.account !== undefined) {
    return { fits: true, reading: known }
  }
  const reading = await read()
  const fits = fitsToken(services, secret, reading.account)
  if (fits && reading.account !== undefined) {
    services.provenLogins.note(name, secret, reading.account)
  }
  return { fits, reading }
}

function fitsKey(services: Services, secret: string, apiKey: ApiKeyRecord | undefined): boolean {
  const fits = equalDigests(sha256(secret), apiKey?.secretDigest ?? digestOfNobody)
  const isExpired = apiKey?.expiresAt !== undefined && apiKey.expiresAt <= services.now()
  return fits && !isExpired
}

/** Whatever has the form of an AuthToken is compared with both and never hashed. */
function fitsToken(
  { secrets }: Services,
  secret: string,
  account: PlacedAccount | undefined,
): boolean {
  const offered = secrets.digestToken(secret)
  const first = account?.token.digest ?? digestOfNobody
  const second = account?.secondaryToken?.digest ?? first
  const fitsFirst = equalDigests(offered, first)
  const fitsSecond = equalDigests(offered, second)
  return fitsFirst || fitsSecond
}

/** A hash takes long, so what it was compared with is read again behind it. */
async function proofByPassword(
  services: Services,
  { secret }: Credentials,
  { read, check }: Steps,
): Promise<Proof> {
  const reading = await read()
  const { account } = reading
  const hash = account?.passwordHash
  if (!(await services.passwords.matches(account?.sid ?? '', secret, hash, check))) {
    return { fits: false, reading }
  }
  const readingNow = await read()
  return { fits: readingNow.account?.passwordHash === hash, reading: readingNow }
}

/** Many wrong passwords may come at once, before the first of them has failed. */
function checkThrottle(services: Services, name: string, address: string): void {
  try {
    services.throttle.check(name, address)
  } catch (error) {
    services.loginFailed('throttled')
    throw error
  }
}

/** How far an account may act now. Throws `inactive` when it may not at all. */
export function standingOf(
  services: Services,
  account: PlacedAccount,
  { apiKey, origin }: Pick<Caller, 'apiKey' | 'origin'>,
): Caller['standing'] {
  const status = effectiveStatus(account.lineage)
  if (status === 'active') {
    return 'full'
  }
  if (status === 'uninitialized') {
    return 'selfOnly'
  }
  services.loginFailed('inactive', knownLogin(account, apiKey, origin))
  throw new DomainError({ kind: 'inactive' })
}

export function knownLogin(
  { sid }: PlacedAccount,
  apiKey: Caller['apiKey'],
  origin: Origin,
): KnownLogin {
  return { sid: apiKey?.sid ?? sid, accountSid: sid, origin }
}

async function noteUse(services: Services, apiKey: ApiKeyRecord): Promise<void> {
  const now = services.now()
  if ((apiKey.lastUsedAt ?? 0) <= now - lastUsedEveryMs) {
    await services.store.touchApiKey(apiKey.sid, now)
  }
}

type Named = ClientKey | { readonly apiKeySid: string }

function loginKey(name: string): Named | undefined {
  return isSid(name) && name.startsWith('SK') ? { apiKeySid: name } : accountKey(name)
}

function nameOf(login: Named | undefined): string | undefined {
  if (login === undefined || 'email' in login) {
    return login?.email
  }
  return 'sid' in login ? login.sid : login.apiKeySid
}
