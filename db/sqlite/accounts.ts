import type {
  AccountFilter,
  AccountKey,
  Lineage,
  NamedAccounts,
  NamedPage,
  NamedScope,
  Page,
  PlacedAccount,
  RandomPage,
  TakenNames,
} from '../store.ts'
import type { AccountCache } from './account-cache.ts'
import { type AccountRow, columns } from './account-row.ts'
import type { Connection } from './connection.ts'
import { foldedName } from './folded-name.ts'
import { type Names, namedAccounts } from './named-accounts.ts'
import { type PageBinding, pageBinding } from './page-binding.ts'
import { pageSelect, placedAccounts } from './placed-accounts.ts'

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

/** The caller puts what must be of one moment into one transaction. */
export function accountRows(connection: Connection, cache?: AccountCache): AccountRows {
  const statements = prepareReads(connection)
  const named = namedAccounts(connection)
  const { place, placeAgain, placeAll, placePage, known } = placedAccounts(connection, cache)

  function foundBy(key: AccountKey, placed: (row: AccountRow) => PlacedAccount) {
    const row = rowOf(statements, key)
    const account = row && placed(row)
    return account && isOf(key, account) ? account : undefined
  }

  const readAgain = (key: AccountKey) => foundBy(key, placeAgain)
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
    childrenPage: (of, page) => placePage(statements.children, of, page),
    organizationPage: (of, page) => placePage(statements.ofOrganization, of, page),
    familyPage: (of, filter, page) => placeAll(familyRows(statements, of, filter, page), page),
    namedPage(scope, page) {
      const { rows, next } = named.page(scope, page)
      return { accounts: placeAll(rows, page), next }
    },
    takenNames: named.taken,
    isCurrent: (lineage) =>
      lineage.every(({ sid, revision }) => statements.revision.get(sid) === revision),
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

function prepareReads(connection: Connection) {
  // Whoever would stand behind the last has the last for a neighbour.
  const neighbour = (column: 'sid' | 'email') => `
    SELECT ${columns}
    FROM accounts
    WHERE ${column} >= min(?, (SELECT max(${column}) FROM accounts))
    ORDER BY ${column}
    LIMIT 1
  `
  return {
    bySid: connection.prepare<[string], AccountRow>(neighbour('sid')),
    byEmail: connection.prepare<[string], AccountRow>(neighbour('email')),
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
    revision: connection
      .prepare<[string], number>('SELECT revision FROM accounts WHERE sid = ?')
      .pluck(),
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
