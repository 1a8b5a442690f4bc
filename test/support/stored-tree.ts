import { join } from 'node:path'
import Database from 'better-sqlite3'
import * as assert from 'uvu/assert'
import type { AccountStatus } from '../../db/store.ts'

/** An account as its row is, with what the tests of the tree look at. */
export type StoredAccount = {
  readonly sid: string
  readonly parent: StoredAccount | undefined
  readonly path: string
  readonly organizationSid: string
  readonly friendlyName: string
  readonly email: string | null
  readonly status: AccountStatus
  readonly closedBy: string | null
  readonly role: string
  readonly descendantsCount: number
  readonly isReseller: number
}

type Row = Omit<StoredAccount, 'parent'> & { readonly parentSid: string | null }

/** All accounts of a data folder, read past the program, the parents before their children. */
export function storedTree(folder: string): ReadonlyMap<string, StoredAccount> {
  const rows = readFolder(folder, (database) =>
    database
      .prepare<[], Row>(
        `SELECT sid, parent_sid AS parentSid, path, organization_sid AS organizationSid,
           friendly_name AS friendlyName, email, status, closed_by AS closedBy, role,
           descendants_count AS descendantsCount, is_reseller AS isReseller
         FROM accounts
         ORDER BY length(path), id`,
      )
      .all(),
  )
  const accounts = new Map<string, StoredAccount>()
  for (const { parentSid, ...row } of rows) {
    const parent = parentSid === null ? undefined : accounts.get(parentSid)
    assert.ok(parent !== undefined || parentSid === null, `${row.sid} has no parent above it`)
    accounts.set(row.sid, { ...row, parent })
  }
  return accounts
}

/** What the audit holds of accounts, in order. */
export function storedAudit(folder: string) {
  return readFolder(folder, (database) =>
    database
      .prepare<[], { action: string; targetSid: string; actorSid: string }>(
        `SELECT action, target_sid AS targetSid, actor_sid AS actorSid
         FROM audit
         WHERE action LIKE 'account.%'
         ORDER BY id`,
      )
      .all(),
  )
}

/** What holds of every tree at every moment when nobody writes, whatever has happened to it. */
export function assertSoundTree(tree: ReadonlyMap<string, StoredAccount>): void {
  const accounts = [...tree.values()]
  const roots = accounts.filter(({ parent }) => parent === undefined)
  assert.is(roots.length, 1, 'there is exactly one root')
  const emails = accounts.map(({ email }) => email).filter((email) => email !== null)
  assert.is(new Set(emails).size, emails.length, 'no e-mail is there twice')
  for (const account of accounts) {
    // Parents were read before their children, so this walk has no ring in it.
    const way = upwards(account).map(({ sid }) => `${sid}/`)
    assert.is(account.path, way.toReversed().join(''), 'a path is the walk of the parents')
    if (!isClosed(account)) {
      const below = accounts.filter(
        (other) => other !== account && upwards(other).includes(account),
      )
      const living = below.filter((other) => !isClosed(other)).length
      assert.is(account.descendantsCount, living, 'the living below are counted')
    }
    // A branch moves whole, and only the root has children of more than one organization.
    if (account.parent?.parent !== undefined) {
      assert.is(
        account.organizationSid,
        account.parent.organizationSid,
        'a branch is of one organization',
      )
    }
  }
}

/** What holds once the branches that were closed are swept. */
export function assertSwept(tree: ReadonlyMap<string, StoredAccount>): void {
  for (const account of tree.values()) {
    const { sid, status, closedBy } = account
    if (!isClosed(account)) {
      assert.is(closedBy, null, 'the living are marked by nobody')
    } else if (status === 'closed') {
      assert.is(closedBy, sid, 'who was closed itself is its own mark')
    } else {
      const closed = upwards(account).filter((upper) => upper.status === 'closed')
      assert.ok(
        closed.some((upper) => upper.sid === closedBy),
        'who lies in a closed branch is marked by the root of one',
      )
    }
  }
}

function upwards(account: StoredAccount): StoredAccount[] {
  return account.parent === undefined ? [account] : [account, ...upwards(account.parent)]
}

function isClosed(account: StoredAccount): boolean {
  return upwards(account).some(({ status }) => status === 'closed')
}

function readFolder<T>(folder: string, read: (database: Database.Database) => T): T {
  const database = new Database(join(folder, 'strowger.db'), { readonly: true })
  try {
    return read(database)
  } finally {
    database.close()
  }
}
