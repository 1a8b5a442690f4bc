import type { AuditEntry, AuditRecord, Store } from '../../db/store.ts'

/** What was recorded of a target, the oldest first: from the audit of every account, and of the target itself. */
export async function recordedOf(store: Store, targetSid: string): Promise<readonly AuditEntry[]> {
  const root = await store.findRoot()
  const accounts = root === undefined ? [] : await branchOf(store, root.sid)
  const entries: AuditEntry[] = []
  for (const accountSid of new Set([...accounts, targetSid])) {
    const rows = await wholeAudit(store, accountSid)
    entries.push(...rows.filter((row) => row.targetSid === targetSid).map(entryFrom))
  }
  return entries
}

async function branchOf(store: Store, sid: string): Promise<readonly string[]> {
  const sids = [sid]
  for (let at = 0; at < sids.length; at += 1) {
    const above = String(sids[at])
    let page = await store.childrenPage(above, { limit: pageSize })
    for (let after = page.at(-1); after !== undefined; after = page.at(-1)) {
      sids.push(...page.map((child) => child.sid))
      page = await store.childrenPage(above, { after, limit: pageSize })
    }
  }
  return sids
}

async function wholeAudit(store: Store, accountSid: string): Promise<readonly AuditRecord[]> {
  const rows: AuditRecord[] = []
  let page = await store.auditPage(accountSid, { limit: pageSize })
  for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
    rows.push(...page)
    page = await store.auditPage(accountSid, { after: last.sid, limit: pageSize })
  }
  return rows.toReversed()
}

const pageSize = 1000

/** The account is named where it is not the target. */
function entryFrom({ sid: _sid, accountSid, ...entry }: AuditRecord): AuditEntry {
  return {
    ...entry,
    ...(accountSid !== undefined && accountSid !== entry.targetSid && { accountSid }),
  }
}
