import type { AccountStatus, JsonObject, NewAccount, PlacedAccount } from '../../db/store.ts'
import { type Account, accountFor, friendlyNameLimit } from '../account.ts'
import { effectiveStatus } from '../account-status.ts'
import { depth } from '../account-tree.ts'
import { auditEntry, differences } from '../audit.ts'
import type { Caller } from '../caller.ts'
import { newCredentials } from '../credentials.ts'
import { DomainError, invalid } from '../errors.ts'
import { onFreshReading } from '../fresh-reading.ts'
import { isSid, newRealm, newSid } from '../ids.ts'
import { checkPassword } from '../password-policy.ts'
import { authorize } from '../permissions.ts'
import { quotaReached } from '../quotas.ts'
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
  /** A random one when it is left out. */
  readonly realm?: string
  readonly document?: JsonObject
  /** Whether no other living account may have the name. */
  readonly uniqueName?: boolean
}

/**
 * The account below which a new one may go. Throws as `authorize` does, `closed`, and `tooDeep` when it
 * stands at the last of `maxDepth` levels.
 */
export function requireParent(
  caller: Caller,
  target: PlacedAccount | undefined,
  maxDepth: number,
): PlacedAccount {
  const parent = authorize(caller, 'createChild', target)
  if (effectiveStatus(parent.lineage) === 'closed') {
    throw new DomainError({ kind: 'closed' })
  }
  const levels = depth(parent.lineage) + 1
  if (levels > maxDepth) {
    throw new DomainError({ kind: 'tooDeep', levels, maxDepth })
  }
  return parent
}

/**
 * Makes a child of `parent`. Throws as `requireParent` does; `invalid` for the organization, role, name
 * or password; `duplicate` for an e-mail that any account has, a closed one too.
 */
export async function createAccount(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  input: NewAccountInput,
): Promise<Account> {
  const parent = requireParent(caller, target, input.maxDepth)
  const organizationSid = await chosenOrganization(services, caller, parent, input.organizationSid)
  chosenRole(caller, input.role)
  const friendlyName = checkedText('friendlyName', input.friendlyName, friendlyNameLimit)
  if (input.password !== undefined) {
    checkPassword(input.password, input, services.policy.passwords)
  }
  const sid = sidFor(services, input.email)
  const { email, status, document = {} } = input
  const credentials = await newCredentials(services, { sid, email }, input.password)
  const named = { sid, organizationSid, friendlyName, email, status }
  const draft: Draft = { ...named, document, ...credentials }
  return onFreshReading(services, caller, parent, (callerNow, parentNow) =>
    insert(services, callerNow, parentNow, draft, input),
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

type Terms = Pick<NewAccountInput, 'maxDepth' | 'role' | 'realm' | 'uniqueName'>

async function insert(
  services: Services,
  caller: Caller,
  target: PlacedAccount,
  draft: Draft,
  { maxDepth, role: wantedRole, realm, uniqueName = false }: Terms,
): Promise<Account | 'stale'> {
  const parent = requireParent(caller, target, maxDepth)
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
    realm: realm ?? newRealm(services.policy.crossbar.realmSuffix),
  }
  const { email, friendlyName, status } = draft
  const isFree = Object.keys(draft.document).length > 0
  const document = isFree ? JSON.stringify(draft.document) : undefined
  const named = { email, friendlyName, status, role, organizationSid, realm, document }
  const changes = differences({}, named)
  const audit = auditEntry(caller, createdAt, 'account.create', draft.sid, changes)
  const result = await services.store.insertAccount(account, parent.lineage, audit, {
    uniqueName,
    maxChildren: services.policy.quotas.children,
  })
  switch (result.outcome) {
    case 'inserted':
      return accountFor(caller, result.account, services.secrets)
    case 'quotaReached':
      throw quotaReached(services.policy.quotas, 'children')
    case 'stale':
      return 'stale'
    case 'duplicate':
      return refuseDuplicate(result.field, { realm, name: friendlyName })
  }
}

/** A random realm that is taken is drawn again; anything that was asked for is refused. */
function refuseDuplicate(
  field: 'sid' | 'email' | 'realm' | 'name',
  asked: { readonly realm: string | undefined; readonly name: string },
): 'stale' {
  if (field === 'realm' && asked.realm === undefined) {
    return 'stale'
  }
  // Only a SID that was derived from the e-mail can be taken.
  if (field === 'sid' || field === 'email') {
    throw new DomainError({ kind: 'duplicate', field: 'email' })
  }
  throw new DomainError({ kind: 'duplicate', field, value: asked[field] })
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
  parent: PlacedAccount,
  wanted: string | undefined,
): Promise<string | undefined> {
  if (wanted === undefined || wanted === parent.organizationSid) {
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
