import type {
  AccountStatus,
  ApiKeyRecord,
  AuditEntry,
  CallflowDraft,
  IdempotentRequest,
  NewAccount,
  NewApiKey,
  NewWebhook,
  OrganizationRecord,
  PlacedAccount,
  Store,
  StoredToken,
  WebhookRecord,
} from '../../db/store.ts'
import { newCallflowId, newRealm, newSid } from '../../lib/ids.ts'

let made = 0

/** Grows with each call, so that things made one after the other are dated so. */
function nextMoment(): number {
  made += 1
  return 1_700_000_000_000 + made
}

export function newOrganization(overrides: Partial<OrganizationRecord> = {}): OrganizationRecord {
  const createdAt = nextMoment()
  return {
    sid: newSid('OR'),
    domainName: `house${made}.example.com`,
    status: 'active',
    createdAt,
    updatedAt: createdAt,
    ...overrides,
  }
}

/** A token in the two forms in which it is stored, unlike any other. */
export function newToken(): StoredToken {
  made += 1
  return { sealed: Buffer.from(`sealed ${made}`), digest: Buffer.from(`digest ${made}`) }
}

/** An account to be inserted, with an e-mail and a realm that no other has. */
export function newAccount(
  parent: Pick<PlacedAccount, 'sid' | 'organizationSid'> | undefined,
  overrides: Partial<NewAccount> = {},
): NewAccount {
  const createdAt = nextMoment()
  return {
    sid: newSid('AC'),
    parentSid: parent?.sid,
    organizationSid: parent?.organizationSid ?? '',
    friendlyName: `Account ${made}`,
    email: `account${made}@example.com`,
    status: 'active',
    role: 'Administrator',
    type: 'Full',
    realm: newRealm(newSid('AC').toLowerCase()),
    createdAt,
    token: newToken(),
    passwordHash: `hash ${made}`,
    loginHash: `login hash ${made}`,
    document: { made },
    ...overrides,
  }
}

/** A key to be inserted, for everything its account may. */
export function newApiKey(
  { sid }: Pick<PlacedAccount, 'sid'>,
  overrides: Partial<NewApiKey> = {},
): NewApiKey {
  const createdAt = nextMoment()
  return {
    sid: newSid('SK'),
    accountSid: sid,
    friendlyName: `Key ${made}`,
    secretDigest: Buffer.from(`secret ${made}`),
    scope: 'admin',
    reach: 'branch',
    createdAt,
    expiresAt: undefined,
    ...overrides,
  }
}

/** A callflow to be inserted, with a number that no other has. */
export function newCallflow(
  { sid }: Pick<PlacedAccount, 'sid'>,
  overrides: Partial<CallflowDraft> = {},
): CallflowDraft {
  made += 1
  return {
    id: newCallflowId(),
    accountSid: sid,
    document: { made },
    numbers: [`number ${made}`],
    patterns: [],
    ...overrides,
  }
}

/** A create under a key that no other request has, which is remembered for ever. */
export function newRepeatable(
  caller: Pick<PlacedAccount, 'sid'>,
  overrides: Partial<IdempotentRequest> = {},
): IdempotentRequest {
  made += 1
  return {
    callerSid: caller.sid,
    route: 'POST /things',
    key: `key ${made}`,
    requestDigest: Buffer.from(`request ${made}`),
    forgottenBefore: 0,
    ...overrides,
  }
}

export function auditOn(targetSid: string, overrides: Partial<AuditEntry> = {}): AuditEntry {
  return { at: nextMoment(), action: 'test', targetSid, changes: {}, ...overrides }
}

/** Puts an organization and a root account into an empty store. */
export async function plantRoot(store: Store): Promise<PlacedAccount> {
  const organization = newOrganization()
  const root = newAccount(undefined, { organizationSid: organization.sid })
  await store.install('ordinary', organization, root, auditOn(root.sid))
  return accountNow(store, root.sid)
}

/** Puts an account below `parent` as that stands now. */
export async function addBelow(
  store: Store,
  parent: PlacedAccount,
  overrides: Partial<NewAccount> = {},
): Promise<PlacedAccount> {
  const { lineage } = await accountNow(store, parent.sid)
  const account = newAccount(parent, overrides)
  const result = await store.insertAccount(account, lineage, auditOn(account.sid))
  if (result.outcome !== 'inserted') {
    throw new Error(`the account was not inserted: ${JSON.stringify(result)}`)
  }
  return result.account
}

/** Gives a key to an account as that stands now. */
export async function addKey(
  store: Store,
  account: Pick<PlacedAccount, 'sid'>,
  overrides: Partial<NewApiKey> = {},
): Promise<ApiKeyRecord> {
  const { lineage } = await accountNow(store, account.sid)
  const key = newApiKey(account, overrides)
  await store.insertApiKey(key, lineage, auditOn(key.sid))
  return keyNow(store, key)
}

/** The key as it stands now. */
export async function keyNow(
  store: Store,
  { accountSid, sid }: Pick<ApiKeyRecord, 'accountSid' | 'sid'>,
): Promise<ApiKeyRecord> {
  const key = await store.findApiKey(accountSid, sid)
  if (key === undefined) {
    throw new Error(`account ${accountSid} has no key ${sid}`)
  }
  return key
}

/** Gives an account another status of its own, `closed` for good. */
export async function setStatus(
  store: Store,
  { sid }: Pick<PlacedAccount, 'sid'>,
  status: AccountStatus,
): Promise<PlacedAccount> {
  const { lineage } = await accountNow(store, sid)
  const result = await store.changeAccount(lineage, { status }, auditOn(sid))
  if (result.outcome !== 'changed') {
    throw new Error(`the account was not changed: ${JSON.stringify(result)}`)
  }
  return result.account
}

/** The account as it stands now. */
export async function accountNow(store: Store, sid: string): Promise<PlacedAccount> {
  const [account] = await store.findAccounts([{ sid }])
  if (account === undefined) {
    throw new Error(`there is no account ${sid}`)
  }
  return account
}

/** A webhook to be inserted, that is told of everything about its account alone. */
export function newWebhook(
  { sid }: Pick<PlacedAccount, 'sid'>,
  overrides: Partial<NewWebhook> = {},
): NewWebhook {
  const createdAt = nextMoment()
  return {
    sid: newSid('WH'),
    accountSid: sid,
    name: `Webhook ${made}`,
    url: `https://hooks.example/${made}`,
    events: [],
    includesBranch: false,
    enabled: true,
    secret: Buffer.from(`sealed ${made}`),
    createdAt,
    ...overrides,
  }
}

/** Gives a webhook to an account as that stands now. */
export async function addWebhook(
  store: Store,
  account: Pick<PlacedAccount, 'sid'>,
  overrides: Partial<NewWebhook> = {},
): Promise<WebhookRecord> {
  const { lineage } = await accountNow(store, account.sid)
  const webhook = newWebhook(account, overrides)
  const { outcome } = await store.insertWebhook(webhook, lineage, auditOn(webhook.sid))
  if (outcome !== 'inserted') {
    throw new Error(`the webhook was not inserted: ${outcome}`)
  }
  return webhookNow(store, webhook)
}

/** The webhook as it stands now. */
export async function webhookNow(
  store: Store,
  { accountSid, sid }: Pick<WebhookRecord, 'accountSid' | 'sid'>,
): Promise<WebhookRecord> {
  const webhook = await store.findWebhook(accountSid, sid)
  if (webhook === undefined) {
    throw new Error(`account ${accountSid} has no webhook ${sid}`)
  }
  return webhook
}
