import type {
  AccountFilter,
  AccountKey,
  AccountRecord,
  AccountStatus,
  AccountType,
  Lineage,
  LineageStep,
  Page,
  PlacedAccount,
  RandomPage,
  SecondaryToken,
} from '../store.ts'
import type { Connection } from './connection.ts'

export type AccountRows = {
  find(key: AccountKey): PlacedAccount | undefined
  root(): PlacedAccount | undefined
  childrenPage(parentSid: string, page: Page): readonly PlacedAccount[]
  organizationPage(organizationSid: string, page: Page): readonly PlacedAccount[]
  familyPage(sid: string, filter: AccountFilter, page: RandomPage): readonly PlacedAccount[]
  /** Whether every account of the lineage still is as it was read. */
  isCurrent(lineage: Lineage): boolean
}

type AccountRow = {
  sid: string
  parent_sid: string | null
  path: string
  organization_sid: string
  friendly_name: string
  email: string | null
  status: AccountStatus
  closed_by: string | null
  role: string
  type: AccountType
  realm: string
  created_at: number
  updated_at: number
  sealed_token: Uint8Array
  token_digest: Uint8Array
  secondary_sealed_token: Uint8Array | null
  secondary_token_digest: Uint8Array | null
  secondary_created_at: number | null
  password_hash: string | null
  descendants_count: number
  revision: number
}

const columns = `sid, parent_sid, path, organization_sid, friendly_name, email, status, closed_by, role,
  type, realm, created_at, updated_at, sealed_token, token_digest, secondary_sealed_token,
  secondary_token_digest, secondary_created_at, password_hash, descendants_count, revision`

const sidLength = 34

/** Reading accounts. The caller puts what must be of one moment into one transaction. */
export function accountRows(connection: Connection): AccountRows {
  const statements = prepareReads(connection)

  function place(row: AccountRow): PlacedAccount {
    const lineage: LineageStep[] = []
    for (const sid of ancestorsOf(row.path)) {
      const ancestor = statements.step.get(sid)
      if (ancestor === undefined) {
        throw new Error(`account ${row.sid} has a path through ${sid}, which does not exist`)
      }
      lineage.push(ancestor)
    }
    lineage.push({ sid: row.sid, status: row.status, revision: row.revision })
    return { ...recordFrom(row), lineage }
  }

  return {
    find(key) {
      const row = 'sid' in key ? statements.bySid.get(key.sid) : statements.byEmail.get(key.email)
      return row && place(row)
    },
    root() {
      const row = statements.root.get()
      return row && place(row)
    },
    childrenPage: (of, page) => statements.children.all({ of, ...pageBinding(page) }).map(place),
    organizationPage: (of, page) =>
      statements.ofOrganization.all({ of, ...pageBinding(page) }).map(place),
    familyPage(of, { friendlyName = null, statuses }, page) {
      const binding = {
        of,
        friendlyName,
        statuses: statuses === undefined ? null : JSON.stringify(statuses),
        offset: page.offset ?? 0,
        ...pageBinding(page),
      }
      const rows =
        page.before === undefined
          ? statements.family.all(binding)
          : statements.familyBackwards.all(binding).reverse()
      return rows.map(place)
    },
    isCurrent: (lineage) =>
      lineage.every(({ sid, revision }) => statements.step.get(sid)?.revision === revision),
  }
}

function prepareReads(connection: Connection) {
  return {
    bySid: connection.prepare<[string], AccountRow>(
      `SELECT ${columns} FROM accounts WHERE sid = ?`,
    ),
    byEmail: connection.prepare<[string], AccountRow>(
      `SELECT ${columns} FROM accounts WHERE email = ?`,
    ),
    root: connection.prepare<[], AccountRow>(
      `SELECT ${columns} FROM accounts WHERE parent_sid IS NULL`,
    ),
    step: connection.prepare<[string], LineageStep>(
      'SELECT sid, status, revision FROM accounts WHERE sid = ?',
    ),
    children: connection.prepare<PageBinding & { of: string }, AccountRow>(`
      SELECT ${columns}
      FROM accounts
      WHERE parent_sid = @of AND (created_at, sid) > (@createdAt, @sid)
      ORDER BY created_at, sid
      LIMIT @limit
    `),
    ofOrganization: connection.prepare<PageBinding & { of: string }, AccountRow>(`
      SELECT ${columns}
      FROM accounts
      WHERE organization_sid = @of AND (created_at, sid) > (@createdAt, @sid)
      ORDER BY created_at, sid
      LIMIT @limit
    `),
    ...prepareFamily(connection),
  }
}

export type PageBinding = { createdAt: number; sid: string; limit: number }

type FamilyBinding = PageBinding & {
  of: string
  friendlyName: string | null
  statuses: string | null
  offset: number
}

/** Both halves come in order from an index, so a page costs the same in a family of any size. */
function prepareFamily(connection: Connection) {
  const half = (whose: string, beyond: string) => `
    SELECT ${columns}
    FROM accounts
    WHERE ${whose} = @of AND (created_at, sid) ${beyond} (@createdAt, @sid)
      AND (@friendlyName IS NULL OR friendly_name = @friendlyName)
      AND (@statuses IS NULL OR status IN (SELECT value FROM json_each(@statuses)))
  `
  const family = (beyond: string, order: string) =>
    connection.prepare<FamilyBinding, AccountRow>(`
      ${half('sid', beyond)} UNION ALL ${half('parent_sid', beyond)}
      ORDER BY created_at ${order}, sid ${order}
      LIMIT @limit OFFSET @offset
    `)
  return { family: family('>', 'ASC'), familyBackwards: family('<', 'DESC') }
}

/** The bound values of a keyset page in the order of creation: a position is often a whole record, of which no more is taken. */
export function pageBinding({ after, before, limit }: RandomPage): PageBinding {
  const { createdAt, sid } = before ?? after ?? { createdAt: Number.MIN_SAFE_INTEGER, sid: '' }
  return { createdAt, sid, limit }
}

function ancestorsOf(path: string): readonly string[] {
  const sids: string[] = []
  for (let at = 0; at + sidLength + 1 < path.length; at += sidLength + 1) {
    sids.push(path.slice(at, at + sidLength))
  }
  return sids
}

function secondaryFrom(row: AccountRow): SecondaryToken | undefined {
  const {
    secondary_sealed_token: sealed,
    secondary_token_digest: digest,
    secondary_created_at: createdAt,
  } = row
  return sealed === null || digest === null || createdAt === null
    ? undefined
    : { sealed, digest, createdAt }
}

function recordFrom(row: AccountRow): AccountRecord {
  return {
    sid: row.sid,
    parentSid: row.parent_sid ?? undefined,
    path: row.path,
    organizationSid: row.organization_sid,
    friendlyName: row.friendly_name,
    email: row.email ?? undefined,
    status: row.status,
    closedBy: row.closed_by ?? undefined,
    role: row.role,
    type: row.type,
    realm: row.realm,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    token: { sealed: row.sealed_token, digest: row.token_digest },
    secondaryToken: secondaryFrom(row),
    passwordHash: row.password_hash ?? undefined,
    descendantsCount: row.descendants_count,
    revision: row.revision,
  }
}
