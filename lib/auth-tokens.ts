import type { AccountChange, PlacedAccount, SecondaryToken } from '../db/store.ts'
import { requireChangeable } from './accounts/change.ts'
import { recordAsNow } from './accounts/read.ts'
import { type AuditAction, auditEntry, secretChanged } from './audit.ts'
import type { Caller } from './caller.ts'
import { storedToken } from './credentials.ts'
import { DomainError } from './errors.ts'
import { onFreshReading } from './fresh-reading.ts'
import { newAuthToken } from './ids.ts'
import { authorize } from './permissions.ts'
import type { Services } from './services.ts'

/** A token of the caller's account as it is shown to it. */
export type ShownToken = {
  readonly accountSid: string
  readonly token: string
  readonly createdAt: Date
  readonly updatedAt: Date
}

/**
 * Gives the caller's account a second AuthToken, which logs in beside the first; one that is there
 * already is replaced. So clients are changed over one by one and no request fails (security.md C7).
 */
export async function createSecondaryToken(
  services: Services,
  caller: Caller,
): Promise<ShownToken> {
  const { sid } = caller.account
  const token = newAuthToken()
  const createdAt = services.now()
  const secondaryToken = { ...storedToken(services, sid, token), createdAt }
  await change(services, caller, 'account.addSecondaryToken', () => ({ secondaryToken }))
  const date = new Date(createdAt)
  return { accountSid: sid, token, createdAt: date, updatedAt: date }
}

/** The secondary token as it is now. Throws as `authorize` does, and `notFound` when there is none. */
export async function readSecondaryToken(services: Services, caller: Caller): Promise<ShownToken> {
  const account = await ownSecrets(services, caller)
  const { sealed, createdAt } = requireSecondary(account)
  const date = new Date(createdAt)
  const token = services.secrets.openToken(account.sid, sealed)
  return { accountSid: account.sid, token, createdAt: date, updatedAt: date }
}

/** Makes the secondary token the only one; the first is void at the next request. Throws `notFound` when there is none. */
export async function promoteSecondaryToken(
  services: Services,
  caller: Caller,
): Promise<ShownToken> {
  const account = await change(services, caller, 'account.promoteSecondaryToken', (present) => {
    const { sealed, digest } = requireSecondary(present)
    return { token: { sealed, digest }, secondaryToken: null }
  })
  return firstToken(services, account)
}

/** The AuthToken as it is now. Throws as `authorize` does. */
export async function readAuthToken(services: Services, caller: Caller): Promise<ShownToken> {
  return firstToken(services, await ownSecrets(services, caller))
}

async function ownSecrets(services: Services, caller: Caller): Promise<PlacedAccount> {
  const { sid } = authorize(caller, 'manageSecrets', caller.account)
  return recordAsNow(services, caller, sid)
}

function firstToken({ secrets }: Services, account: PlacedAccount): ShownToken {
  return {
    accountSid: account.sid,
    token: secrets.openToken(account.sid, account.token.sealed),
    createdAt: new Date(account.createdAt),
    updatedAt: new Date(account.updatedAt),
  }
}

/**
 * Gives an account a new AuthToken; every one it had, and every session, is void at the next request.
 * Throws as `authorize` and `precondition` do, and `closed`.
 */
export async function renewAuthToken(
  services: Services,
  caller: Caller,
  target: PlacedAccount,
  precondition: (account: PlacedAccount) => void = () => {},
): Promise<string> {
  const token = newAuthToken()
  const stored = storedToken(services, target.sid, token)
  await change(
    services,
    caller,
    'account.renewToken',
    (present) => {
      precondition(present)
      return { token: stored, secondaryToken: null }
    },
    target,
  )
  return token
}

/** Takes the secondary token away. Throws `notFound` when there is none. */
export async function removeSecondaryToken(services: Services, caller: Caller): Promise<void> {
  await change(services, caller, 'account.removeSecondaryToken', (present) => {
    requireSecondary(present)
    return { secondaryToken: null }
  })
}

function requireSecondary({ secondaryToken }: PlacedAccount): SecondaryToken {
  if (secondaryToken === undefined) {
    throw new DomainError({ kind: 'notFound', what: 'secondaryToken' })
  }
  return secondaryToken
}

function change(
  services: Services,
  caller: Caller,
  action: AuditAction,
  changeOf: (account: PlacedAccount) => AccountChange,
  target: PlacedAccount = caller.account,
): Promise<PlacedAccount> {
  return onFreshReading(services, caller, target, async (callerNow, account) => {
    authorize(callerNow, 'manageSecrets', requireChangeable(callerNow, account))
    const audit = auditEntry(callerNow, services.now(), action, account.sid, {
      authToken: secretChanged,
    })
    const result = await services.store.changeAccount(account.lineage, changeOf(account), audit)
    if (result.outcome === 'changed' || result.outcome === 'stale') {
      return result.outcome === 'stale' ? 'stale' : result.account
    }
    throw new Error(`a change of tokens cannot be ${result.outcome}`)
  })
}
