import { join } from 'node:path'
import type {
  AuditEntry,
  ChangeOutcome,
  InsertOutcome,
  InstallationKind,
  Lineage,
  PlacedAccount,
  Store,
} from '../store.ts'
import { accountWrites } from './account-writes.ts'
import { accountRows } from './accounts.ts'
import { auditRows } from './audit.ts'
import { closedBranches } from './closed-branches.ts'
import { type Connection, openConnection } from './connection.ts'
import { lockFolder } from './lock.ts'
import { migrate } from './migrate.ts'
import { organizationRows } from './organizations.ts'

/**
 * Opens the store of a data folder, which must exist, and takes the folder for this process.
 * Throws when another server has it, or when its database is newer than this program.
 */
export function openSqliteStore(folder: string): Store {
  const lock = lockFolder(folder)
  let connection: Connection | undefined
  try {
    connection = openConnection(join(folder, 'strowger.db'))
    migrate(connection)
    return assembleStore(connection, () => lock.release())
  } catch (error) {
    connection?.close()
    lock.release()
    throw error
  }
}

type Part<Names extends keyof Store> = Pick<Store, Names>

function assembleStore(connection: Connection, release: () => void): Store {
  return {
    ...readingPart(connection),
    ...writingPart(connection),
    ...organizationPart(connection),
    ...installationPart(connection),
    async close() {
      connection.pragma('wal_checkpoint(TRUNCATE)')
      connection.close()
      release()
    },
  }
}

type ReadingMethods = 'findAccounts' | 'findRoot' | 'childrenPage' | 'organizationAccountsPage'

function readingPart(connection: Connection): Part<ReadingMethods> {
  const rows = accountRows(connection)
  const findAccounts = connection.transaction<Sync<Store['findAccounts']>>((keys) =>
    keys.map((key) => key && rows.find(key)),
  )
  const findRoot = connection.transaction(rows.root)
  const childrenPage = connection.transaction(rows.childrenPage)
  const organizationPage = connection.transaction(rows.organizationPage)
  return {
    findAccounts: async (keys) => findAccounts(keys),
    findRoot: async () => findRoot(),
    childrenPage: async (parentSid, page) => childrenPage(parentSid, page),
    organizationAccountsPage: async (sid, page) => organizationPage(sid, page),
  }
}

type WritingMethods = 'insertAccount' | 'changeAccount' | 'migrateBranch' | 'sweepClosedBranches'

function writingPart(connection: Connection): Part<WritingMethods> {
  const writes = accountWrites(connection)
  const branches = closedBranches(connection)
  const changing = guardedWrites(connection)
  const insertAccount = connection.transaction<Sync<Store['insertAccount']>>(
    (account, parentLineage, entry): InsertOutcome => {
      const parent = changing.current(parentLineage)
      if (parent === undefined) {
        return { outcome: 'stale' }
      }
      const taken = writes.insert(account, parent.path)
      if (taken !== undefined) {
        return { outcome: 'duplicate', field: taken }
      }
      if (account.status !== 'closed') {
        writes.count(parentLineage, 1)
      }
      return { outcome: 'inserted', account: changing.recorded(account.sid, entry) }
    },
  )
  const changeAccount = connection.transaction<Sync<Store['changeAccount']>>(
    (lineage, change, entry): ChangeOutcome => {
      const before = changing.current(lineage)
      if (before === undefined) {
        return { outcome: 'stale' }
      }
      writes.change(before.sid, change, entry.at)
      if (change.status === 'closed' && before.status !== 'closed') {
        writes.count(lineage.slice(0, -1), -(1 + before.descendantsCount))
        branches.begin(before.path, before.sid)
      }
      return { outcome: 'changed', account: changing.recorded(before.sid, entry) }
    },
  )
  const migrateBranch = connection.transaction<Sync<Store['migrateBranch']>>(
    (lineage, organizationSid, entry): ChangeOutcome => {
      const before = changing.current(lineage)
      if (before === undefined) {
        return { outcome: 'stale' }
      }
      writes.setOrganization(before.path, organizationSid, entry.at)
      return { outcome: 'changed', account: changing.recorded(before.sid, entry) }
    },
  )
  const sweep = connection.transaction(branches.sweep)
  return {
    insertAccount: async (...args) => insertAccount.immediate(...args),
    changeAccount: async (...args) => changeAccount.immediate(...args),
    migrateBranch: async (...args) => migrateBranch.immediate(...args),
    sweepClosedBranches: async (limit) => sweep.immediate(limit),
  }
}

/** The two ends of every write to an account: is what it was decided on still so, and what came of it. */
function guardedWrites(connection: Connection) {
  const rows = accountRows(connection)
  const audit = auditRows(connection)
  return {
    current: (lineage: Lineage): PlacedAccount | undefined =>
      rows.isCurrent(lineage) ? rows.find({ sid: targetOf(lineage) }) : undefined,
    recorded(sid: string, entry: AuditEntry): PlacedAccount {
      audit.insert(entry)
      const account = rows.find({ sid })
      if (account === undefined) {
        throw new Error(`account ${sid} is gone in the middle of a transaction`)
      }
      return account
    },
  }
}

type OrganizationMethods = 'findOrganization' | 'organizationsPage' | 'insertOrganization'

function organizationPart(connection: Connection): Part<OrganizationMethods> {
  const rows = organizationRows(connection)
  const audit = auditRows(connection)
  const insert = connection.transaction<Sync<Store['insertOrganization']>>(
    (organization, entry) => {
      const inserted = rows.insert(organization)
      if (inserted.outcome === 'inserted') {
        audit.insert(entry)
      }
      return inserted
    },
  )
  return {
    findOrganization: async (key) => rows.find(key),
    organizationsPage: async (status, page) => rows.page(status, page),
    insertOrganization: async (...args) => insert.immediate(...args),
  }
}

type InstallationMethods = 'installationKind' | 'install' | 'auditOf' | 'probe'

function installationPart(connection: Connection): Part<InstallationMethods> {
  const organizations = organizationRows(connection)
  const writes = accountWrites(connection)
  const audit = auditRows(connection)
  const kind = connection.prepare<[], { kind: InstallationKind }>('SELECT kind FROM installation')
  const setKind = connection.prepare('INSERT INTO installation (one, kind) VALUES (1, ?)')
  const install = connection.transaction<Sync<Store['install']>>(
    (installationKind, organization, root, entry) => {
      setKind.run(installationKind)
      organizations.insert(organization)
      writes.insert(root, '')
      audit.insert(entry)
    },
  )
  return {
    installationKind: async () => kind.get()?.kind,
    install: async (...args) => install.immediate(...args),
    auditOf: async (targetSid) => audit.of(targetSid),
    async probe() {
      connection.exec('BEGIN IMMEDIATE; ROLLBACK')
    },
  }
}

/** A store method as its transaction function has it: the same, but without the promise. */
type Sync<Method extends (...args: never[]) => Promise<unknown>> = (
  ...args: Parameters<Method>
) => Awaited<ReturnType<Method>>

function targetOf(lineage: Lineage): string {
  const last = lineage.at(-1)
  if (last === undefined) {
    throw new Error('a lineage is never empty')
  }
  return last.sid
}
