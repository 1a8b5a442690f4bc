import type {
  AccountChange,
  AccountStatus,
  AuditChanges,
  JsonObject,
  PlacedAccount,
  WriteTerms,
} from '../../db/store.ts'
import { type Account, accountFor, friendlyNameLimit } from '../account.ts'
import { effectiveStatus, isUpward } from '../account-status.ts'
import { isRoot } from '../account-tree.ts'
import { auditEntry, differences, secretChanged } from '../audit.ts'
import type { Caller } from '../caller.ts'
import { type NewCredentials, newCredentials } from '../credentials.ts'
import { DomainError, invalid } from '../errors.ts'
import { onFreshReading } from '../fresh-reading.ts'
import { checkPassword } from '../password-policy.ts'
import { authorize } from '../permissions.ts'
import { isRole, roles } from '../roles.ts'
import type { Services } from '../services.ts'
import { checkedText } from '../text.ts'

/** What is to be different; what is undefined stays. */
export type AccountChangeInput = {
  readonly friendlyName?: string | undefined
  readonly status?: AccountStatus | undefined
  readonly password?: string | undefined
  readonly role?: string | undefined
  readonly realm?: string
  readonly document?: JsonObject
  readonly isReseller?: boolean
}

/** What must hold beside the rules that hold for all. */
export type ChangeConditions = {
  readonly terms?: WriteTerms
  /** Looks at the account as it is in the attempt that is written; throws to refuse. */
  readonly precondition?: (account: PlacedAccount) => void
  /** Whether the own status may become active below an account that is not; it then has no effect yet. */
  readonly mayWait?: boolean
}

/** The account, if the caller may change it. Throws as `authorize` does, and `closed` for a closed one. */
export function requireChangeable(
  caller: Caller,
  target: PlacedAccount | undefined,
): PlacedAccount {
  const account = authorize(caller, 'changeAccount', target)
  if (effectiveStatus(account.lineage) === 'closed') {
    throw new DomainError({ kind: 'closed' })
  }
  return account
}

/** The account, if the caller may close it under these conditions. Throws as `changeAccount` does. */
export function requireClosable(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  conditions: ChangeConditions,
): PlacedAccount {
  const account = requireChangeable(caller, target)
  checkChange(services, caller, account, { status: 'closed' }, conditions)
  return account
}

/**
 * Changes an account in one transaction. A password gives a new AuthToken and makes an uninitialized
 * account active; a status of `closed` closes the whole branch. Throws as `requireChangeable` does;
 * `forbidden` for what nobody may do to the root or to itself; `ancestorInactive`; `invalid`.
 */
export async function changeAccount(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  input: AccountChangeInput,
  conditions: ChangeConditions = {},
): Promise<Account> {
  const account = requireChangeable(caller, target)
  checkChange(services, caller, account, input, conditions)
  const credentials =
    input.password === undefined
      ? undefined
      : await newCredentials(services, account, input.password)
  return onFreshReading(services, caller, account, async (callerNow, targetNow) => {
    requireChangeable(callerNow, targetNow)
    checkChange(services, callerNow, targetNow, input, conditions)
    const status = statusAfter(targetNow, input)
    const change: AccountChange = {
      ...(input.friendlyName !== undefined && { friendlyName: input.friendlyName }),
      ...(status !== undefined && { status }),
      ...(input.role !== undefined && { role: input.role }),
      ...(input.realm !== undefined && { realm: input.realm }),
      ...(input.document !== undefined && { document: input.document }),
      ...(input.isReseller !== undefined && { isReseller: input.isReseller }),
      ...(credentials !== undefined && afterPassword(credentials)),
    }
    return write(services, callerNow, targetNow, change, conditions)
  })
}

/** What a new password changes: it ends every AuthToken there was, the secondary too. */
export function afterPassword({ token, passwordHash, loginHash }: NewCredentials): AccountChange {
  return {
    token,
    ...(passwordHash !== undefined && { passwordHash }),
    loginHash: loginHash ?? null,
    secondaryToken: null,
  }
}

async function write(
  services: Services,
  caller: Caller,
  target: PlacedAccount,
  change: AccountChange,
  { terms = {} }: ChangeConditions,
): Promise<Account | 'stale'> {
  const closes = change.status === 'closed'
  const action = closes ? 'account.close' : 'account.change'
  const audit = auditEntry(caller, services.now(), action, target.sid, recorded(target, change))
  const result = await services.store.changeAccount(target.lineage, change, audit, terms)
  switch (result.outcome) {
    case 'stale':
      return 'stale'
    case 'duplicate':
      throw duplicate(result.field, change)
    case 'hasDescendants':
      throw new DomainError({ kind: 'hasDescendants' })
    case 'changed':
      if (closes) {
        services.branchClosed()
      }
      return accountFor(callerAfter(caller, result.account), result.account, services.secrets)
  }
}

/** Only a realm or a name that is changed can be another's. */
function duplicate(field: 'realm' | 'name', change: AccountChange): DomainError {
  const value = field === 'realm' ? change.realm : change.friendlyName
  return new DomainError({ kind: 'duplicate', field, value })
}

function recorded(target: PlacedAccount, change: AccountChange): AuditChanges {
  const { friendlyName, status, role, realm, token, document } = change
  return {
    ...differences(textFields(target), { friendlyName, status, role, realm }),
    ...(change.isReseller !== undefined &&
      differences(
        { isReseller: String(target.isReseller) },
        { isReseller: String(change.isReseller) },
      )),
    ...(document !== undefined &&
      differences(
        { document: JSON.stringify(target.document) },
        { document: JSON.stringify(document) },
      )),
    ...(token !== undefined && { password: secretChanged, authToken: secretChanged }),
  }
}

function textFields({ friendlyName, status, role, realm }: PlacedAccount) {
  return { friendlyName, status, role, realm }
}

/** Who changed itself sees itself as it now is. */
function callerAfter(caller: Caller, changed: PlacedAccount): Caller {
  return caller.account.sid === changed.sid ? { ...caller, account: changed } : caller
}

/** In the original's order: status, name, password, role (restcomm.md 6.5). */
function checkChange(
  services: Services,
  caller: Caller,
  target: PlacedAccount,
  input: AccountChangeInput,
  { precondition, mayWait = false }: ChangeConditions,
): void {
  precondition?.(target)
  if (input.status !== undefined) {
    checkStatus(caller, target, input.status, mayWait)
  }
  if (input.friendlyName !== undefined) {
    if (input.friendlyName === '') {
      throw invalid('friendlyName', { rule: 'required' })
    }
    checkedText('friendlyName', input.friendlyName, friendlyNameLimit)
  }
  if (input.password !== undefined) {
    authorize(caller, 'manageSecrets', target)
    const { email } = target
    const friendlyName = input.friendlyName ?? target.friendlyName
    checkPassword(input.password, { email, friendlyName }, services.policy.passwords)
  }
  if (input.role !== undefined) {
    checkRole(caller, target, input.role)
  }
}

function checkStatus(
  caller: Caller,
  target: PlacedAccount,
  wanted: AccountStatus,
  mayWait: boolean,
): void {
  if (wanted !== target.status) {
    if (isRoot(target)) {
      throw new DomainError({ kind: 'forbidden', rule: 'root' })
    }
    if (target.sid === caller.account.sid && isUpward(target.status, wanted)) {
      throw new DomainError({ kind: 'forbidden', rule: 'own' })
    }
  }
  // The answer would say something else than was asked for (restcomm.md 17, no. 21).
  if (
    !mayWait &&
    wanted === 'active' &&
    effectiveStatus(target.lineage.slice(0, -1)) !== 'active'
  ) {
    throw new DomainError({ kind: 'ancestorInactive' })
  }
}

function checkRole(caller: Caller, target: PlacedAccount, wanted: string): void {
  authorize(caller, 'changeRole', target)
  if (!isRole(wanted)) {
    throw invalid('role', { rule: 'unknown', value: wanted, allowed: roles })
  }
  if (wanted !== target.role && target.sid === caller.account.sid) {
    throw new DomainError({ kind: 'forbidden', rule: isRoot(target) ? 'root' : 'own' })
  }
}

/**
 * The own status to write. A password makes an uninitialized account active whatever status comes
 * with it, as in Restcomm; but a close that was asked for is never lost.
 */
function statusAfter(
  target: PlacedAccount,
  { status, password }: AccountChangeInput,
): AccountStatus | undefined {
  const activates = password !== undefined && target.status === 'uninitialized'
  return activates && status !== 'closed' ? 'active' : status
}
