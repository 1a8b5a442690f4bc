import type { AuditEntry, Lineage } from '../store.ts'
import { accountCache } from './account-cache.ts'
import { type AccountWrites, accountWrites } from './account-writes.ts'
import { type AccountRows, accountRows } from './accounts.ts'
import { type ApiKeyRows, apiKeyRows } from './api-keys.ts'
import { type AuditRows, auditRows } from './audit.ts'
import { type BranchCounting, branchCounting } from './branch-counts.ts'
import { type BranchMoves, branchMoves } from './branch-moves.ts'
import { type CallflowRows, callflowRows } from './callflows.ts'
import { type ClosedBranches, closedBranches } from './closed-branches.ts'
import type { Connection } from './connection.ts'
import { type IdempotencyRows, idempotencyRows } from './idempotency.ts'
import { type OrganizationRows, organizationRows } from './organizations.ts'
import { type Reopenings, reopenings } from './reopenings.ts'
import { type SessionRows, sessionRows } from './sessions.ts'
import { type DeliveryRows, deliveryRows } from './webhook-deliveries.ts'
import { type WebhookRows, webhookRows } from './webhooks.ts'

/** What can be done to each table, with every statement prepared once. None of it is a transaction. */
export type Tables = {
  readonly accounts: AccountRows
  readonly writes: AccountWrites
  readonly branches: ClosedBranches
  readonly reopenings: Reopenings
  readonly counts: BranchCounting
  readonly sessions: SessionRows
  readonly moves: BranchMoves
  readonly organizations: OrganizationRows
  readonly apiKeys: ApiKeyRows
  readonly callflows: CallflowRows
  readonly idempotency: IdempotencyRows
  readonly audit: AuditRows
  readonly webhooks: WebhookRows
  readonly deliveries: DeliveryRows
}

export function prepareTables(connection: Connection): Tables {
  const sessions = sessionRows(connection)
  const branches = closedBranches(connection, sessions)
  const deliveries = deliveryRows(connection)
  const idempotency = idempotencyRows(connection)
  return {
    accounts: accountRows(connection, accountCache(connection)),
    writes: accountWrites(connection),
    branches,
    reopenings: reopenings(connection, branches, sessions),
    counts: branchCounting(connection),
    sessions,
    moves: branchMoves(connection),
    organizations: organizationRows(connection),
    apiKeys: apiKeyRows(connection),
    callflows: callflowRows(connection),
    idempotency,
    audit: auditRows(connection, deliveries, idempotency),
    webhooks: webhookRows(connection),
    deliveries,
  }
}

/**
 * Whether what a write was decided on is still so: no account on its lineage has changed, the key that it
 * comes by is still there, and the request it comes from has not been carried out.
 */
export function isCurrent(
  { accounts, apiKeys, idempotency }: Pick<Tables, 'accounts' | 'apiKeys' | 'idempotency'>,
  lineage: Lineage,
  entry: AuditEntry,
): boolean {
  const { actorKeySid } = entry
  const isKeyThere = actorKeySid === undefined || apiKeys.find(actorKeySid) !== undefined
  return isKeyThere && accounts.isCurrent(lineage) && !idempotency.isDone(entry)
}

/** A store method as its transaction function has it: the same, but without the promise. */
export type Sync<Method extends (...args: never[]) => Promise<unknown>> = (
  ...args: Parameters<Method>
) => Awaited<ReturnType<Method>>
