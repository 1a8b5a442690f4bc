import type { OrganizationRecord, PlacedAccount } from '../db/store.ts'
import { type Account, accountFor } from './account.ts'
import { effectiveStatus } from './account-status.ts'
import { auditEntry } from './audit.ts'
import type { Caller } from './caller.ts'
import { DomainError } from './errors.ts'
import { onFreshReading } from './fresh-reading.ts'
import { organizationKey } from './organizations.ts'
import { authorize, authorizeInstallation } from './permissions.ts'
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
