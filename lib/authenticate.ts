import type { AccountKey, PlacedAccount } from '../db/store.ts'
import { accountKey } from './account-key.ts'
import { effectiveStatus } from './account-status.ts'
import type { Caller, Origin } from './caller.ts'
import { DomainError } from './errors.ts'
import { isAuthToken } from './ids.ts'
import { equalDigests } from './secrets.ts'
import type { Services } from './services.ts'

export type Credentials = { readonly name: string; readonly secret: string }

/** The caller, and the account that the request is about as it stood at the same moment. */
export type Authenticated = {
  readonly caller: Caller
  readonly target: PlacedAccount | undefined
}

const longestName = 254

/**
 * Takes a SID or e-mail with an AuthToken or Password, and the key of the account that the request
 * names. Throws `throttled` before any hash after too many failures, `unauthenticated` for anything
 * that is not a known account with its secret, and `inactive` only to who had the right secret.
 */
export async function authenticate(
  services: Services,
  credentials: Credentials,
  origin: Origin,
  targetKey: AccountKey | undefined,
): Promise<Authenticated> {
  const key = accountKey(credentials.name)
  const login = (nameOf(key) ?? credentials.name).slice(0, longestName)
  const check = () => checkThrottle(services, login, origin.address)
  check()
  const read = () => services.store.findAccounts([key, targetKey])
  const [account, target] = await matchingSecret(services, credentials.secret, read, check)
  if (account === undefined) {
    services.throttle.failed(login, origin.address)
    services.loginFailed('credentials')
    throw new DomainError({ kind: 'unauthenticated' })
  }
  services.throttle.succeeded(login, origin.address)
  return { caller: { account, standing: standingOf(services, account), origin }, target }
}

/** The caller as it stands now. Throws `inactive` when it may no longer act. */
export function callerAsOf(services: Services, caller: Caller, account: PlacedAccount): Caller {
  return { account, standing: standingOf(services, account), origin: caller.origin }
}

type Reading = readonly (PlacedAccount | undefined)[]

/**
 * What was read, without the account if the secret is not its own. Whatever has the form of an
 * AuthToken is compared and never hashed. A hash takes long, so what it was compared with is read
 * again behind it.
 */
async function matchingSecret(
  services: Services,
  secret: string,
  read: () => Promise<Reading>,
  check: () => void,
): Promise<Reading> {
  const [account, target] = await read()
  if (isAuthToken(secret)) {
    const expected = account?.tokenDigest ?? services.secrets.digestToken('no account')
    const fits = equalDigests(services.secrets.digestToken(secret), expected)
    return [fits ? account : undefined, target]
  }
  const hash = account?.passwordHash
  if (!(await services.passwords.matches(account?.sid ?? '', secret, hash, check))) {
    return [undefined, target]
  }
  const [accountNow, targetNow] = await read()
  return [accountNow?.passwordHash === hash ? accountNow : undefined, targetNow]
}

/** Checked again when a hash has its turn: many wrong passwords may have come at once. */
function checkThrottle(services: Services, login: string, address: string): void {
  try {
    services.throttle.check(login, address)
  } catch (error) {
    services.loginFailed('throttled')
    throw error
  }
}

function standingOf(services: Services, account: PlacedAccount): Caller['standing'] {
  const status = effectiveStatus(account.lineage)
  if (status === 'active') {
    return 'full'
  }
  if (status === 'uninitialized') {
    return 'selfOnly'
  }
  services.loginFailed('inactive')
  throw new DomainError({ kind: 'inactive' })
}

function nameOf(key: AccountKey | undefined): string | undefined {
  return key && ('sid' in key ? key.sid : key.email)
}
