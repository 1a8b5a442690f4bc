import { createHash } from 'node:crypto'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openConnection } from '../../db/sqlite/connection.ts'
import { openSqliteStore } from '../../db/sqlite/index.ts'
import { migrate, migrations } from '../../db/sqlite/migrate.ts'
import type { PlacedAccount, Store } from '../../db/store.ts'
import { newRealm, newSid } from '../../lib/ids.ts'
import { recordedOf } from '../support/recorded.ts'
import {
  accountNow,
  addBelow,
  addKey,
  auditOn,
  newRepeatable,
  newToken,
} from '../support/records.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { sweepToTheEnd } from './contract/check.ts'

type Rows = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>

const organization = newSid('OR')
const root = newSid('AC')
const child = newSid('AC')
const closed = newSid('AC')
const belowClosed = newSid('AC')

const firstTables = [
  ...['accounts', 'audit', 'closed_branches'],
  ...['installation', 'migrations', 'organizations'],
]

const columns = `sid, parent_sid, path, organization_sid, friendly_name, email, status, closed_by,
  role, type, realm, created_at, updated_at, sealed_token, token_digest, password_hash,
  descendants_count, revision`

/** Rows of every table as the program of migration 0001 wrote them, with a sweep that was cut short. */
function fillFirstTables(database: Database.Database): void {
  database.prepare("INSERT INTO installation VALUES (1, 'ordinary')").run()
  database
    .prepare('INSERT INTO organizations VALUES (?, ?, ?, ?, ?, ?)')
    .run(organization, 'House.example', 'house.example', 'active', 5, 6)
  const insert = database.prepare(
    `INSERT INTO accounts (${columns}) VALUES (${Array(18).fill('?').join(', ')})`,
  )
  const add = (sid: string, parent: string | null, path: string, own: readonly unknown[]) =>
    insert.run(sid, parent, path, organization, `Name of ${sid}`, ...own)
  const secrets = (text: string) => [Buffer.from(`sealed ${text}`), Buffer.from(`digest ${text}`)]
  const row = (email: string | null, status: string, closedBy: string | null, at: number) => [
    ...[
      email,
      status,
      closedBy,
      'Developer',
      'Trial',
      newRealm(newSid('AC').toLowerCase()),
      at,
      at + 1,
    ],
    ...[...secrets(`${at}`), email && `hash ${at}`, 1, at],
  ]
  const [top, end] = [`${root}/`, `${root}/${closed}/`]
  add(root, null, top, row('root@example.com', 'active', null, 10))
  add(child, root, `${top}${child}/`, row(null, 'suspended', null, 20))
  add(closed, root, end, row('closed@example.com', 'closed', closed, 30))
  add(belowClosed, closed, `${end}${belowClosed}/`, row('below@example.com', 'active', null, 40))
  database.prepare('INSERT INTO closed_branches VALUES (?, ?, ?)').run(end, closed, end)
  const record = database.prepare(`
    INSERT INTO audit (at, action, target_sid, actor_sid, request_id, address, dialect, changes)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  `)
  record.run(10, 'installation.create', root, null, null, null, null, '{"kind":{"to":"ordinary"}}')
  record.run(20, 'account.create', child, root, 'request', '::1', 'restcomm', '{}')
}

function rowsOf(database: Database.Database, tables: readonly string[]): Rows {
  return Object.fromEntries(
    tables.map((table) => [
      table,
      database.prepare<[], Record<string, unknown>>(`SELECT * FROM ${table} ORDER BY rowid`).all(),
    ]),
  )
}

/** Runs `body` on a store whose data folder was made by migration 0001 alone; gives the rows it held. */
async function withMigrated(body: (store: Store, folder: string) => Promise<void>): Promise<Rows> {
  const folder = temporaryFolder()
  try {
    const connection = openConnection(join(folder.path, 'strowger.db'))
    migrate(connection, migrations.slice(0, 1))
    fillFirstTables(connection)
    const tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
    assert.equal(tables.pluck().all().sort(), firstTables)
    const before = rowsOf(connection, firstTables)
    connection.close()
    const store = openSqliteStore(folder.path)
    try {
      await body(store, folder.path)
    } finally {
      await store.close()
    }
    return before
  } finally {
    await folder.remove()
  }
}

function readFolder<T>(folder: string, read: (database: Database.Database) => T): T {
  const database = new Database(join(folder, 'strowger.db'), { readonly: true })
  try {
    return read(database)
  } finally {
    database.close()
  }
}

// Whoever has a database would be locked out of it.
test('the first migration is as it was released', () => {
  const [first] = migrations
  const hash = createHash('sha256').update(String(first?.sql)).digest('hex')
  assert.is(hash, 'b31bb0dc243a6c610935343d4d7d1e10bdd079f59ad41169c6559b66258f2a56')
})

test('each migration is named by its number', () => {
  for (const [index, { name }] of migrations.entries()) {
    assert.match(name, new RegExp(`^${String(index + 1).padStart(4, '0')}-[a-z-]+$`))
  }
})

test('the audit has the indexes that are read by, and no other', async () => {
  const indexesIn = (folder: string) =>
    readFolder(folder, (database) =>
      database
        .prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'audit'")
        .pluck()
        .all()
        .toSorted(),
    )
  const wanted = ['audit_by_sid', 'audit_by_time', 'audit_of_account']
  await withMigrated(async (_, folder) => assert.equal(indexesIn(folder), wanted))
})

test('every row of the first tables keeps all that it held', async () => {
  let after: Rows = {}
  const before = await withMigrated(async (_, folder) => {
    after = readFolder(folder, (database) => {
      assert.equal(database.pragma('integrity_check', { simple: true }), 'ok')
      assert.equal(database.pragma('foreign_key_check'), [])
      return rowsOf(database, firstTables)
    })
  })
  const { migrations: applied = [], ...tables } = before
  for (const [table, rows] of Object.entries(tables)) {
    assert.ok(rows.length > 0, table)
    const added = after[table]?.map((row, index) => ({ ...row, ...rows[index] }))
    assert.is(added?.length, rows.length, table)
    assert.equal(after[table], added, table)
  }
  assert.equal(after.migrations?.slice(0, 1), applied)
  assert.is(after.migrations?.length, migrations.length)
})

test('what the newer columns hold of older rows is nothing', async () => {
  await withMigrated(async (store) => {
    const accounts = await store.findAccounts([root, child, closed, belowClosed].map(sidKey))
    assert.equal(
      accounts.map((account) => account?.secondaryToken),
      Array(4).fill(undefined),
    )
    assert.equal(accounts.map(credentialsOf), [
      ['sealed 10', 'digest 10', 'hash 10', 10],
      ['sealed 20', 'digest 20', undefined, 20],
      ['sealed 30', 'digest 30', 'hash 30', 30],
      ['sealed 40', 'digest 40', 'hash 40', 40],
    ])
    assert.equal(await recordedOf(store, child), [
      {
        ...{ at: 20, action: 'account.create', targetSid: child, actorSid: root },
        ...{ requestId: 'request', address: '::1', dialect: 'restcomm', changes: {} },
      },
    ])
    assert.equal(await store.apiKeysPage(root, { limit: 5 }), [])
  })
})

test('a migrated store goes on with what it held and takes what is new', async () => {
  await withMigrated(async (store) => {
    const before = await accountNow(store, root)
    const key = await addKey(store, before)
    const reading = await store.readForRequest({ apiKeySid: key.sid }, { sid: child })
    assert.equal([reading.account?.sid, reading.target?.sid], [root, child])
    const secondaryToken = { ...newToken(), createdAt: 50 }
    const entry = auditOn(root, { actorSid: root, actorKeySid: key.sid })
    await store.changeAccount(before.lineage, { secondaryToken }, entry)
    assert.equal((await accountNow(store, root)).secondaryToken, secondaryToken)
    assert.equal((await recordedOf(store, root)).at(-1), entry)
    assert.is(await store.findRepeated(newRepeatable(before)), undefined)
    await addBelow(store, await accountNow(store, child))
    await sweepToTheEnd(store)
    assert.is((await accountNow(store, belowClosed)).closedBy, closed)
  })
})

test('older audit rows get their account where it can be known, and are final again', () =>
  inFolderOf(4, (connection) => {
    fillFirstTables(connection)
    const key = newSid('SK')
    const flow = newSid('AC').slice(2)
    connection.exec(`
      INSERT INTO api_keys VALUES ('${key}', '${child}', 'Desk', x'00', 'read', 'self', 1, 1, NULL, NULL);
      INSERT INTO callflows VALUES ('${flow}', '${child}', '{}', 1, 1, 1, 1);
    `)
    const record = connection.prepare(
      "INSERT INTO audit (at, action, target_sid, actor_sid, changes) VALUES (1, 'x', ?, ?, '{}')",
    )
    const targets = [key, `CF${flow}`, organization, newSid('SK')]
    for (const target of targets) {
      record.run(target, root)
    }
    migrate(connection)
    const rows = connection
      .prepare<[], { sid: string; target_sid: string; account_sid: string | null }>(
        'SELECT sid, target_sid, account_sid FROM audit ORDER BY id',
      )
      .all()
    assert.equal(
      rows.map((row) => [row.target_sid, row.account_sid]),
      [root, child, ...targets].map((target, index) => [
        target,
        [root, child, child, child, root, null][index],
      ]),
    )
    assert.is(new Set(rows.map(({ sid }) => sid)).size, rows.length)
    assert.ok(rows.every(({ sid }) => /^AU[0-9a-f]{32}$/.test(sid)))
    assert.throws(() => connection.exec("UPDATE audit SET account_sid = 'x'"), /are final/)
  }))

/** Runs `body` on a new database of the first migrations. */
async function inFolderOf(
  steps: number,
  body: (connection: Database.Database) => void,
): Promise<void> {
  const folder = temporaryFolder()
  const connection = openConnection(join(folder.path, 'strowger.db'))
  try {
    migrate(connection, migrations.slice(0, steps))
    body(connection)
  } finally {
    connection.close()
    await folder.remove()
  }
}

function sidKey(sid: string): { sid: string } {
  return { sid }
}

function credentialsOf(account: PlacedAccount | undefined) {
  assert.ok(account)
  const { token, passwordHash, revision } = account
  return [String(token.sealed), String(token.digest), passwordHash, revision]
}

test.run()
