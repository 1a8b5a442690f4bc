import { endOfBranch } from './account-writes.ts'
import type { Connection } from './connection.ts'

export type ClosedBranches = {
  /** Notes that everything below an account that was just closed is to be marked. */
  begin(path: string, sid: string): void
  /** Marks up to `limit` accounts of one closed branch. */
  sweep(limit: number): 'more' | 'done'
}

type Branch = { path: string; sid: string; swept_to: string }

export function closedBranches(connection: Connection): ClosedBranches {
  const begin = connection.prepare(`
    INSERT INTO closed_branches (path, sid, swept_to)
    VALUES (@path, @sid, @path)
  `)
  const first = connection.prepare<[], Branch>(`
    SELECT path, sid, swept_to
    FROM closed_branches
    ORDER BY path
    LIMIT 1
  `)
  const chunkEnd = connection.prepare<
    { after: string; end: string; limit: number },
    { path: string }
  >(`
    SELECT max(path) AS path
    FROM (
      SELECT path
      FROM accounts
      WHERE path > @after AND path < @end
      ORDER BY path
      LIMIT @limit
    )
    WHERE path IS NOT NULL
    HAVING max(path) IS NOT NULL
  `)
  const mark = connection.prepare(`
    UPDATE accounts
    SET closed_by = @sid
    WHERE path > @after AND path <= @to AND closed_by IS NULL
  `)
  const proceed = connection.prepare('UPDATE closed_branches SET swept_to = @to WHERE path = @path')
  const finish = connection.prepare('DELETE FROM closed_branches WHERE path = @path')
  return {
    begin(path, sid) {
      begin.run({ path, sid })
    },
    sweep(limit) {
      const branch = first.get()
      if (branch === undefined) {
        return 'done'
      }
      const after = branch.swept_to
      const chunk = chunkEnd.get({ after, end: endOfBranch(branch.path), limit })
      if (chunk === undefined) {
        finish.run({ path: branch.path })
      } else {
        mark.run({ sid: branch.sid, after, to: chunk.path })
        proceed.run({ path: branch.path, to: chunk.path })
      }
      return 'more'
    },
  }
}
