import type { AuditChanges, AuditEntry, AuditValues } from '../db/store.ts'
import type { Caller } from './caller.ts'

const everyAction = {
  'account.create': true,
  'account.change': true,
  'account.close': true,
  'account.reopen': true,
  'account.migrate': true,
  'account.move': true,
  'account.renewToken': true,
  'account.addSecondaryToken': true,
  'account.promoteSecondaryToken': true,
  'account.removeSecondaryToken': true,
  'apiKey.create': true,
  'apiKey.rename': true,
  'apiKey.remove': true,
  'callflow.create': true,
  'callflow.change': true,
  'callflow.remove': true,
  'session.create': true,
  'session.remove': true,
  'login.failed': true,
  'webhook.create': true,
  'webhook.change': true,
  'webhook.disable': true,
  'webhook.rotateSecret': true,
  'webhook.remove': true,
  'webhook.test': true,
  'organization.create': true,
  'installation.create': true,
  'installation.rekey': true,
} as const

export type AuditAction = keyof typeof everyAction

/** All that an audit row may be of. */
export const auditActions: readonly string[] = Object.keys(everyAction)

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
