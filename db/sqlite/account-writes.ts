import { SqliteError } from 'better-sqlite3'
import type { AccountChange, Lineage, NewAccount } from '../store.ts'
import { endOfBranch } from './branch.ts'
import type { Connection } from './connection.ts'

export type AccountWrites = {
  /** Inserts a row below `parentPath`; answers the unique column that is taken, if one is. */
  insert(account: NewAccount, parentPath: string): 'sid' | 'email' | 'realm' | undefined
  /** Changes a row; answers `realm` when that is taken. */
  change(sid: string, change: AccountChange, at: number): 'realm' | undefined
  setOrganization(path: string, organizationSid: string, at: number): void
  /** Adds to the count of living descendants of each account of the lineage. */
  count(lineage: Lineage, difference: number): void
}

export function accountWrites(connection: Connection): AccountWrites {
  const statements = prepareWrites(connection)
  return {
    insert(account, parentPath) {
      try {
        statements.insert.run(insertBinding(account, parentPath))
        return undefined
      } catch (error) {
        return takenColumn(error)
      }
    },
    change(sid, change, at) {
      try {
        const update = change.status === 'closed' ? statements.close : statements.update
        update.run({ sid, at, ...changeBinding(change) })
      } catch (error) {
        if (takenColumn(error) === 'realm') {
          return 'realm'
        }
        throw error
      }
      if (change.secondaryToken !== undefined) {
        const { sealed, digest, createdAt } = change.secondaryToken ?? noToken
        statements.setSecondary.run({ sid, sealed, digest, createdAt })
      }
      return undefined
    },
    setOrganization(path, organizationSid, at) {
      statements.setOrganization.run({ path, pathEnd: endOfBranch(path), organizationSid, at })
    },
    count(lineage, difference) {
      for (const { sid } of lineage) {
        statements.addToCount.run({ sid, difference })
      }
    },
  }
}

function prepareWrites(connection: Connection) {
  return {
    insert: connection.prepare(`
      INSERT INTO accounts (
        sid, parent_sid, path, organization_sid, friendly_name, email, status, closed_by, role,
        type, realm, created_at, updated_at, sealed_token, token_digest, password_hash,
        login_hash, folded_name, named_at, closed_at, document, descendants_count, revision
      )
      VALUES (
        @sid, @parentSid, @path, @organizationSid, @friendlyName, @email, @status, @closedBy, @role,
        @type, @realm, @createdAt, @createdAt, @sealed, @digest, @passwordHash,
        @loginHash, folded_name(@friendlyName), @createdAt,
        CASE WHEN @status = 'closed' THEN @createdAt END, @document, 0, 1
      )
    `),
    update: prepareUpdate(connection, ''),
    close: prepareUpdate(
      connection,
      `status_before_close = CASE WHEN status <> 'closed' THEN status ELSE status_before_close END,
      closed_at = CASE WHEN status <> 'closed' THEN @at ELSE closed_at END,
      closed_by = sid,`,
    ),
    setSecondary: connection.prepare(`
      UPDATE accounts
      SET secondary_sealed_token = @sealed,
        secondary_token_digest = @digest,
        secondary_created_at = @createdAt
      WHERE sid = @sid
    `),
    setOrganization: connection.prepare(`
      UPDATE accounts
      SET organization_sid = @organizationSid, updated_at = @at, revision = revision + 1
      WHERE path >= @path AND path < @pathEnd
    `),
    addToCount: connection.prepare(`
      UPDATE accounts
      SET descendants_count = descendants_count + @difference
      WHERE sid = @sid
    `),
  }
}

/**
 * Where a statement sets `closed_by`, which refers to the same table, SQLite writes the row into all its
 * indexes anew, be their columns changed or not. So the one that is used most does not.
 */
function prepareUpdate(connection: Connection, ofClose: string) {
  return connection.prepare(`
    UPDATE accounts
    SET ${ofClose}
      friendly_name = coalesce(@friendlyName, friendly_name),
      folded_name = coalesce(folded_name(@friendlyName), folded_name),
      named_at = CASE
        WHEN folded_name(@friendlyName) <> folded_name THEN @at ELSE named_at END,
      realm = coalesce(@realm, realm),
      document = coalesce(@document, document),
      is_reseller = coalesce(@isReseller, is_reseller),
      login_hash = CASE WHEN @setsLoginHash = 1 THEN @loginHash ELSE login_hash END,
      status = coalesce(@status, status),
      role = coalesce(@role, role),
      sealed_token = coalesce(@sealedToken, sealed_token),
      token_digest = coalesce(@tokenDigest, token_digest),
      password_hash = coalesce(@passwordHash, password_hash),
      updated_at = @at,
      revision = revision + 1
    WHERE sid = @sid
  `)
}

const noToken = { sealed: null, digest: null, createdAt: null }

function insertBinding(account: NewAccount, parentPath: string): Record<string, unknown> {
  const { token, ...columns } = account
  return {
    ...columns,
    ...token,
    parentSid: account.parentSid ?? null,
    path: `${parentPath}${account.sid}/`,
    email: account.email ?? null,
    closedBy: account.status === 'closed' ? account.sid : null,
    passwordHash: account.passwordHash ?? null,
    loginHash: account.loginHash ?? null,
    document: JSON.stringify(account.document),
  }
}

function changeBinding(change: AccountChange): Record<string, unknown> {
  return {
    friendlyName: change.friendlyName ?? null,
    status: change.status ?? null,
    role: change.role ?? null,
    sealedToken: change.token?.sealed ?? null,
    tokenDigest: change.token?.digest ?? null,
    passwordHash: change.passwordHash ?? null,
    realm: change.realm ?? null,
    document: change.document === undefined ? null : JSON.stringify(change.document),
    isReseller: change.isReseller === undefined ? null : Number(change.isReseller),
    setsLoginHash: change.loginHash === undefined ? 0 : 1,
    loginHash: change.loginHash ?? null,
  }
}

function takenColumn(error: unknown): 'sid' | 'email' | 'realm' {
  if (error instanceof SqliteError && error.code === 'SQLITE_CONSTRAINT_UNIQUE') {
    // A path ends in its SID, so under the same parent it is the path that is found taken first.
    const taken = /accounts\.(sid|path|email|realm)\b/.exec(error.message)?.[1]
    const column = taken === 'path' ? 'sid' : taken
    if (column === 'sid' || column === 'email' || column === 'realm') {
      return column
    }
  }
  throw error
}
