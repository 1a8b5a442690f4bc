import { join } from 'node:path'
import type { AuditEntry, InstallationKind, Store } from '../store.ts'
import {
  changingAccount,
  insertingAccount,
  migratingBranch,
  movingBranch,
  readingForRequest,
} from './account-transactions.ts'
import { insertingApiKey, removingApiKey, renamingApiKey } from './api-key-transactions.ts'
import { changingCallflow, insertingCallflow, removingCallflow } from './callflow-transactions.ts'
import { type Connection, openConnection, withoutForeignKeys } from './connection.ts'
import { type SyncFailed, watchedStore } from './disk.ts'
import { lockFolder } from './lock.ts'
import { rewriteLog } from './log-rewrite.ts'
import { migrate, schemaAge } from './migrate.ts'
import { reopeningBranch } from './reopen-transaction.ts'
import { prepareTables, type Sync, type Tables } from './tables.ts'
import { deliveryPart, webhookPart } from './webhook-part.ts'

/**
 * Opens the store of a data folder, which must exist, and takes the folder for this process.
 * Throws when another server has it, or when its database is newer than this program. After
 * `syncFailed` the process is to end soon, and not by itself but by `process.exit`: SQLite would
 * otherwise write back what it should leave alone.
 */
export function openSqliteStore(folder: string, syncFailed?: SyncFailed): Store {
  const lock = lockFolder(folder)
  let connection: Connection | undefined
  try {
    const file = join(folder, 'strowger.db')
    rewriteLog(file)
    connection = openConnection(file)
    migrate(connection)
    const store = assembleStore(connection, () => lock.release())
    return watchedStore(store, connection, syncFailed)
  } catch (error) {
    connection?.close()
    lock.release()
    throw error
  }
}

function assembleStore(connection: Connection, release: () => void): Store {
  const tables = prepareTables(connection)
  endInterrupted(tables)
  return {
    ...accountPart(connection, tables),
    ...sessionPart(connection, tables),
    ...apiKeyPart(connection, tables),
    ...callflowPart(connection, tables),
    ...webhookPart(connection, tables),
    ...deliveryPart(connection, tables),
    ...organizationPart(connection, tables),
    ...auditPart(connection, tables),
    ...installationPart(connection, tables),
    async close() {
      if (!connection.open) {
        return
      }
      connection.pragma('wal_checkpoint(TRUNCATE)')
      connection.close()
      release()
    },
  }
}

/** A reopening that did not come to its end when the store was last open is none. */
function endInterrupted({ accounts, branches }: Tables): void {
  const root = accounts.root()
  if (root !== undefined) {
    branches.endReopenings(root.path)
  }
}

type Part<Names extends keyof Store> = Pick<Store, Names>

type AccountMethods =
  | ClosedMethods
  | 'findAccounts'
  | 'readForRequest'
  | 'familyPage'
  | 'findRepeated'
  | 'findRoot'
  | 'childrenPage'
  | 'organizationAccountsPage'
  | 'insertAccount'
  | 'changeAccount'
  | 'migrateBranch'
  | 'moveBranch'
  | 'takenNames'
  | 'namedPage'

function accountPart(connection: Connection, tables: Tables): Part<AccountMethods> {
  const { accounts, idempotency } = tables
  const findAccounts = connection.transaction<Sync<Store['findAccounts']>>((keys) =>
    keys.map((key) => key && accounts.recall(key)),
  )
  const readForRequest = readingForRequest(connection, tables)
  const familyPage = connection.transaction(accounts.familyPage)
  const findRoot = connection.transaction(accounts.root)
  const childrenPage = connection.transaction(accounts.childrenPage)
  const organizationPage = connection.transaction(accounts.organizationPage)
  const insertAccount = connection.transaction(insertingAccount(tables))
  const changeAccount = connection.transaction(changingAccount(tables))
  const migrateBranch = connection.transaction(migratingBranch(tables))
  const moveBranch = connection.transaction(movingBranch(tables))
  const namedPage = connection.transaction(accounts.namedPage)
  return {
    ...closedPart(connection, tables),
    findAccounts: async (keys) => findAccounts(keys),
    readForRequest: async (login, target) => readForRequest(login, target),
    familyPage: async (sid, filter, page) => familyPage(sid, filter, page),
    findRepeated: async (request) => idempotency.find(request),
    findRoot: async () => findRoot(),
    childrenPage: async (parentSid, page) => childrenPage(parentSid, page),
    organizationAccountsPage: async (sid, page) => organizationPage(sid, page),
    insertAccount: async (...args) => insertAccount.immediate(...args),
    changeAccount: async (...args) => changeAccount.immediate(...args),
    moveBranch: async (...args) => moveBranch.immediate(...args),
    takenNames: async (names, exceptSid) => accounts.takenNames(names, exceptSid),
    namedPage: async (scope, page) => namedPage(scope, page),
    migrateBranch: async (...args) => migrateBranch.immediate(...args),
  }
}

type ClosedMethods = 'sweepClosedBranches' | 'countBranch' | 'reopenBranch' | 'giveUpReopening'

function closedPart(connection: Connection, tables: Tables): Part<ClosedMethods> {
  const { accounts, branches, counts } = tables
  const sweep = connection.transaction(branches.sweep)
  const count = connection.transaction<Sync<Store['countBranch']>>((sid, at) => {
    const account = accounts.find({ sid })
    return account && counts.of(account.path, at)
  })
  const reopen = connection.transaction(reopeningBranch(tables))
  const giveUp = connection.transaction<Sync<Store['giveUpReopening']>>((sid) => {
    const account = accounts.find({ sid })
    if (account !== undefined) {
      branches.endReopenings(account.path)
    }
  })
  return {
    sweepClosedBranches: async (limit) =>
      withoutForeignKeys(connection, () => sweep.immediate(limit)),
    countBranch: async (sid, at) => count(sid, at),
    reopenBranch: async (...args) => reopen.immediate(...args),
    giveUpReopening: async (sid) => giveUp.immediate(sid),
  }
}

function sessionPart(
  connection: Connection,
  { sessions, audit }: Tables,
): Part<'insertSession' | 'removeSession'> {
  const insert = connection.transaction<Sync<Store['insertSession']>>((session, entry) => {
    sessions.insert(session)
    audit.insert(entry)
  })
  const remove = connection.transaction<Sync<Store['removeSession']>>((tokenDigest, entry) => {
    if (sessions.remove(tokenDigest)) {
      audit.insert(entry)
    }
  })
  return {
    insertSession: async (...args) => insert.immediate(...args),
    removeSession: async (...args) => remove.immediate(...args),
  }
}

type ApiKeyMethods =
  | 'findApiKey'
  | 'apiKeysPage'
  | 'insertApiKey'
  | 'renameApiKey'
  | 'removeApiKey'
  | 'touchApiKey'

function apiKeyPart(connection: Connection, tables: Tables): Part<ApiKeyMethods> {
  const { apiKeys } = tables
  const insert = connection.transaction(insertingApiKey(tables))
  const rename = connection.transaction(renamingApiKey(tables))
  const remove = connection.transaction(removingApiKey(tables))
  return {
    async findApiKey(accountSid, sid) {
      const key = apiKeys.find(sid)
      return key?.accountSid === accountSid ? key : undefined
    },
    apiKeysPage: async (accountSid, page) => apiKeys.page(accountSid, page),
    insertApiKey: async (...args) => insert.immediate(...args),
    renameApiKey: async (...args) => rename.immediate(...args),
    removeApiKey: async (...args) => remove.immediate(...args),
    touchApiKey: async (sid, at) => apiKeys.touch(sid, at),
  }
}

type CallflowMethods =
  | 'findCallflow'
  | 'findCallflowOfNumber'
  | 'callflowsPage'
  | 'conflictingNumbers'
  | 'insertCallflow'
  | 'changeCallflow'
  | 'removeCallflow'

function callflowPart(connection: Connection, tables: Tables): Part<CallflowMethods> {
  const { callflows } = tables
  const insert = connection.transaction(insertingCallflow(tables))
  const change = connection.transaction(changingCallflow(tables))
  const remove = connection.transaction(removingCallflow(tables))
  return {
    findCallflow: async (accountSid, id) => callflows.find(accountSid, id),
    findCallflowOfNumber: async (accountSid, number) => callflows.withNumber(accountSid, number),
    callflowsPage: async (accountSid, page) => callflows.page(accountSid, page),
    conflictingNumbers: async (draft) => callflows.conflicts(draft),
    insertCallflow: async (...args) => insert.immediate(...args),
    changeCallflow: async (...args) => change.immediate(...args),
    removeCallflow: async (...args) => remove.immediate(...args),
  }
}

type OrganizationMethods = 'findOrganization' | 'organizationsPage' | 'insertOrganization'

function organizationPart(
  connection: Connection,
  { organizations, audit, idempotency }: Tables,
): Part<OrganizationMethods> {
  const insert = connection.transaction<Sync<Store['insertOrganization']>>(
    (organization, entry) => {
      if (idempotency.isDone(entry)) {
        return { outcome: 'stale' }
      }
      const inserted = organizations.insert(organization)
      if (inserted.outcome === 'inserted') {
        audit.insert(entry)
      }
      return inserted
    },
  )
  return {
    findOrganization: async (key) => organizations.find(key),
    organizationsPage: async (status, page) => organizations.page(status, page),
    insertOrganization: async (...args) => insert.immediate(...args),
  }
}

type AuditMethods = 'auditPage' | 'recordAudit' | 'pruneAudit'

function auditPart(connection: Connection, { audit }: Tables): Part<AuditMethods> {
  const record = connection.transaction((entries: readonly AuditEntry[]) =>
    entries.forEach(audit.insert),
  )
  const page = connection.transaction(audit.page)
  const prune = connection.transaction(audit.prune)
  return {
    auditPage: async (accountSid, asked) => page(accountSid, asked),
    recordAudit: async (entries) => record.immediate(entries),
    pruneAudit: async (before, limit) => prune.immediate(before, limit),
  }
}

type InstallationMethods = 'installationKind' | 'install' | 'probe'

function installationPart(
  connection: Connection,
  { organizations, writes, audit }: Tables,
): Part<InstallationMethods> {
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
    async probe() {
      connection.exec('BEGIN IMMEDIATE; ROLLBACK')
      if (schemaAge(connection) === 'older') {
        throw new Error('the schema of the database is that of an older program')
      }
    },
  }
}
