import type {
  ApiKeyRecord,
  KeyReach,
  KeyScope,
  NewApiKey,
  PlacedAccount,
  RandomPage,
} from '../db/store.ts'
import { requireChangeable } from './accounts/change.ts'
import { auditEntry, differences } from './audit.ts'
import type { Caller } from './caller.ts'
import { DomainError, invalid } from './errors.ts'
import { onFreshReading } from './fresh-reading.ts'
import { newKeySecret, newSid } from './ids.ts'
import { authorize } from './permissions.ts'
import { quotaReached } from './quotas.ts'
import { sha256 } from './secrets.ts'
import type { Services } from './services.ts'
import { checkedText } from './text.ts'

export const keyNameLimit = 64
export const keyScopes = ['read', 'write', 'admin'] as const satisfies readonly KeyScope[]
export const keyReaches = ['self', 'branch'] as const satisfies readonly KeyReach[]

/** A key as its account sees it. */
export type ApiKey = Pick<
  ApiKeyRecord,
  'sid' | 'accountSid' | 'friendlyName' | 'scope' | 'reach'
> & {
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly expiresAt: Date | undefined
  readonly lastUsedAt: Date | undefined
}

/** A key that was just made, with the secret that is shown this once. */
export type NewKey = { readonly key: ApiKey; readonly secret: string | undefined }

export type NewApiKeyInput = Pick<ApiKeyRecord, 'friendlyName' | 'scope' | 'reach'> & {
  readonly expiresAt: Date | undefined
}

/**
 * Makes a key for an account. Only who may manage the account's secrets can, which no key for the account alone may: so no key
 * gives more reach than it has; nor is a key given that outlives the one that was used. Throws as `authorize` does; `closed`; `invalid` for a bad name or an expiry
 * that has passed; `quotaReached`.
 */
export async function createApiKey(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  input: NewApiKeyInput,
): Promise<NewKey> {
  const account = requireKeyHolder(caller, target)
  checkInput(services, caller, input)
  const secret = newKeySecret()
  const { expiresAt, ...rest } = input
  const draft = {
    ...rest,
    sid: newSid('SK'),
    accountSid: account.sid,
    secretDigest: sha256(secret),
    expiresAt: expiresAt?.getTime(),
  }
  return onFreshReading(services, caller, account, (callerNow, accountNow) =>
    insert(services, callerNow, accountNow, { draft, secret }),
  )
}

type Drawn = {
  readonly draft: Omit<NewApiKey, 'createdAt'>
  readonly secret: string
}

async function insert(
  services: Services,
  caller: Caller,
  target: PlacedAccount,
  { draft, secret }: Drawn,
): Promise<NewKey | 'stale'> {
  const { lineage } = requireKeyHolder(caller, target)
  const createdAt = services.now()
  const { friendlyName, scope, reach } = draft
  const expiresAt =
    draft.expiresAt === undefined ? undefined : new Date(draft.expiresAt).toISOString()
  const key: NewApiKey = { ...draft, createdAt }
  const changes = differences({}, { friendlyName, scope, reach, expiresAt })
  const audit = auditEntry(caller, createdAt, 'apiKey.create', key, changes)
  const { apiKeys: atMost } = services.policy.quotas
  const result = await services.store.insertApiKey(key, lineage, audit, atMost)
  switch (result.outcome) {
    case 'inserted': {
      const record = { ...key, updatedAt: createdAt, lastUsedAt: undefined }
      return { key: apiKeyFrom(record), secret }
    }
    case 'quotaReached':
      throw quotaReached(services.policy.quotas, 'apiKeys')
    case 'stale':
      return 'stale'
  }
}

/** The key of an account. Throws `notFound` when it has none of this SID. */
export async function readApiKey(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  sid: string,
): Promise<ApiKey> {
  const account = authorize(caller, 'manageSecrets', target)
  return requireKey(services, account.sid, sid)
}

/** A page of an account's keys in the order of creation. */
export async function listApiKeys(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  page: RandomPage,
): Promise<readonly ApiKey[]> {
  const account = authorize(caller, 'manageSecrets', target)
  return (await services.store.apiKeysPage(account.sid, page)).map(apiKeyFrom)
}

/** Gives a key another name, which is all that can be changed of it. */
export async function renameApiKey(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  sid: string,
  friendlyName: string | undefined,
): Promise<ApiKey> {
  const account = requireKeyHolder(caller, target)
  const key = await requireKey(services, account.sid, sid)
  if (friendlyName !== undefined) {
    const name = checkedText('friendlyName', friendlyName, keyNameLimit)
    const changes = differences({ friendlyName: key.friendlyName }, { friendlyName: name })
    const audit = auditEntry(caller, services.now(), 'apiKey.rename', key, changes)
    const outcome = await services.store.renameApiKey(account.sid, sid, name, audit)
    if (outcome === 'stale') {
      throw new DomainError({ kind: 'conflict' })
    }
  }
  return requireKey(services, account.sid, sid)
}

/** Takes a key away; it logs nobody in from the next request on. Throws `notFound` for none. */
export async function removeApiKey(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  sid: string,
): Promise<void> {
  const account = requireKeyHolder(caller, target)
  const key = { sid, accountSid: account.sid }
  const audit = auditEntry(caller, services.now(), 'apiKey.remove', key, {})
  if (!(await services.store.removeApiKey(account.sid, sid, audit))) {
    throw new DomainError({ kind: 'notFound', what: 'apiKey' })
  }
}

function requireKeyHolder(caller: Caller, target: PlacedAccount | undefined): PlacedAccount {
  return requireChangeable(caller, authorize(caller, 'manageSecrets', target))
}

function checkInput(services: Services, caller: Caller, input: NewApiKeyInput): void {
  checkedText('friendlyName', input.friendlyName, keyNameLimit)
  if (input.expiresAt !== undefined && input.expiresAt.getTime() <= services.now()) {
    const value = input.expiresAt.toISOString()
    throw invalid('expiresAt', { rule: 'malformed', value })
  }
  const end = caller.apiKey?.expiresAt
  if (end !== undefined && (input.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY) > end) {
    throw new DomainError({ kind: 'forbidden', rule: 'access' })
  }
}

async function requireKey(services: Services, accountSid: string, sid: string): Promise<ApiKey> {
  const record = await services.store.findApiKey(accountSid, sid)
  if (record === undefined) {
    throw new DomainError({ kind: 'notFound', what: 'apiKey' })
  }
  return apiKeyFrom(record)
}

function apiKeyFrom(record: ApiKeyRecord): ApiKey {
  return {
    sid: record.sid,
    accountSid: record.accountSid,
    friendlyName: record.friendlyName,
    scope: record.scope,
    reach: record.reach,
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.updatedAt),
    expiresAt: record.expiresAt === undefined ? undefined : new Date(record.expiresAt),
    lastUsedAt: record.lastUsedAt === undefined ? undefined : new Date(record.lastUsedAt),
  }
}
