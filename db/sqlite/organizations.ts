import { SqliteError } from 'better-sqlite3'
import type {
  OrganizationInsertOutcome,
  OrganizationKey,
  OrganizationRecord,
  OrganizationStatus,
  Page,
} from '../store.ts'
import type { Connection } from './connection.ts'
import { type PageBinding, pageBinding } from './page-binding.ts'

export type OrganizationRows = {
  find(key: OrganizationKey): OrganizationRecord | undefined
  page(status: OrganizationStatus | undefined, page: Page): readonly OrganizationRecord[]
  insert(organization: OrganizationRecord): OrganizationInsertOutcome
}

type OrganizationRow = {
  sid: string
  domain_name: string
  status: OrganizationStatus
  created_at: number
  updated_at: number
}

const columns = 'sid, domain_name, status, created_at, updated_at'

export function organizationRows(connection: Connection): OrganizationRows {
  const bySid = connection.prepare<[string], OrganizationRow>(
    `SELECT ${columns} FROM organizations WHERE sid = ?`,
  )
  const byDomain = connection.prepare<[string], OrganizationRow>(
    `SELECT ${columns} FROM organizations WHERE folded_domain_name = ?`,
  )
  const pageRows = connection.prepare<PageBinding & { status: string | null }, OrganizationRow>(`
    SELECT ${columns}
    FROM organizations
    WHERE (@status IS NULL OR status = @status) AND (created_at, sid) > (@createdAt, @sid)
    ORDER BY created_at, sid
    LIMIT @limit
  `)
  const insert = connection.prepare(`
    INSERT INTO organizations (
      sid, domain_name, folded_domain_name, status, created_at, updated_at
    )
    VALUES (@sid, @domainName, @foldedDomainName, @status, @createdAt, @updatedAt)
  `)
  return {
    find(key) {
      const row = 'sid' in key ? bySid.get(key.sid) : byDomain.get(folded(key.domainName))
      return row && recordFrom(row)
    },
    page: (status, page) =>
      pageRows.all({ status: status ?? null, ...pageBinding(page) }).map(recordFrom),
    insert(organization) {
      try {
        insert.run({ ...organization, foldedDomainName: folded(organization.domainName) })
        return { outcome: 'inserted' }
      } catch (error) {
        if (error instanceof SqliteError && error.code === 'SQLITE_CONSTRAINT_UNIQUE') {
          return { outcome: 'duplicate' }
        }
        throw error
      }
    },
  }
}

function folded(domainName: string): string {
  return domainName.toLowerCase()
}

function recordFrom(row: OrganizationRow): OrganizationRecord {
  return {
    sid: row.sid,
    domainName: row.domain_name,
    status: row.status,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
