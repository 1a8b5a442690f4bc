import type { AccountKey, OrganizationRecord, PlacedAccount } from '../db/store.ts'
import { type Account, accountFor } from './account.ts'
import { effectiveStatus } from './account-status.ts'
import { isAncestor, isRoot } from './account-tree.ts'
import { requireLiving } from './accounts/read.ts'
import { auditEntry } from './audit.ts'
import type { Caller } from './caller.ts'
import { DomainError } from './errors.ts'
import { onFreshReading } from './fresh-reading.ts'
import { organizationKey } from './organizations.ts'
import { authorize, authorizeInstallation } from './permissions.ts'
import { quotaReached } from './quotas.ts'
import type { Services } from './services.ts'

/**
 * Gives a direct child of the root and everything below it another organization, named by SID or
 * domain name, in one transaction. For the root only, so the name is read after that is settled. Throws, in the original's order (restcomm.md
 * 6.5), `forbidden`, `organizationMissing`, `notFound`, `notTopLevel`, `closed` and
 * `alreadyInOrganization`.
 */
export async function migrateBranch(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  readOrganizationName: () => string | undefined,
): Promise<Account> {
  authorizeInstallation(caller, 'migrateBranch')
  const organization = await namedOrganization(services, readOrganizationName())
  const branch = authorize(caller, 'changeAccount', target)
  return onFreshReading(services, caller, branch, (callerNow, branchNow) =>
    migrate(services, callerNow, branchNow, organization),
  )
}

async function migrate(
  services: Services,
  caller: Caller,
  branch: PlacedAccount,
  organization: OrganizationRecord,
): Promise<Account | 'stale'> {
  if (branch.parentSid !== caller.account.sid) {
    throw new DomainError({ kind: 'notTopLevel' })
  }
  if (effectiveStatus(branch.lineage) === 'closed') {
    throw new DomainError({ kind: 'closed' })
  }
  if (branch.organizationSid === organization.sid) {
    throw new DomainError({ kind: 'alreadyInOrganization' })
  }
  const audit = auditEntry(caller, services.now(), 'account.migrate', branch.sid, {
    organizationSid: { from: branch.organizationSid, to: organization.sid },
  })
  const result = await services.store.migrateBranch(branch.lineage, organization.sid, audit)
  return result.outcome === 'stale' ? 'stale' : accountFor(caller, result.account, services.secrets)
}

/** Where a branch goes, and what must hold beside the rules that hold for all. */
export type MoveTerms = {
  /** Levels that the tree may have afterwards, the root's included. */
  readonly maxDepth: number
  /** Names the other end, after the caller is known to reach the branch. */
  readonly readDestination: () => Promise<AccountKey>
  /** Looks at the branch as it is in the attempt that is written; throws to refuse. */
  readonly precondition: (branch: PlacedAccount) => void
}

/**
 * Puts a branch below another account and into its organization, in one transaction. Who may is a
 * setting: the root alone, or any account above both ends (kazoo.md 3). Throws `forbidden` for a
 * destination that is the branch itself or inside it and for the root, `notFound` for one that does not
 * exist, `tooDeep`, `quotaReached`.
 */
export async function moveBranch(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  { maxDepth, readDestination, precondition }: MoveTerms,
): Promise<Account> {
  const branch = requireLiving(caller, 'moveAccount', target)
  authorizeMove(services, caller, branch)
  const key = await readDestination()
  return onFreshReading(services, caller, branch, async (callerNow, branchNow) => {
    authorizeMove(services, callerNow, requireLiving(callerNow, 'moveAccount', branchNow))
    precondition(branchNow)
    const [found] = await services.store.findAccounts([key])
    const parent = requireDestination(callerNow, branchNow, found)
    const audit = auditEntry(callerNow, services.now(), 'account.move', branchNow.sid, {
      parentSid: { from: branchNow.parentSid ?? '', to: parent.sid },
    })
    const { lineage } = branchNow
    const limits = { maxDepth, maxChildren: services.policy.quotas.children }
    const result = await services.store.moveBranch(lineage, parent.lineage, limits, audit)
    if (result.outcome === 'quotaReached') {
      throw quotaReached(services.policy.quotas, 'children')
    }
    if (result.outcome === 'tooDeep') {
      throw new DomainError({ kind: 'tooDeep', levels: result.levels, maxDepth })
    }
    return result.outcome === 'stale'
      ? 'stale'
      : accountFor(callerNow, result.account, services.secrets)
  })
}

/** The caller must stand above the branch; by the standard setting it must be the root. */
function authorizeMove(services: Services, caller: Caller, branch: PlacedAccount): void {
  if (services.policy.crossbar.allowMove === 'superduper_admin') {
    authorizeInstallation(caller, 'moveBranch')
  }
  if (isRoot(branch) || !isAncestor(caller.account, branch)) {
    throw new DomainError({ kind: 'forbidden', rule: isRoot(branch) ? 'root' : 'access' })
  }
}

function requireDestination(
  caller: Caller,
  branch: PlacedAccount,
  found: PlacedAccount | undefined,
): PlacedAccount {
  const destination = requireLiving(caller, 'createChild', found)
  const isWithin = destination.sid === branch.sid || isAncestor(branch, destination)
  const isAbove = isRoot(caller.account) || isAncestor(caller.account, destination)
  if (isWithin || !isAbove) {
    throw new DomainError({ kind: 'forbidden', rule: 'access' })
  }
  return destination
}

async function namedOrganization(
  services: Services,
  name: string | undefined,
): Promise<OrganizationRecord> {
  const organization =
    name === undefined || name === ''
      ? undefined
      : await services.store.findOrganization(organizationKey(name))
  if (organization === undefined) {
    throw new DomainError({ kind: 'organizationMissing' })
  }
  return organization
}
