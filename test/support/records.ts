import type {
  AccountStatus,
  AuditEntry,
  NewAccount,
  OrganizationRecord,
  PlacedAccount,
  Store,
} from '../../db/store.ts'
import { newRealmLabel, newSid } from '../../lib/ids.ts'

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
    realm: newRealmLabel(),
    createdAt,
    sealedToken: Buffer.from(`sealed ${made}`),
    tokenDigest: Buffer.from(`digest ${made}`),
    passwordHash: `hash ${made}`,
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
