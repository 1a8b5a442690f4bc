import type { AccountStatus, IdempotentRequest, NewAccount, PlacedAccount } from '../../db/store.ts'
import { type Account, accountFor, friendlyNameLimit } from '../account.ts'
import { depth } from '../account-tree.ts'
import { auditEntry, differences } from '../audit.ts'
import type { Caller } from '../caller.ts'
import { newCredentials } from '../credentials.ts'
import { DomainError, invalid } from '../errors.ts'
import { onFreshReading } from '../fresh-reading.ts'
import { earlierResult, type Made, sameRequest } from '../idempotency.ts'
import { isSid, newRealmLabel, newSid } from '../ids.ts'
import { checkPassword } from '../password-policy.ts'
import { authorize } from '../permissions.ts'
import { isRole, roles } from '../roles.ts'
import { md5Hex } from '../secrets.ts'
import type { Services } from '../services.ts'
import { checkedText } from '../text.ts'

export type NewAccountInput = {
  /** As `parseEmail` gives it; an account without one logs in by its SID. */
  readonly email: string | undefined
  /** An account without one logs in by its AuthToken alone. */
  readonly password: string | undefined
  readonly friendlyName: string
  readonly status: AccountStatus
  readonly role: string | undefined
  readonly organizationSid: string | undefined
  /** Levels that the tree may have with the new account, the root's included. */
  readonly maxDepth: number
}

/**
 * The account below which the caller's new ones go: its own. Throws as `authorize` does, and `tooDeep`
 * when it stands at the last of `maxDepth` levels.
 */
export function requireParent(caller: Caller, maxDepth: number): PlacedAccount {
  const parent = authorize(caller, 'createChild', caller.account)
  if (depth(parent.lineage) >= maxDepth) {
    throw new DomainError({ kind: 'tooDeep', maxDepth })
  }
  return parent
}

/**
 * Makes a child of the caller, or gives the one that the same request made before. Throws as
 * `requireParent` does; `invalid` for the organization, role, name or password; `duplicate` for an
 * e-mail that any account has, a closed one too; `keyReused`.
 */
export async function createAccount(
  services: Services,
  caller: Caller,
  input: NewAccountInput,
  idempotent: IdempotentRequest | undefined,
): Promise<Made<Account>> {
  requireParent(caller, input.maxDepth)
  const earlier = await earlierResult(services, idempotent)
  if (earlier !== undefined) {
    return { made: await madeBefore(services, caller, earlier), repeated: true }
  }
  const organizationSid = await chosenOrganization(services, caller, input.organizationSid)
  chosenRole(caller, input.role)
  const friendlyName = checkedText('friendlyName', input.friendlyName, friendlyNameLimit)
  if (input.password !== undefined) {
    checkPassword(input.password, input, services.policy.passwords)
  }
  const sid = sidFor(services, input.email)
  const { email, status } = input
  const credentials = await newCredentials(services, sid, input.password)
  const draft = { sid, organizationSid, friendlyName, email, status, ...credentials }
  return onFreshReading(services, caller, caller.account, (current) =>
    insert(services, current, draft, { ...input, idempotent }),
  )
}

/** What does not depend on how the parent stands when the row is written. */
type Draft = Omit<
  NewAccount,
  'parentSid' | 'createdAt' | 'realm' | 'role' | 'type' | 'organizationSid'
> & {
  /** Undefined for the parent's. */
  readonly organizationSid: string | undefined
}

type Terms = Pick<NewAccountInput, 'maxDepth' | 'role'> & {
  readonly idempotent: IdempotentRequest | undefined
}

async function insert(
  services: Services,
  caller: Caller,
  draft: Draft,
  { maxDepth, role: wantedRole, idempotent }: Terms,
): Promise<Made<Account> | 'stale'> {
  const parent = requireParent(caller, maxDepth)
  const role = chosenRole(caller, wantedRole)
  const organizationSid = draft.organizationSid ?? parent.organizationSid
  const createdAt = services.now()
  const account: NewAccount = {
    ...draft,
    role,
    organizationSid,
    type: 'Full',
    parentSid: parent.sid,
    createdAt,
    realm: newRealmLabel(),
  }
  const { email, friendlyName, status } = draft
  const changes = differences({}, { email, friendlyName, status, role, organizationSid })
  const audit = auditEntry(caller, createdAt, 'account.create', draft.sid, changes)
  const result = await services.store.insertAccount(account, parent.lineage, audit, idempotent)
  switch (result.outcome) {
    case 'inserted':
      return { made: accountFor(caller, result.account, services.secrets), repeated: false }
    case 'repeated': {
      const sid = sameRequest(idempotent, result.earlier)
      return { made: await madeBefore(services, caller, sid), repeated: true }
    }
    case 'stale':
      return 'stale'
    case 'duplicate':
      // Drawing the same 64 random bits again is as good as impossible; a new draw is one more try.
      if (result.field === 'realm') {
        return 'stale'
      }
      throw new DomainError({ kind: 'duplicate', field: 'email' })
  }
}

/** What an earlier request made, as it is now: no answer is stored, so no secret is. */
async function madeBefore(services: Services, caller: Caller, sid: string): Promise<Account> {
  const [account] = await services.store.findAccounts([{ sid }])
  if (account === undefined) {
    throw new Error(`account ${sid} is gone, though rows are never deleted`)
  }
  return accountFor(caller, account, services.secrets)
}

/** Restcomm's SID is the MD5 of the e-mail; of an account without one nothing can be derived. */
function sidFor(services: Services, email: string | undefined): string {
  return services.policy.identities === 'restcomm' && email !== undefined
    ? `AC${md5Hex(email)}`
    : newSid('AC')
}

/** Undefined for the parent's organization; another one is for the root to choose (restcomm.md 7). */
async function chosenOrganization(
  services: Services,
  caller: Caller,
  wanted: string | undefined,
): Promise<string | undefined> {
  if (wanted === undefined || wanted === caller.account.organizationSid) {
    return undefined
  }
  if (!isSid(wanted)) {
    throw invalid('organizationSid', { rule: 'malformed', value: wanted })
  }
  if (caller.account.parentSid !== undefined) {
    throw new DomainError({ kind: 'forbidden', rule: 'access' })
  }
  const organization = await services.store.findOrganization({ sid: wanted })
  if (organization === undefined) {
    throw invalid('organizationSid', { rule: 'unknown', value: wanted })
  }
  return organization.sid
}

/** An Administrator chooses among the known roles; anyone else hands down the own role. */
function chosenRole(caller: Caller, wanted: string | undefined): string {
  const own = caller.account.role
  if (wanted === undefined || own !== 'Administrator') {
    return own
  }
  if (!isRole(wanted)) {
    throw invalid('role', { rule: 'unknown', value: wanted, allowed: roles })
  }
  return wanted
}
