import type { AuditChanges, AuditEntry, AuditValues } from '../db/store.ts'
import type { Caller } from './caller.ts'

const actions = [
  'account.create',
  'account.change',
  'account.close',
  'account.reopen',
  'account.migrate',
  'account.move',
  'account.renewToken',
  'account.addSecondaryToken',
  'account.promoteSecondaryToken',
  'account.removeSecondaryToken',
  'apiKey.create',
  'apiKey.rename',
  'apiKey.remove',
  'callflow.create',
  'callflow.change',
  'callflow.remove',
  'session.create',
  'session.remove',
  'login.failed',
  'webhook.create',
  'webhook.change',
  'webhook.disable',
  'webhook.rotateSecret',
  'webhook.remove',
  'webhook.test',
  'organization.create',
  'installation.create',
  'installation.rekey',
] as const

export type AuditAction = (typeof actions)[number]

/** All that an audit row may be of. */
export const auditActions: readonly string[] = actions

/** An account by its SID, or what belongs to one. */
export type AuditTarget = string | { readonly sid: string; readonly accountSid: string }

/** What is recorded of a change by a caller, to be written in the transaction of the change. */
export function auditEntry(
  caller: Caller,
  at: number,
  action: AuditAction,
  target: AuditTarget,
  changes: AuditChanges,
): AuditEntry {
  const { origin, idempotent } = caller
  const entry = { at, action, ...targeted(target), ...actor(caller), ...origin, changes }
  return idempotent === undefined ? entry : { ...entry, idempotent }
}

export function targeted(target: AuditTarget): Pick<AuditEntry, 'targetSid' | 'accountSid'> {
  return typeof target === 'string'
    ? { targetSid: target }
    : { targetSid: target.sid, accountSid: target.accountSid }
}

/** What is recorded of a change that the program itself makes, at the operator's command. */
export function commandEntry(
  at: number,
  action: AuditAction,
  targetSid: string,
  changes: AuditChanges,
): AuditEntry {
  return { at, action, targetSid, changes }
}

function actor({ account, apiKey }: Caller): Pick<AuditEntry, 'actorSid' | 'actorKeySid'> {
  return { actorSid: account.sid, ...(apiKey && { actorKeySid: apiKey.sid }) }
}

/** That a secret was changed, and nothing of what it was or is. */
export const secretChanged: AuditValues = { to: 'changed' }

/** The old and the new value of each named field that differs. */
export function differences(
  before: Readonly<Record<string, string | undefined>>,
  after: Readonly<Record<string, string | undefined>>,
): AuditChanges {
  const changed: Record<string, AuditValues> = {}
  for (const [field, to] of Object.entries(after)) {
    const from = before[field]
    if (to !== undefined && to !== from) {
      changed[field] = { ...(from !== undefined && { from }), to }
    }
  }
  return changed
}
