import type { AccountStatus, BranchCounts } from '../store.ts'
import { endOfBranch, inNoClosedBranch } from './branch.ts'
import type { Connection } from './connection.ts'

export type BranchCounting = {
  /** Counts what lives at or below a path at a time. */
  of(path: string, at: number): BranchCounts
}

type Range = { path: string; end: string }
type Count = { number: number }

export function branchCounting(connection: Connection): BranchCounting {
  const statements = prepareCounts(connection)
  return {
    of(path, at) {
      const range = { path, end: endOfBranch(path) }
      const accounts = { active: 0, uninitialized: 0, inactive: 0, suspended: 0 }
      for (const { status, number } of statements.accounts.all(range)) {
        if (status !== 'closed') {
          accounts[status] = number
        }
      }
      return {
        accounts,
        apiKeys: statements.apiKeys.get(range)?.number ?? 0,
        callflows: statements.callflows.get(range)?.number ?? 0,
        numbers: statements.numbers.get(range)?.number ?? 0,
        sessions: statements.sessions.get({ ...range, at })?.number ?? 0,
        names: statements.names.get(range)?.number ?? 0,
      }
    },
  }
}

/** The accounts of the branch but for those below a closed one, be that swept already or not. */
const living = `
  WITH living AS (
    SELECT account.sid, account.status, account.folded_name
    FROM accounts AS account
    WHERE account.path >= @path AND account.path < @end AND account.closed_by IS NULL
      AND ${inNoClosedBranch('account')}
  )
`

function prepareCounts(connection: Connection) {
  const having = <Binding extends Range>(table: string, condition: string) =>
    connection.prepare<Binding, Count>(`
      ${living}
      SELECT count(*) AS number
      FROM living CROSS JOIN ${table} AS owned ON owned.account_sid = living.sid
      WHERE ${condition}
    `)
  return {
    accounts: connection.prepare<Range, Count & { status: AccountStatus }>(`
      ${living}
      SELECT status, count(*) AS number
      FROM living
      GROUP BY status
    `),
    apiKeys: having('api_keys', 'true'),
    callflows: having('callflows', 'owned.deleted_at IS NULL'),
    numbers: having('callflow_numbers', "owned.kind = 'number'"),
    sessions: having<Range & { at: number }>('sessions', 'owned.expires_at > @at'),
    names: connection.prepare<Range, Count>(`
      ${living}
      SELECT count(*) AS number
      FROM (SELECT DISTINCT folded_name FROM living WHERE folded_name <> '') AS own
      WHERE NOT EXISTS (
        SELECT 1
        FROM accounts AS other
        WHERE other.folded_name = own.folded_name AND other.closed_by IS NULL
          AND NOT (other.path >= @path AND other.path < @end)
      )
    `),
  }
}
