import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import * as assert from 'uvu/assert'
import { createSecrets } from '../../lib/secrets.ts'

export type StoredAccount = {
  readonly sid: string
  readonly parentSid: string
  readonly path: string
  readonly name: string
  readonly status: string
  readonly closedBy: string | null
  readonly descendantsCount: number
  readonly revision: number
  readonly token: string
  readonly keys: Readonly<Record<string, string>>
}

export type Stored = {
  readonly size: number
  get(sid: string): StoredAccount | undefined
  /** Everything below an account, at all levels. */
  below(sid: string): readonly StoredAccount[]
}

type Row = Omit<StoredAccount, 'token' | 'keys'> & { readonly sealed: Uint8Array }

type Audited = { targetSid: string; creates: number; removes: number; entries: number }

/** A branch whose reopening was tried so often. */
export type Reopened = { readonly sid: string; readonly tries: number }

/**
 * Looks past the program into its file, and proves that whatever was written there was written whole.
 * Each try to reopen a branch may have changed an account below it once more than the audit says: its
 * one entry is that of the branch.
 */
export function readWhole(folder: string, reopened?: Reopened): Stored {
  return readDatabase(folder, (database) => {
    assert.is(database.pragma('integrity_check', { simple: true }), 'ok')
    assert.equal(database.pragma('foreign_key_check'), [])
    const accounts = storedAccounts(database, folder)
    assertPaths(accounts)
    assertCounts(accounts)
    assertClosed(accounts)
    assertAudited(accounts, auditedIn(database), reopened)
    const bySid = new Map(accounts.map((account) => [account.sid, account]))
    return {
      size: accounts.length,
      get: (sid) => bySid.get(sid),
      below(sid) {
        const top = bySid.get(sid)?.path ?? '/'
        return accounts.filter(({ path }) => path !== top && path.startsWith(top))
      },
    }
  })
}

export function readDatabase<T>(folder: string, read: (database: Database.Database) => T): T {
  const database = new Database(join(folder, 'strowger.db'), { readonly: true })
  try {
    return database.transaction(() => read(database)).deferred()
  } finally {
    database.close()
  }
}

function storedAccounts(database: Database.Database, folder: string): readonly StoredAccount[] {
  const key = readFileSync(join(folder, 'strowger.key'), 'utf8').trim()
  const secrets = createSecrets(Buffer.from(key, 'hex'))
  const keys = Map.groupBy(
    database
      .prepare<[], { sid: string; accountSid: string; name: string }>(
        'SELECT sid, account_sid AS accountSid, friendly_name AS name FROM api_keys',
      )
      .all(),
    ({ accountSid }) => accountSid,
  )
  const rows = database
    .prepare<[], Row>(`
      SELECT sid, coalesce(parent_sid, '') AS parentSid, path, friendly_name AS name, status,
        closed_by AS closedBy, descendants_count AS descendantsCount, revision,
        sealed_token AS sealed
      FROM accounts
    `)
    .all()
  return rows.map(({ sealed, ...row }) => ({
    ...row,
    token: secrets.openToken(row.sid, sealed),
    keys: Object.fromEntries((keys.get(row.sid) ?? []).map(({ sid, name }) => [sid, name])),
  }))
}

function auditedIn(database: Database.Database): readonly Audited[] {
  return database
    .prepare<[], Audited>(`
      SELECT target_sid AS targetSid, sum(action LIKE '%.create') AS creates,
        sum(action LIKE '%.remove') AS removes, count(*) AS entries
      FROM audit
      WHERE action NOT LIKE 'login.%' AND action NOT LIKE 'session.%'
        AND action NOT LIKE 'callflow.%'
      GROUP BY target_sid
    `)
    .all()
}

function assertPaths(accounts: readonly StoredAccount[]): void {
  const paths = new Map(accounts.map(({ sid, path }) => [sid, path]))
  for (const { sid, parentSid, path } of accounts) {
    assert.is(path, `${paths.get(parentSid) ?? ''}${sid}/`)
  }
}

/** Each account counts those below it at all levels, without the closed ones and what is below them. */
function assertCounts(accounts: readonly StoredAccount[]): void {
  const children = Map.groupBy(accounts, ({ parentSid }) => parentSid)
  const livingBelow = (sid: string): number =>
    (children.get(sid) ?? [])
      .filter(({ status }) => status !== 'closed')
      .reduce((sum, child) => sum + 1 + livingBelow(child.sid), 0)
  for (const { sid, descendantsCount } of accounts) {
    assert.is(descendantsCount, livingBelow(sid), `the descendants of ${sid}`)
  }
}

/** What is marked as closed is closed itself or below what marked it. */
function assertClosed(accounts: readonly StoredAccount[]): void {
  const bySid = new Map(accounts.map((account) => [account.sid, account]))
  for (const { sid, closedBy, path } of accounts) {
    if (closedBy !== null) {
      assert.is(bySid.get(closedBy)?.status, 'closed', `what closed ${sid}`)
      assert.ok(path.includes(closedBy))
    }
  }
}

/** One entry for the creation and one for each change, and none for what is not there. */
function assertAudited(
  accounts: readonly StoredAccount[],
  audited: readonly Audited[],
  reopened: Reopened | undefined,
): void {
  const entries = new Map(audited.map((entry) => [entry.targetSid, entry]))
  for (const { sid, revision, keys, path } of accounts) {
    const found = entries.get(sid)
    assert.is(found?.creates, 1, `the creation of ${sid} in the audit`)
    const isBelow = reopened !== undefined && path.includes(`${reopened.sid}/AC`)
    const more = revision - (found?.entries ?? 0)
    const most = isBelow ? reopened.tries : 0
    assert.ok(more >= 0 && more <= most, `${more} changes of ${sid} are not in the audit`)
    entries.delete(sid)
    for (const keySid of Object.keys(keys)) {
      assert.is(entries.get(keySid)?.creates, 1, `the creation of ${keySid} in the audit`)
      assert.is(entries.get(keySid)?.removes, 0, `no removal of ${keySid} in the audit`)
      entries.delete(keySid)
    }
  }
  // A webhook that is there is no account's key; its own drill looks at it.
  const others = [...entries.values()].filter(({ targetSid }) => !targetSid.startsWith('WH'))
  for (const { targetSid, creates, removes } of others) {
    assert.equal([creates, removes], [1, 1], `the audit of ${targetSid}, which is not there`)
  }
}
