import type { PlacedAccount } from '../store.ts'
import { endOfBranch, inNoClosedBranch } from './branch.ts'
import type { Connection } from './connection.ts'

export type BranchMoves = {
  /** Levels from an account down to the deepest below it, itself included. */
  levels(path: string): number
  hasReseller(path: string): boolean
  /** Rewrites the paths of the branch, and the organization of everything in it. */
  move(branch: PlacedAccount, parent: PlacedAccount, at: number): void
}

const stepLength = 35

export function branchMoves(connection: Connection): BranchMoves {
  const statements = prepareMoves(connection)
  return {
    levels(path) {
      const longest =
        statements.longest.get({ path, end: endOfBranch(path) })?.length ?? path.length
      return (longest - path.length) / stepLength + 1
    },
    hasReseller: (path) => statements.reseller.get({ path, end: endOfBranch(path) }) !== undefined,
    move({ sid, path }, parent, at) {
      const target = { from: path, end: endOfBranch(path), to: `${parent.path}${sid}/` }
      statements.rewriteSweeps.run({ ...target, length: path.length })
      statements.rewrite.run({
        ...target,
        length: path.length,
        organizationSid: parent.organizationSid,
        at,
      })
      statements.setParent.run({ sid, parentSid: parent.sid })
    },
  }
}

type Range = { path: string; end: string }

function prepareMoves(connection: Connection) {
  return {
    longest: connection.prepare<Range, { length: number | null }>(`
      SELECT max(length(path)) AS length
      FROM accounts
      WHERE path >= @path AND path < @end
    `),
    reseller: connection.prepare<Range, object>(`
      SELECT 1
      FROM accounts
      WHERE path > @path AND path < @end AND is_reseller = 1 AND closed_by IS NULL
        AND ${inNoClosedBranch()}
      LIMIT 1
    `),
    rewrite: connection.prepare(`
      UPDATE accounts
      SET path = @to || substr(path, @length + 1),
        organization_sid = @organizationSid,
        updated_at = @at,
        revision = revision + 1
      WHERE path >= @from AND path < @end
    `),
    rewriteSweeps: connection.prepare(`
      UPDATE closed_branches
      SET path = @to || substr(path, @length + 1),
        swept_to = @to || substr(swept_to, @length + 1)
      WHERE path >= @from AND path < @end
    `),
    setParent: connection.prepare('UPDATE accounts SET parent_sid = @parentSid WHERE sid = @sid'),
  }
}
