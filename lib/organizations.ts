import type {
  OrganizationKey,
  OrganizationRecord,
  OrganizationStatus,
  PagePosition,
} from '../db/store.ts'
import { auditEntry } from './audit.ts'
import type { Caller } from './caller.ts'
import { parseDomainName, withoutTrailingDot } from './domain-name.ts'
import { DomainError, invalid } from './errors.ts'
import { isSid, newSid } from './ids.ts'
import {
  authorizeInstallation,
  authorizeOrganization,
  authorizeOrganizations,
} from './permissions.ts'
import type { Services } from './services.ts'

const pageSize = 500

export type Organization = {
  readonly sid: string
  readonly domainName: string
  readonly status: OrganizationStatus
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** What a client calls an organization by: a text of 34 letters and digits is a SID, any other a domain name. */
export function organizationKey(text: string): OrganizationKey {
  return isSid(text) ? { sid: text } : { domainName: withoutTrailingDot(text) }
}

/**
 * The organization with this SID. Throws `forbidden` for one that is not the caller's own, existing
 * or not; `invalid` for a malformed SID; `notFound`, to the root, for one that nothing has.
 */
export async function readOrganization(
  services: Services,
  caller: Caller,
  sid: string,
): Promise<Organization> {
  authorizeOrganizations(caller)
  if (!isSid(sid)) {
    throw invalid('organizationSid', { rule: 'malformed', value: sid })
  }
  authorizeOrganization(caller, sid)
  const record = await services.store.findOrganization({ sid })
  if (record === undefined) {
    throw new DomainError({ kind: 'notFound', what: 'organization' })
  }
  return organizationFrom(record)
}

/**
 * All organizations, or those of one status, in the order of creation. For the root only, so the
 * status is read after that is settled.
 */
export async function listOrganizations(
  services: Services,
  caller: Caller,
  readStatus: () => OrganizationStatus | undefined,
): Promise<readonly Organization[]> {
  authorizeInstallation(caller, 'listOrganizations')
  const status = readStatus()
  const organizations: Organization[] = []
  let after: PagePosition | undefined
  do {
    const page = await services.store.organizationsPage(status, {
      ...(after && { after }),
      limit: pageSize,
    })
    organizations.push(...page.map(organizationFrom))
    after = page.length < pageSize ? undefined : page.at(-1)
  } while (after !== undefined)
  return organizations
}

/** Makes an organization. For the root only; throws `invalid` for a bad and `duplicate` for a taken name. */
export async function createOrganization(
  services: Services,
  caller: Caller,
  name: string,
): Promise<Organization> {
  authorizeInstallation(caller, 'createOrganization')
  const domainName = parseDomainName(name, services.policy.domainNames)
  const at = services.now()
  const record: OrganizationRecord = {
    sid: newSid('OR'),
    domainName,
    status: 'active',
    createdAt: at,
    updatedAt: at,
  }
  const target = { sid: record.sid, accountSid: caller.account.sid }
  const audit = auditEntry(caller, at, 'organization.create', target, {
    domainName: { to: domainName },
  })
  const { outcome } = await services.store.insertOrganization(record, audit)
  if (outcome === 'stale') {
    throw new DomainError({ kind: 'conflict' })
  }
  if (outcome === 'duplicate') {
    throw new DomainError({ kind: 'duplicate', field: 'domainName' })
  }
  return organizationFrom(record)
}

function organizationFrom(record: OrganizationRecord): Organization {
  return {
    sid: record.sid,
    domainName: record.domainName,
    status: record.status,
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.updatedAt),
  }
}
