import { endOfBranch } from './branch.ts'
import type { Connection } from './connection.ts'
import type { SessionRows } from './sessions.ts'

export type ClosedBranches = {
  /** Notes that everything below an account that was just closed is to be marked, and ends every reopening there. */
  begin(path: string, sid: string): void
  /** Marks up to `limit` accounts of one closed branch; one inside another comes first, whichever was closed first. */
  sweep(limit: number): 'more' | 'done'
  /** Sweeps, from its begin, every branch at or below a path that was being reopened. */
  endReopenings(path: string): void
}

type Branch = { path: string; sid: string; swept_to: string }
type Chunk = { after: string; end: string; limit: number }

export function closedBranches(connection: Connection, sessions: SessionRows): ClosedBranches {
  const statements = prepareSweep(connection)

  function endReopenings(path: string): void {
    statements.endReopenings.run({ path, end: endOfBranch(path) })
  }

  return {
    endReopenings,
    begin(path, sid) {
      endReopenings(path)
      statements.begin.run({ path, sid })
    },
    sweep(limit) {
      const branch = statements.first.get()
      if (branch === undefined) {
        return 'done'
      }
      const after = branch.swept_to
      const end = endOfBranch(branch.path)
      const to = statements.chunkEnd.get({ after, end, limit })?.path ?? undefined
      if (to === undefined) {
        statements.finish.run({ path: branch.path })
      } else {
        statements.mark.run({ sid: branch.sid, after, to })
        sessions.removeWithin(after, to)
        statements.proceed.run({ path: branch.path, to })
      }
      return 'more'
    },
  }
}

function prepareSweep(connection: Connection) {
  return {
    begin: connection.prepare(`
      INSERT INTO closed_branches (path, sid, swept_to)
      VALUES (@path, @sid, @path)
    `),
    first: connection.prepare<[], Branch>(`
      SELECT path, sid, swept_to
      FROM closed_branches
      WHERE reopening IS NULL
      ORDER BY path DESC
      LIMIT 1
    `),
    chunkEnd: connection.prepare<Chunk, { path: string | null }>(`
      SELECT max(path) AS path
      FROM (
        SELECT path
        FROM accounts
        WHERE path > @after AND path < @end
        ORDER BY path
        LIMIT @limit
      )
    `),
    mark: connection.prepare(`
      UPDATE accounts
      SET closed_by = @sid
      WHERE path > @after AND path <= @to AND closed_by IS NULL
    `),
    proceed: connection.prepare('UPDATE closed_branches SET swept_to = @to WHERE path = @path'),
    endReopenings: connection.prepare(`
      UPDATE closed_branches
      SET reopening = NULL, swept_to = path
      WHERE path >= @path AND path < @end AND reopening IS NOT NULL
    `),
    finish: connection.prepare('DELETE FROM closed_branches WHERE path = @path'),
  }
}
