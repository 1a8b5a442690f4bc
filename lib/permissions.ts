import type { KeyScope, PlacedAccount } from '../db/store.ts'
import { isAncestor, isRoot } from './account-tree.ts'
import type { Caller } from './caller.ts'
import { DomainError, type Refusal } from './errors.ts'
import { rolesHolding } from './roles.ts'

/** Everything that a caller can ask of an account. */
export type AccountAction =
  | 'readAccount'
  | 'listChildren'
  | 'listSiblings'
  | 'createChild'
  | 'changeAccount'
  | 'changeRole'
  /** See and set what logs in: the AuthTokens, the password, the API keys. */
  | 'manageSecrets'
  /** Take it, and everything below it, to another place in the tree. */
  | 'moveAccount'
  /** Take back the close of its branch. */
  | 'reopenAccount'
  | 'readCallflows'
  | 'changeCallflows'
  /** See who did what to it, from where. */
  | 'readAudit'
  /** Have its changes, and those below it, sent elsewhere. */
  | 'manageWebhooks'

/** What concerns the installation and is asked of no account. */
export type InstallationAction =
  | 'listByOrganization'
  | 'migrateBranch'
  | 'moveBranch'
  | 'setReseller'
  | 'createOrganization'
  | 'listOrganizations'
  | 'readReadiness'

type Rule = {
  readonly roles: ReadonlySet<string>
  /** Whether an uninitialized account may do it to itself. */
  readonly uninitialized?: true
  readonly administratorOnly?: true
  /** What an API key must at least be made for. */
  readonly scope: KeyScope
  /** Whether more accounts than the target are touched, which is beyond a key for its own account. */
  readonly touchesChildren?: true
}

const rules: Readonly<Record<AccountAction, Rule>> = {
  readAccount: {
    roles: rolesHolding('RestComm:Read:Accounts'),
    uninitialized: true,
    scope: 'read',
  },
  listChildren: {
    roles: rolesHolding('RestComm:Read:Accounts'),
    scope: 'read',
    touchesChildren: true,
  },
  // Those beside an account are nobody's own, so no role that acts on its own account sees them.
  listSiblings: {
    roles: rolesHolding('RestComm:Read:Accounts'),
    administratorOnly: true,
    scope: 'read',
    touchesChildren: true,
  },
  createChild: {
    roles: rolesHolding('RestComm:Create:Accounts'),
    scope: 'write',
    touchesChildren: true,
  },
  changeAccount: {
    roles: rolesHolding('RestComm:Modify:Accounts'),
    uninitialized: true,
    scope: 'write',
  },
  changeRole: {
    roles: rolesHolding('RestComm:Modify:Accounts'),
    uninitialized: true,
    administratorOnly: true,
    scope: 'admin',
  },
  moveAccount: {
    roles: rolesHolding('RestComm:Modify:Accounts'),
    administratorOnly: true,
    scope: 'write',
    touchesChildren: true,
  },
  reopenAccount: {
    roles: rolesHolding('RestComm:Modify:Accounts'),
    administratorOnly: true,
    scope: 'write',
    touchesChildren: true,
  },
  // Restcomm's word for what decides on a call is an application.
  readCallflows: { roles: rolesHolding('RestComm:Read:Applications'), scope: 'read' },
  changeCallflows: { roles: rolesHolding('RestComm:Modify:Applications'), scope: 'write' },
  // No secret is in it, so any key of an Administrator may; no other role holds this.
  readAudit: { roles: rolesHolding('RestComm:Read:Audit'), scope: 'read' },
  // What is sent tells of the branch, and goes where nobody here can see; no other role holds this.
  manageWebhooks: {
    roles: rolesHolding('RestComm:Modify:Webhooks'),
    scope: 'admin',
    touchesChildren: true,
  },
  // Whoever sees the AuthToken has all of the account's reach, so a key for itself alone may not.
  manageSecrets: {
    roles: rolesHolding('RestComm:Modify:Accounts'),
    uninitialized: true,
    scope: 'admin',
    touchesChildren: true,
  },
}

const readersOfOrganizations = rolesHolding('RestComm:Read:Organizations')

const installationScopes: Readonly<Record<InstallationAction, KeyScope>> = {
  listByOrganization: 'read',
  listOrganizations: 'read',
  readReadiness: 'read',
  createOrganization: 'write',
  migrateBranch: 'write',
  moveBranch: 'write',
  setReseller: 'write',
}

const scopes = ['read', 'write', 'admin'] as const satisfies readonly KeyScope[]

/** Whether a key made for `granted` may do what asks for `wanted`. */
export function coversScope(granted: KeyScope, wanted: KeyScope): boolean {
  return scopes.indexOf(granted) >= scopes.indexOf(wanted)
}

/**
 * The one decision on accounts (security.md Z1): may this caller do this to that account? Gives the
 * account back, so that nothing is done to one that was not asked about. An Administrator reaches
 * itself and everything below it, any other role itself alone. Throws `inactive` or `forbidden`, and
 * `notFound` to the root only: to anyone else an account that does not exist is one of a stranger.
 */
export function authorize(
  caller: Caller,
  action: AccountAction,
  target: PlacedAccount | undefined,
): PlacedAccount {
  const refusal = accountRefusal(caller, action, target)
  if (refusal !== undefined) {
    throw new DomainError(refusal)
  }
  if (target === undefined) {
    throw new DomainError({ kind: 'notFound', what: 'account' })
  }
  return target
}

/** Whether `authorize` would let it pass. */
export function isAllowed(caller: Caller, action: AccountAction, target: PlacedAccount): boolean {
  return accountRefusal(caller, action, target) === undefined
}

/** Throws `inactive` or `forbidden` unless the caller is the root account. */
export function authorizeInstallation(caller: Caller, action: InstallationAction): void {
  if (caller.standing === 'selfOnly') {
    throw new DomainError({ kind: 'inactive' })
  }
  const scope = installationScopes[action]
  if (!isRoot(caller.account) || !keyAllows(caller, { scope, touchesChildren: true })) {
    throw new DomainError(forbidden)
  }
}

/** Throws `inactive` or `forbidden` unless the caller may read organizations at all. */
export function authorizeOrganizations(caller: Caller): void {
  if (caller.standing === 'selfOnly') {
    throw new DomainError({ kind: 'inactive' })
  }
  if (!readersOfOrganizations.has(caller.account.role)) {
    throw new DomainError(forbidden)
  }
}

/** Throws as well unless it may read that one: the root any, anyone else the own. */
export function authorizeOrganization(caller: Caller, organizationSid: string): void {
  authorizeOrganizations(caller)
  if (!isRoot(caller.account) && organizationSid !== caller.account.organizationSid) {
    throw new DomainError(forbidden)
  }
}

const forbidden = { kind: 'forbidden', rule: 'access' } as const satisfies Refusal
const outside = { kind: 'forbidden', rule: 'outside' } as const satisfies Refusal

function accountRefusal(
  caller: Caller,
  action: AccountAction,
  target: PlacedAccount | undefined,
): Refusal | undefined {
  const rule = rules[action]
  const isSelf = target?.sid === caller.account.sid
  if (caller.standing === 'selfOnly' && !(rule.uninitialized === true && isSelf)) {
    return { kind: 'inactive' }
  }
  const { role } = caller.account
  if (!rule.roles.has(role) || !keyAllows(caller, rule)) {
    return forbidden
  }
  if (target === undefined) {
    // Nor does a key for the root alone learn which accounts there are.
    return isRoot(caller.account) && caller.apiKey?.reach !== 'self' ? undefined : outside
  }
  if (!isSelf) {
    if (!isAncestor(caller.account, target)) {
      return outside
    }
    if (role !== 'Administrator' || caller.apiKey?.reach === 'self') {
      return forbidden
    }
  }
  return rule.administratorOnly === true && role !== 'Administrator'
    ? { kind: 'forbidden', rule: 'administratorOnly' }
    : undefined
}

function keyAllows({ apiKey }: Caller, rule: Pick<Rule, 'scope' | 'touchesChildren'>): boolean {
  if (apiKey === undefined) {
    return true
  }
  const isWithinReach = apiKey.reach === 'branch' || rule.touchesChildren !== true
  return isWithinReach && coversScope(apiKey.scope, rule.scope)
}
