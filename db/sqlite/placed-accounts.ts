import type { AccountKey, InPassing, LineageStep, Page, PlacedAccount } from '../store.ts'
import type { AccountCache } from './account-cache.ts'
import { type AccountRow, columns, recordFrom, type StepRow } from './account-row.ts'
import type { Connection } from './connection.ts'
import { type PageBinding, pageBinding } from './page-binding.ts'

/** Rows as accounts with their lineages: anew, or as they were read before if they were. */
export type PlacedAccounts = {
  place(row: AccountRow): PlacedAccount
  /** As it was read before, if it was: so it stays one and the same value. */
  placeAgain(row: AccountRow, page?: InPassing): PlacedAccount
  placeAll(rows: readonly AccountRow[], page: InPassing): readonly PlacedAccount[]
  placePage(select: PageSelect, of: string, page: Page): readonly PlacedAccount[]
  /** What was read before and has not changed since. */
  known(key: AccountKey): PlacedAccount | undefined
}

const sidLength = 34
/** In characters of its JSON; an account with a larger one, which may have a million, is read anew each time. */
const largestDocument = 10_000

export function placedAccounts(connection: Connection, cache?: AccountCache): PlacedAccounts {
  const stepOf = stepReading(connection)

  /** Kept at once, for it is what all that stands below has in common. */
  function stepAgain(sid: string, below: string): LineageStep {
    return cache?.step(sid) ?? cache?.putStep(stepOf(sid, below)) ?? stepOf(sid, below)
  }

  function placeAgain(row: AccountRow, { inPassing = false }: InPassing = {}): PlacedAccount {
    cache?.refresh()
    const known = cache?.get(row)
    if (known !== undefined) {
      return known
    }
    const above = ancestorsOf(row.path).map((sid) => stepAgain(sid, row.sid))
    const account = {
      ...recordFrom(row),
      lineage: [...above, cache?.step(row.sid) ?? stepFrom(row)],
    }
    if (!inPassing && row.document.length <= largestDocument) {
      cache?.put(account, row.document.length)
    }
    return account
  }

  function known(key: AccountKey): PlacedAccount | undefined {
    cache?.refresh()
    return cache?.get(key)
  }

  const placeAll = (rows: readonly AccountRow[], page: InPassing) =>
    rows.map((row) => placeAgain(row, page))
  return {
    place(row) {
      const above = ancestorsOf(row.path).map((sid) => stepOf(sid, row.sid))
      return { ...recordFrom(row), lineage: [...above, stepFrom(row)] }
    },
    placeAgain,
    placeAll,
    placePage(select, of, page) {
      const binding = { of, ...pageBinding(page) }
      const accounts: PlacedAccount[] = []
      for (const sid of select.sids.all(binding)) {
        const account = known({ sid })
        if (account === undefined) {
          return placeAll(select.rows.all(binding), page)
        }
        accounts.push(account)
      }
      return accounts
    },
    known,
  }
}

function stepReading(connection: Connection): (sid: string, below: string) => LineageStep {
  const statement = connection.prepare<[string], StepRow>(
    'SELECT sid, status, revision, is_reseller FROM accounts WHERE sid = ?',
  )
  return (sid, below) => {
    const ancestor = statement.get(sid)
    if (ancestor === undefined) {
      throw new Error(`account ${below} has a path through ${sid}, which does not exist`)
    }
    return stepFrom(ancestor)
  }
}

function stepFrom(row: StepRow): LineageStep {
  const { sid, status, revision } = row
  return { sid, status, revision, isReseller: row.is_reseller === 1 }
}

function ancestorsOf(path: string): readonly string[] {
  const sids: string[] = []
  for (let at = 0; at + sidLength + 1 < path.length; at += sidLength + 1) {
    sids.push(path.slice(at, at + sidLength))
  }
  return sids
}

type Binding = PageBinding & { of: string }

/** One page in two depths. Where each of its SIDs is known, which is often, no row is read. */
export type PageSelect = {
  /** An index alone gives them. */
  readonly sids: { all(binding: Binding): string[] }
  readonly rows: { all(binding: Binding): AccountRow[] }
}

/** The accounts that have this in a column, in the order of creation. */
export function pageSelect(
  connection: Connection,
  column: 'parent_sid' | 'organization_sid',
): PageSelect {
  const select = (what: string) => `
    SELECT ${what}
    FROM accounts
    WHERE ${column} = @of AND (created_at, sid) > (@createdAt, @sid)
    ORDER BY created_at, sid
    LIMIT @limit
  `
  return {
    sids: connection.prepare<Binding, string>(select('sid')).pluck(),
    rows: connection.prepare(select(columns)),
  }
}
