import type {
  AccountFilter,
  AccountKey,
  InPassing,
  Lineage,
  LineageStep,
  NamedAccounts,
  NamedPage,
  NamedScope,
  Page,
  PlacedAccount,
  RandomPage,
  TakenNames,
} from '../store.ts'
import type { AccountCache } from './account-cache.ts'
import { type AccountRow, columns, recordFrom, type StepRow } from './account-row.ts'
import type { Connection } from './connection.ts'
import { foldedName } from './folded-name.ts'
import { type Names, namedAccounts } from './named-accounts.ts'

/**
 * Reading accounts. Only `find`, `isCurrent`, `livingChildren` and `takenNames` are for writes, in the
 * midst of which the rows are not what they will have been.
 */
export type AccountRows = {
  find(key: AccountKey): PlacedAccount | undefined
  /** The same as it was read before, if nothing of it has changed since; undefined does not say that there is none. */
  known(key: AccountKey): PlacedAccount | undefined
  /** The same, and its row is read even so: for who is known and who is not it costs alike. */
  readAgain(key: AccountKey): PlacedAccount | undefined
  recall(key: AccountKey): PlacedAccount | undefined
  root(): PlacedAccount | undefined
  childrenPage(parentSid: string, page: Page): readonly PlacedAccount[]
  livingChildren(parentSid: string): number
  organizationPage(organizationSid: string, page: Page): readonly PlacedAccount[]
  familyPage(sid: string, filter: AccountFilter, page: RandomPage): readonly PlacedAccount[]
  namedPage(scope: NamedScope, page: NamedPage): NamedAccounts
  takenNames(names: Names, exceptSid: string | undefined): TakenNames
  /** Whether every account of the lineage still is as it was read. */
  isCurrent(lineage: Lineage): boolean
}

const sidLength = 34
/** In characters of its JSON; an account with a larger one, which may have a million, is read anew each time. */
const largestDocument = 10_000

/** The caller puts what must be of one moment into one transaction. */
export function accountRows(connection: Connection, cache?: AccountCache): AccountRows {
  const statements = prepareReads(connection)
  const named = namedAccounts(connection)

  function stepOf(sid: string, below: string): LineageStep {
    const ancestor = statements.step.get(sid)
    if (ancestor === undefined) {
      throw new Error(`account ${below} has a path through ${sid}, which does not exist`)
    }
    return stepFrom(ancestor)
  }

  function place(row: AccountRow): PlacedAccount {
    const above = ancestorsOf(row.path).map((sid) => stepOf(sid, row.sid))
    return { ...recordFrom(row), lineage: [...above, stepFrom(row)] }
  }

  /** The account of this row as it was read before, if it was: so it stays one and the same value. */
  function placeAgain(row: AccountRow, { inPassing = false }: InPassing = {}): PlacedAccount {
    const known = cache?.get(row)
    if (known !== undefined) {
      return known
    }
    const step = (sid: string) => cache?.step(sid) ?? stepOf(sid, row.sid)
    const lineage = [...ancestorsOf(row.path).map(step), cache?.step(row.sid) ?? stepFrom(row)]
    const account = { ...recordFrom(row), lineage }
    if (!inPassing && row.document.length <= largestDocument) {
      cache?.put(account)
    }
    return account
  }

  function foundBy(key: AccountKey, placed: (row: AccountRow) => PlacedAccount) {
    const row = rowOf(statements, key)
    const account = row && placed(row)
    return account && isOf(key, account) ? account : undefined
  }

  function known(key: AccountKey): PlacedAccount | undefined {
    cache?.refresh()
    return cache?.get(key)
  }

  function readAgain(key: AccountKey): PlacedAccount | undefined {
    cache?.refresh()
    return foundBy(key, (row) => placeAgain(row))
  }

  function placeAll(rows: readonly AccountRow[], page: InPassing): readonly PlacedAccount[] {
    cache?.refresh()
    return rows.map((row) => placeAgain(row, page))
  }

  /** Asks for the SIDs first: where each of them is known, which is often, no row is read. */
  function pageOf(select: PageSelect, of: string, page: Page) {
    const binding = { of, ...pageBinding(page) }
    cache?.refresh()
    const known: PlacedAccount[] = []
    for (const sid of select.sids.all(binding)) {
      const account = cache?.get({ sid })
      if (account === undefined) {
        return placeAll(select.rows.all(binding), page)
      }
      known.push(account)
    }
    return known
  }

  return {
    find: (key) => foundBy(key, place),
    known,
    readAgain,
    recall: (key) => known(key) ?? readAgain(key),
    root() {
      const row = statements.root.get()
      return row && place(row)
    },
    livingChildren: (of) => statements.livingChildren.get(of)?.children ?? 0,
    childrenPage: (of, page) => pageOf(statements.children, of, page),
    organizationPage: (of, page) => pageOf(statements.ofOrganization, of, page),
    familyPage: (of, filter, page) => placeAll(familyRows(statements, of, filter, page), page),
    namedPage(scope, page) {
      const { rows, next } = named.page(scope, page)
      return { accounts: placeAll(rows, page), next }
    },
    takenNames: named.taken,
    isCurrent: (lineage) =>
      lineage.every(({ sid, revision }) => statements.step.get(sid)?.revision === revision),
  }
}

type Statements = ReturnType<typeof prepareReads>

/**
 * For a SID or an e-mail that no account has, a neighbour of it: who is unknown then costs as much as
 * who is known, and the clock tells nobody who exists (security.md C5).
 */
function rowOf(statements: Statements, key: AccountKey): AccountRow | undefined {
  if ('sid' in key) {
    return statements.bySid.get(key.sid) ?? statements.root.get()
  }
  if ('email' in key) {
    return statements.byEmail.get(key.email) ?? statements.root.get()
  }
  if ('realm' in key) {
    return statements.byRealm.get(key.realm)
  }
  const rows =
    'name' in key
      ? statements.byName.all(foldedName(key.name))
      : statements.byToken.all({ digest: key.tokenDigest })
  return rows.length === 1 ? rows[0] : undefined
}

function isOf(key: AccountKey, { sid, email }: PlacedAccount): boolean {
  return 'sid' in key ? sid === key.sid : !('email' in key) || email === key.email
}

function familyRows(
  statements: Statements,
  of: string,
  { friendlyName, statuses }: AccountFilter,
  page: RandomPage,
): readonly AccountRow[] {
  const binding = {
    of,
    friendlyName: friendlyName ?? null,
    statuses: statuses === undefined ? null : JSON.stringify(statuses),
    offset: page.offset ?? 0,
    ...pageBinding(page),
  }
  return page.before === undefined
    ? statements.family.all(binding)
    : statements.familyBackwards.all(binding).reverse()
}

function stepFrom(row: StepRow): LineageStep {
  const { sid, status, revision } = row
  return { sid, status, revision, isReseller: row.is_reseller === 1 }
}

function prepareReads(connection: Connection) {
  return {
    bySid: connection.prepare<[string], AccountRow>(
      `SELECT ${columns} FROM accounts WHERE sid >= ? ORDER BY sid LIMIT 1`,
    ),
    byEmail: connection.prepare<[string], AccountRow>(
      `SELECT ${columns} FROM accounts WHERE email >= ? ORDER BY email LIMIT 1`,
    ),
    byRealm: connection.prepare<[string], AccountRow>(
      `SELECT ${columns} FROM accounts WHERE realm = ? AND closed_by IS NULL`,
    ),
    byName: connection.prepare<[string], AccountRow>(`
      SELECT ${columns}
      FROM accounts
      WHERE folded_name = ? AND folded_name <> '' AND closed_by IS NULL
      LIMIT 2
    `),
    byToken: connection.prepare<{ digest: Uint8Array }, AccountRow>(`
      SELECT ${columns}
      FROM accounts
      WHERE (token_digest = @digest OR secondary_token_digest = @digest) AND closed_by IS NULL
      LIMIT 2
    `),
    root: connection.prepare<[], AccountRow>(
      `SELECT ${columns} FROM accounts WHERE parent_sid IS NULL`,
    ),
    step: connection.prepare<[string], StepRow>(
      'SELECT sid, status, revision, is_reseller FROM accounts WHERE sid = ?',
    ),
    children: pageSelect(connection, 'parent_sid'),
    livingChildren: connection.prepare<[string], { children: number }>(`
      SELECT count(*) AS children
      FROM accounts
      WHERE parent_sid = ? AND closed_by IS NULL
    `),
    ofOrganization: pageSelect(connection, 'organization_sid'),
    ...prepareFamily(connection),
  }
}

/** One page in two depths: the SIDs, which an index alone gives, and the rows. */
type PageSelect = {
  readonly sids: { all(binding: PageBinding & { of: string }): string[] }
  readonly rows: { all(binding: PageBinding & { of: string }): AccountRow[] }
}

function pageSelect(connection: Connection, whose: string): PageSelect {
  const select = (what: string) => `
    SELECT ${what}
    FROM accounts
    WHERE ${whose} = @of AND (created_at, sid) > (@createdAt, @sid)
    ORDER BY created_at, sid
    LIMIT @limit
  `
  return {
    sids: connection.prepare<PageBinding & { of: string }, string>(select('sid')).pluck(),
    rows: connection.prepare(select(columns)),
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
