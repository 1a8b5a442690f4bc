import type { NamedPage, NamedScope, NamePosition, TakenNames } from '../store.ts'
import { type AccountRow, columns } from './account-row.ts'
import { endOfBranch, inNoClosedBranch } from './branch.ts'
import type { Connection } from './connection.ts'
import { foldedName } from './folded-name.ts'

export type Names = { readonly realm?: string; readonly name?: string }

export type NamedRows = {
  page(scope: NamedScope, page: NamedPage): NamedRowsPage
  taken(names: Names, exceptSid: string | undefined): TakenNames
}

type NamedRowsPage = {
  readonly rows: readonly AccountRow[]
  readonly next: NamePosition | undefined
}

/** A branch with more below it is not sorted for a page: its accounts are picked out of all in their order. */
const mostSorted = 5_000

/** So many of all names are looked at in one go. */
const namesAtOnce = 5_000

/** Accounts by their names: in the order of them, and which of them are taken. */
export function namedAccounts(connection: Connection): NamedRows {
  const statements = { ...prepareNamed(connection), ...prepareTaken(connection) }

  /** Those of a large branch among the next names of all accounts. */
  function picked(branch: Range, page: NamedPage): NamedRowsPage {
    const { through, up, down } = statements.large
    const from = beginOf(page)
    const look = { ...from, names: namesAtOnce - 1 }
    const end = (page.ascending ? through.up : through.down).get(look)
    const to = end ?? lastOf(page)
    const binding = { ...branch, ...from, toName: to.name, toSid: to.sid, limit: page.limit }
    const { rows, next } = pageOf((page.ascending ? up : down).all(binding), page)
    return { rows, next: next ?? end }
  }

  return {
    page(scope, page) {
      const { limit, ascending } = page
      if ('childrenOf' in scope) {
        const { up, down } = statements.children
        const binding = { of: scope.childrenOf, ...beginOf(page), limit }
        return pageOf((ascending ? up : down).all(binding), page)
      }
      const branch = { of: scope.below, end: endOfBranch(scope.below) }
      if ((statements.size.get(scope.below) ?? 0) > mostSorted) {
        return picked(branch, page)
      }
      const { up, down } = statements.branch
      return pageOf((ascending ? up : down).all({ ...branch, ...beginOf(page), limit }), page)
    },
    taken({ realm, name }, exceptSid) {
      const except = { sid: exceptSid ?? '' }
      return {
        realm: realm !== undefined && statements.realm.get({ realm, ...except }) !== undefined,
        name:
          name !== undefined &&
          statements.name.get({ name: foldedName(name), ...except }) !== undefined,
      }
    },
  }
}

function pageOf(rows: readonly AccountRow[], { limit }: NamedPage): NamedRowsPage {
  const last = rows.length < limit ? undefined : rows.at(-1)
  return { rows, next: last && { name: last.friendly_name, sid: last.sid } }
}

type Bound = { name: string | Uint8Array; sid: string }

/** Every name is behind an empty text, and every text before an empty BLOB. */
const beforeAll: Bound = { name: '', sid: '' }
const behindAll: Bound = { name: new Uint8Array(), sid: '' }

function beginOf({ after, ascending }: NamedPage): Bound {
  return after ?? (ascending ? beforeAll : behindAll)
}

function lastOf({ ascending }: NamedPage): Bound {
  return ascending ? behindAll : beforeAll
}

type Range = { of: string; end: string }
type Limited = Bound & { limit: number }
type Picked = Range & Limited & { toName: Bound['name']; toSid: string }

function prepareNamed(connection: Connection) {
  const page = <Binding extends object>(scope: string, beyond: string, order: string) =>
    connection.prepare<Binding, AccountRow>(`
      SELECT ${columns}
      FROM ${scope} AND closed_by IS NULL AND (friendly_name, sid) ${beyond} (@name, @sid)
      ORDER BY friendly_name ${order}, sid ${order}
      LIMIT @limit
    `)
  const both = <Binding extends object>(scope: string) => ({
    up: page<Binding>(scope, '>', 'ASC'),
    down: page<Binding>(scope, '<', 'DESC'),
  })
  const branch = `path > @of AND path < @end AND ${inNoClosedBranch()}`
  const upTo = (within: string) =>
    `accounts INDEXED BY accounts_by_name
      WHERE ${branch} AND (friendly_name, sid) ${within} (@toName, @toSid)`
  const through = (beyond: string, order: string) =>
    connection.prepare<Bound & { names: number }, NamePosition>(`
      SELECT friendly_name AS name, sid
      FROM accounts INDEXED BY accounts_by_name
      WHERE (friendly_name, sid) ${beyond} (@name, @sid)
      ORDER BY friendly_name ${order}, sid ${order}
      LIMIT 1 OFFSET @names
    `)
  return {
    children: both<Limited & { of: string }>('accounts WHERE parent_sid = @of'),
    // By its path, whose index has no other name; by the names it would be looked for among all.
    branch: both<Limited & Range>(
      `accounts INDEXED BY sqlite_autoindex_accounts_2 WHERE ${branch}`,
    ),
    large: {
      through: { up: through('>', 'ASC'), down: through('<', 'DESC') },
      up: page<Picked>(upTo('<='), '>', 'ASC'),
      down: page<Picked>(upTo('>='), '<', 'DESC'),
    },
    size: connection
      .prepare<[string], number>('SELECT descendants_count FROM accounts WHERE path = ?')
      .pluck(),
  }
}

function prepareTaken(connection: Connection) {
  return {
    realm: connection.prepare<{ realm: string; sid: string }, object>(`
      SELECT 1
      FROM accounts
      WHERE realm = @realm AND closed_by IS NULL AND sid <> @sid
    `),
    name: connection.prepare<{ name: string; sid: string }, object>(`
      SELECT 1
      FROM accounts
      WHERE folded_name = @name AND folded_name <> '' AND closed_by IS NULL AND sid <> @sid
      LIMIT 1
    `),
  }
}
