import type { PlacedAccount, ReopenOutcome, ReopenTerms, StoredToken } from '../store.ts'
import { endOfBranch, inNoClosedBranch } from './branch.ts'
import type { ClosedBranches } from './closed-branches.ts'
import type { Connection } from './connection.ts'
import type { SessionRows } from './sessions.ts'

type Taken = Extract<ReopenOutcome, { outcome: 'taken' }>

/**
 * Brings the rows below a closed account back to life while it is still closed, a bounded number at a
 * time: first all are checked, then each loses the mark of the close and its sessions and gets a new
 * AuthToken. Clients see a closed branch until the last row, its root's, is written; so none sees half
 * of one, and one that is interrupted is just closed, and swept again.
 */
export type Reopenings = {
  /** Takes a step; a reopening that finds something taken is over. */
  advance(
    branch: PlacedAccount,
    terms: ReopenTerms,
    at: number,
  ): { readonly outcome: 'more' } | { readonly outcome: 'ready' } | Taken
  /** Opens a branch that is ready. */
  open(branch: PlacedAccount, token: StoredToken, at: number): void
}

type Phase = 'checking' | 'renewing' | 'ready'
type State = { reopening: Phase; swept_to: string }
type Range = { from: string; to: string; sid: string }
type Chunk = { to: string | null; rows: number }

const nextPhase = { checking: 'renewing', renewing: 'ready', ready: 'ready' } as const

export function reopenings(
  connection: Connection,
  branches: ClosedBranches,
  sessions: SessionRows,
): Reopenings {
  const statements = prepareReopenings(connection)

  function taken(range: Range, { uniqueNames }: ReopenTerms): Taken | undefined {
    const realm = statements.takenRealm.get(range)
    if (realm !== undefined) {
      return { outcome: 'taken', field: 'realm', ...realm }
    }
    const name = uniqueNames ? statements.takenName.get(range) : undefined
    return name && { outcome: 'taken', field: 'name', ...name }
  }

  function renew(range: Range, { newToken }: ReopenTerms, at: number): void {
    for (const { sid } of statements.renewed.all(range)) {
      const { sealed, digest } = newToken(sid)
      statements.renew.run({ sid, sealed, digest, at })
    }
    sessions.removeWithin(range.from, range.to)
  }

  return {
    advance({ path, sid }, terms, at) {
      const begin: State = { reopening: 'checking', swept_to: path }
      let state = statements.state.get(path) ?? begin
      let left = terms.limit
      // Other rows are checked in their chunks; the root's own, which is opened last, at each step.
      let found = taken({ from: beforeBranch(path), to: path, sid }, terms)
      while (state.reopening !== 'ready' && left > 0 && found === undefined) {
        const from = state.swept_to
        const { to, rows } = statements.chunk.get({ from, end: endOfBranch(path), left }) ?? none
        if (to === null) {
          state = { reopening: nextPhase[state.reopening], swept_to: path }
        } else {
          found = taken({ from, to, sid }, terms)
          if (found === undefined && state.reopening === 'renewing') {
            renew({ from, to, sid }, terms, at)
          }
          state = { ...state, swept_to: to }
          left -= rows
        }
      }
      statements.save.run({ path, sid, ...state })
      if (found !== undefined) {
        branches.endReopenings(path)
        return found
      }
      return { outcome: state.reopening === 'ready' ? 'ready' : 'more' }
    },
    open({ path, sid }, { sealed, digest }, at) {
      statements.open.run({ sid, sealed, digest, at })
      statements.finish.run({ path })
      sessions.removeOf(sid)
    },
  }
}

const none: Chunk = { to: null, rows: 0 }

/** Behind every path that stands before the branch's, and before the branch's own. */
function beforeBranch(path: string): string {
  return path.slice(0, -1)
}

function prepareReopenings(connection: Connection) {
  return {
    state: connection.prepare<[string], State>(`
      SELECT reopening, swept_to
      FROM closed_branches
      WHERE path = ? AND reopening IS NOT NULL
    `),
    save: connection.prepare(`
      INSERT INTO closed_branches (path, sid, swept_to, reopening)
      VALUES (@path, @sid, @swept_to, @reopening)
      ON CONFLICT (path) DO UPDATE SET swept_to = @swept_to, reopening = @reopening
    `),
    finish: connection.prepare('DELETE FROM closed_branches WHERE path = @path'),
    chunk: connection.prepare<{ from: string; end: string; left: number }, Chunk>(`
      SELECT max(path) AS "to", count(*) AS rows
      FROM (
        SELECT path
        FROM accounts
        WHERE path > @from AND path < @end
        ORDER BY path
        LIMIT @left
      )
    `),
    ...prepareTaken(connection),
    // What the sweep has not come to has no mark.
    renewed: connection.prepare<Range, { sid: string }>(`
      SELECT sid
      FROM accounts
      WHERE path > @from AND path <= @to AND (closed_by = @sid OR closed_by IS NULL)
    `),
    renew: connection.prepare(`
      UPDATE accounts
      SET closed_by = NULL, ${renewal}
      WHERE sid = @sid
    `),
    open: connection.prepare(`
      UPDATE accounts
      SET status = coalesce(status_before_close, 'active'),
        status_before_close = NULL,
        closed_by = NULL,
        closed_at = NULL,
        ${renewal}
      WHERE sid = @sid
    `),
  }
}

const renewal = `
  sealed_token = @sealed,
  token_digest = @digest,
  secondary_sealed_token = NULL,
  secondary_token_digest = NULL,
  secondary_created_at = NULL,
  updated_at = @at,
  revision = revision + 1
`

/** Those without a mark hold what they have; a name that both had before the close is no conflict. */
function prepareTaken(connection: Connection) {
  return {
    takenRealm: connection.prepare<Range, { sid: string }>(`
      SELECT mine.sid
      FROM accounts AS mine CROSS JOIN accounts AS other
        ON other.realm = mine.realm AND other.closed_by IS NULL
      WHERE mine.path > @from AND mine.path <= @to AND mine.closed_by = @sid
      LIMIT 1
    `),
    takenName: connection.prepare<Range, { sid: string }>(`
      SELECT mine.sid
      FROM accounts AS mine CROSS JOIN accounts AS other
        ON other.folded_name = mine.folded_name AND other.closed_by IS NULL
          AND other.named_at > (SELECT closed_at FROM accounts WHERE sid = @sid)
          AND ${inNoClosedBranch('other')}
      WHERE mine.path > @from AND mine.path <= @to AND mine.folded_name <> ''
        AND (mine.closed_by = @sid OR mine.closed_by IS NULL)
        AND ${inNoClosedBranch('mine', 'closed.sid <> @sid')}
      LIMIT 1
    `),
  }
}
