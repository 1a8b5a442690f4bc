import type { NamedPage, NamedScope, TakenNames } from '../store.ts'
import { type AccountRow, columns } from './account-row.ts'
import { endOfBranch, inNoClosedBranch } from './branch.ts'
import type { Connection } from './connection.ts'
import { foldedName } from './folded-name.ts'

export type Names = { readonly realm?: string; readonly name?: string }

export type NamedAccounts = {
  page(scope: NamedScope, page: NamedPage): readonly AccountRow[]
  taken(names: Names, exceptSid: string | undefined): TakenNames
}

/** Accounts by their names: in the order of them, and which of them are taken. */
export function namedAccounts(connection: Connection): NamedAccounts {
  const statements = prepareNamed(connection)
  return {
    page(scope, { after, ascending, limit }) {
      const { up, down } = 'childrenOf' in scope ? statements.children : statements.branch
      const whose =
        'childrenOf' in scope
          ? { of: scope.childrenOf, end: '' }
          : { of: scope.below, end: endOfBranch(scope.below) }
      const from = {
        isFirst: after === undefined ? 1 : 0,
        name: after?.name ?? '',
        sid: after?.sid ?? '',
      }
      return (ascending ? up : down).all({ ...whose, ...from, limit })
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

type NamedBinding = {
  of: string
  end: string
  isFirst: number
  name: string
  sid: string
  limit: number
}

function prepareNamed(connection: Connection) {
  const page = (scope: string, beyond: string, order: string) =>
    connection.prepare<NamedBinding, AccountRow>(`
      SELECT ${columns}
      FROM accounts
      WHERE ${scope} AND closed_by IS NULL
        AND (@isFirst = 1 OR (friendly_name, sid) ${beyond} (@name, @sid))
      ORDER BY friendly_name ${order}, sid ${order}
      LIMIT @limit
    `)
  const both = (scope: string) => ({ up: page(scope, '>', 'ASC'), down: page(scope, '<', 'DESC') })
  return {
    children: both('parent_sid = @of'),
    branch: both(`path > @of AND path < @end AND ${inNoClosedBranch()}`),
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
