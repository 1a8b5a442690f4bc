import type { AuditPage, AuditRecord, PlacedAccount } from '../db/store.ts'
import type { Caller } from './caller.ts'
import { authorize } from './permissions.ts'
import type { Services } from './services.ts'

const chunk = 500
/** How many rows one request looks at for those that pass its filter. */
const mostScanned = 20_000
/** A callflow's row may hold two documents of a megabyte, and a page a thousand of them. */
const mostCharacters = 4 * 1024 * 1024

export type AuditQuery = AuditPage & {
  /** Which of the rows; all of them without it. */
  readonly accepts?: (row: AuditRecord) => boolean
}

/** Rows, and the SID of the one behind which the next page begins, if there may be one. */
export type AuditTrail = {
  readonly rows: readonly AuditRecord[]
  readonly next: string | undefined
}

/**
 * What happened to an account, its keys, callflows and logins, the newest first. For itself and those
 * above it. A page may have fewer rows than its limit, none even, and still a next one: what a single
 * request reads is bounded, whatever its filter. Throws as `authorize` does.
 */
export async function readAudit(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  { accepts, after: begin, limit, ...range }: AuditQuery,
): Promise<AuditTrail> {
  const { sid } = authorize(caller, 'readAudit', target)
  const rows: AuditRecord[] = []
  let after = begin
  let characters = 0
  for (let scanned = 0; scanned < mostScanned; ) {
    const behind = after === undefined ? {} : { after }
    const page = { ...range, ...behind, limit: accepts === undefined ? limit + 1 : chunk }
    const found = await services.store.auditPage(sid, page)
    for (const row of found) {
      if (accepts?.(row) ?? true) {
        if (rows.length === limit || characters > mostCharacters) {
          return { rows, next: after }
        }
        rows.push(row)
        characters += charactersOf(row)
      }
      after = row.sid
    }
    if (found.length === 0) {
      return { rows, next: undefined }
    }
    scanned += found.length
    await new Promise((resume) => setImmediate(resume))
  }
  return { rows, next: after }
}

/** What rows may be asked for by; all that is given must hold. */
export type AuditFilter = {
  readonly action?: string | undefined
  /** The SID of an account or of a key. */
  readonly actor?: string | undefined
  readonly target?: string | undefined
}

/** Whether a row passes. */
export function passesFilter({ action, actor, target }: AuditFilter, row: AuditRecord): boolean {
  return (
    (action === undefined || row.action === action) &&
    (actor === undefined || row.actorSid === actor || row.actorKeySid === actor) &&
    (target === undefined || row.targetSid === target)
  )
}

function charactersOf({ changes }: AuditRecord): number {
  return Object.values(changes).reduce(
    (sum, { from = '', to = '' }) => sum + from.length + to.length,
    0,
  )
}
