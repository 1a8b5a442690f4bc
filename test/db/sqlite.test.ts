import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openConnection } from '../../db/sqlite/connection.ts'
import { openSqliteStore } from '../../db/sqlite/index.ts'
import { migrate } from '../../db/sqlite/migrate.ts'
import type { Store } from '../../db/store.ts'
import { openStoreElsewhere, tryStoreElsewhere } from '../support/children.ts'
import { recordedOf } from '../support/recorded.ts'
import { accountNow, addBelow, auditOn, plantRoot, setStatus } from '../support/records.ts'
import { messageOf } from '../support/refusals.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { assertRejects, sweepToTheEnd } from './contract/check.ts'
import { type OpenStore, storeContract } from './store-contract.ts'

storeContract('SQLite', openTemporary)

function openTemporary(): OpenStore {
  const folder = temporaryFolder()
  const store = openSqliteStore(folder.path)
  return {
    store,
    async close() {
      await store.close()
      await folder.remove()
    },
  }
}

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = temporaryFolder()
  try {
    await body(folder.path)
  } finally {
    await folder.remove()
  }
}

/** Opens the store of a folder for as long as `body` runs. */
async function withStore<T>(folder: string, body: (store: Store) => Promise<T>): Promise<T> {
  const store = openSqliteStore(folder)
  try {
    return await body(store)
  } finally {
    await store.close()
  }
}

/** Does something to the database behind the back of the program. */
function withDatabase<T>(folder: string, body: (database: Database.Database) => T): T {
  const database = new Database(join(folder, 'strowger.db'))
  try {
    return body(database)
  } finally {
    database.close()
  }
}

test('what the data folder holds is for its owner alone, whatever the umask', () =>
  inFolder(async (folder) => {
    const umask = process.umask(0)
    try {
      await withStore(folder, async (store) => {
        await plantRoot(store)
        // The journal of the lock is left out: nothing of the data is ever in it.
        const held = readdirSync(folder).filter((name) => name !== 'strowger.lock-journal')
        assert.equal(held.sort(), [
          ...['strowger.db', 'strowger.db-shm', 'strowger.db-wal'],
          ...['strowger.lock', 'strowger.pid'],
        ])
        for (const name of held) {
          assert.is(statSync(join(folder, name)).mode & 0o777, 0o600, name)
        }
      })
    } finally {
      process.umask(umask)
    }
  }))

test('a file that others could read is closed to them when it is opened', () =>
  inFolder(async (folder) => {
    const umask = process.umask(0)
    try {
      new Database(join(folder, 'strowger.db')).exec('CREATE TABLE made_by_hand (one)').close()
      await withStore(folder, async () => {
        assert.is(statSync(join(folder, 'strowger.db')).mode & 0o777, 0o600)
      })
    } finally {
      process.umask(umask)
    }
  }))

test('a commit is on the disk before it is answered, and references hold', () =>
  inFolder(async (folder) => {
    // A second time too: what SQLite takes by itself depends on whether the file is a WAL one already.
    for (let opened = 0; opened < 2; opened += 1) {
      const connection = openConnection(join(folder, 'strowger.db'))
      migrate(connection)
      const setting = (name: string) => connection.pragma(name, { simple: true })
      assert.is(setting('journal_mode'), 'wal')
      assert.is(setting('synchronous'), 2)
      assert.is(setting('foreign_keys'), 1)
      assert.is(setting('trusted_schema'), 0)
      assert.ok(Number(setting('busy_timeout')) > 0)
      assert.ok(Number(setting('journal_size_limit')) > 0)
      connection.close()
    }
  }))

test('every table is STRICT', () =>
  inFolder(async (folder) => {
    await withStore(folder, async () => {})
    const tables = withDatabase(folder, (database) =>
      database
        .prepare<[], { name: string; strict: number }>(
          "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'",
        )
        .all(),
    )
    assert.ok(tables.length >= 6)
    assert.equal(
      tables.filter(({ strict }) => strict !== 1),
      [],
    )
  }))

test('a second opening in the same process is refused and does the first no harm', () =>
  inFolder((folder) =>
    withStore(folder, async (store) => {
      for (let tried = 0; tried < 2; tried += 1) {
        assert.is(
          messageOf(() => openSqliteStore(folder)),
          `the data folder ${folder} is in use by another server, process ${process.pid}`,
        )
      }
      await plantRoot(store)
      assert.match(await tryStoreElsewhere(folder), `process ${process.pid}`)
    }),
  ))

test('another process is refused, naming the one that has the folder, until that closes it', () =>
  inFolder(async (folder) => {
    await withStore(folder, async () => {
      assert.is(
        await tryStoreElsewhere(folder),
        `the data folder ${folder} is in use by another server, process ${process.pid}`,
      )
    })
    assert.is(await tryStoreElsewhere(folder), 'open')
  }))

test('a folder is free again when its holder was killed', () =>
  inFolder(async (folder) => {
    const holder = await openStoreElsewhere(folder)
    assert.match(
      messageOf(() => openSqliteStore(folder)),
      `process ${holder.pid}`,
    )
    await holder.kill('SIGKILL')
    await withStore(folder, async (store) => {
      await plantRoot(store)
      assert.is(readFileSync(join(folder, 'strowger.pid'), 'utf8'), `${process.pid}\n`)
    })
  }))

test('a holder whose process id was not written down is still a holder', () =>
  inFolder((folder) =>
    withStore(folder, async () => {
      rmSync(join(folder, 'strowger.pid'))
      assert.match(
        messageOf(() => openSqliteStore(folder)),
        'in use by another server, process unknown',
      )
    }),
  ))

test('a folder that is missing is no folder in use', () =>
  inFolder(async (folder) => {
    assert.match(
      messageOf(() => openSqliteStore(join(folder, 'missing'))),
      'directory does not exist',
    )
  }))

test('a lock that is broken is told of as what it is', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'strowger.lock'), 'no lock '.repeat(500))
    assert.match(
      messageOf(() => openSqliteStore(folder)),
      'file is not a database',
    )
  }))

test('a database that cannot be brought up to date leaves its folder free', () =>
  inFolder(async (folder) => {
    await withStore(folder, plantRoot)
    withDatabase(folder, (database) => database.exec('ALTER TABLE migrations RENAME TO other'))
    assert.match(
      messageOf(() => openSqliteStore(folder)),
      'already exists',
    )
    withDatabase(folder, (database) => database.exec('ALTER TABLE other RENAME TO migrations'))
    await withStore(folder, async (store) => assert.ok(await store.findRoot()))
  }))

test('a database of a newer program is refused and not touched', () =>
  inFolder(async (folder) => {
    await withStore(folder, plantRoot)
    withDatabase(folder, (database) => {
      database.exec("INSERT INTO migrations VALUES (9999, '9999-future', 'hash')")
      database.pragma('wal_checkpoint(TRUNCATE)')
    })
    const before = digestOf(folder)
    assert.match(
      messageOf(() => openSqliteStore(folder)),
      /newer than this program.*9999-future/,
    )
    assert.is(digestOf(folder), before)
    withDatabase(folder, (database) => database.exec('DELETE FROM migrations WHERE number = 9999'))
    await withStore(folder, async (store) => assert.ok(await store.findRoot()))
  }))

test('a migration that was edited since it was applied is refused', () =>
  inFolder(async (folder) => {
    await withStore(folder, plantRoot)
    for (const column of ['hash', 'name']) {
      withDatabase(folder, (database) =>
        database.exec(`UPDATE migrations SET ${column} = ${column} || 'x' WHERE number = 1`),
      )
      assert.match(
        messageOf(() => openSqliteStore(folder)),
        'made by another migration',
      )
      withDatabase(folder, (database) =>
        database.exec(`UPDATE migrations SET ${column} = rtrim(${column}, 'x') WHERE number = 1`),
      )
    }
    await withStore(folder, async (store) => assert.ok(await store.findRoot()))
  }))

test('migrations are applied once each, in their order, all or none', () =>
  inFolder(async (folder) => {
    const connection = openConnection(join(folder, 'strowger.db'))
    const steps = ['CREATE TABLE one (a) STRICT', 'ALTER TABLE one RENAME TO two']
      .map((sql) => sql.replace('(a)', '(a TEXT)'))
      .map((sql, index) => ({ name: `step ${index}`, sql }))
    const tables = () =>
      connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all()
    migrate(connection, steps.slice(0, 1))
    const broken = [...steps, { name: 'broken', sql: 'CREATE NONSENSE' }]
    assert.match(
      messageOf(() => migrate(connection, broken)),
      'syntax error',
    )
    assert.equal(tables(), ['migrations', 'one'])
    migrate(connection, steps)
    migrate(connection, steps)
    assert.equal(tables(), ['migrations', 'two'])
    assert.match(
      messageOf(() => migrate(connection, [])),
      'the newest known here is none',
    )
    connection.close()
  }))

test('what was recorded can be neither changed nor, by the program, forgotten', () =>
  inFolder((folder) =>
    withStore(folder, async (store) => {
      const root = await plantRoot(store)
      const before = await recordedOf(store, root.sid)
      for (const column of ['at', 'action', 'target_sid', 'actor_sid', 'changes']) {
        const update = `UPDATE audit SET ${column} = 1`
        const told = messageOf(() => withDatabase(folder, (database) => database.exec(update)))
        assert.is(told, 'audit rows are final')
      }
      assert.equal(await recordedOf(store, root.sid), before)
    }),
  ))

test('an audit row goes when its time is over and not before, whatever the statement says', () =>
  inFolder(async (folder) => {
    const store = openSqliteStore(folder)
    const { sid } = await plantRoot(store)
    await store.recordAudit([1, 2, 3].map((at) => auditOn(sid, { at })))
    const file = new Database(join(folder, 'strowger.db'))
    const refused = 'audit rows are kept until their time is over'
    const remove = (from: string) => messageOf(() => file.exec(`DELETE FROM audit ${from}`))
    assert.is(remove(''), refused)
    assert.is(remove('WHERE at = 1'), refused)
    await store.pruneAudit(2, 0)
    assert.is(remove('WHERE at = 2'), refused)
    assert.is(file.prepare('DELETE FROM audit WHERE at = 1').run().changes, 1)
    await store.pruneAudit(1, 10)
    assert.is(remove('WHERE at = 2'), refused)
    file.close()
    await store.close()
  }))

test('a second root cannot be, whatever the program does', () =>
  inFolder(async (folder) => {
    await withStore(folder, async (store) => {
      await addBelow(store, await plantRoot(store))
    })
    const update = 'UPDATE accounts SET parent_sid = NULL'
    const told = messageOf(() => withDatabase(folder, (database) => database.exec(update)))
    assert.match(told, 'UNIQUE constraint failed')
  }))

test('an account whose way is broken is told of and not shown', () =>
  inFolder(async (folder) => {
    const child = await withStore(folder, async (store) => addBelow(store, await plantRoot(store)))
    withDatabase(folder, (database) => {
      database.pragma('foreign_keys = OFF')
      database.exec('DELETE FROM accounts WHERE parent_sid IS NULL')
    })
    await withStore(folder, async (store) => {
      const outcome = await store.findAccounts([child]).catch(String)
      assert.match(String(outcome), 'which does not exist')
    })
  }))

test('a store finds again what it held, and goes on from there', () =>
  inFolder(async (folder) => {
    const [root, child] = await withStore(folder, async (store) => {
      const planted = await plantRoot(store)
      const added = await addBelow(store, planted)
      return [await accountNow(store, planted.sid), await setStatus(store, added, 'suspended')]
    })
    await withStore(folder, async (store) => {
      assert.equal(await store.findAccounts([root, child]), [root, child])
      assert.is(await store.installationKind(), 'ordinary')
      assert.is((await recordedOf(store, child.sid)).length, 2)
      await addBelow(store, child)
    })
  }))

test('a sweep that was cut short goes on after the store is opened again', () =>
  inFolder(async (folder) => {
    const { top, below } = await withStore(folder, async (store) => {
      const head = await addBelow(store, await plantRoot(store))
      const accounts = []
      for (let made = 0; made < 5; made += 1) {
        accounts.push(await addBelow(store, head))
      }
      await setStatus(store, head, 'closed')
      assert.is(await store.sweepClosedBranches(2), 'more')
      return { top: head, below: accounts }
    })
    const marks = async (store: Store) =>
      (await store.findAccounts(below)).filter((account) => account?.closedBy === top.sid).length
    await withStore(folder, async (store) => {
      assert.is(await marks(store), 2)
      await sweepToTheEnd(store, 2)
      assert.is(await marks(store), 5)
    })
  }))

test('references are looked at again behind a sweep', () =>
  inFolder((folder) =>
    withStore(folder, async (store) => {
      const { sid } = await plantRoot(store)
      const session = { method: 'api_auth', createdAt: 1, expiresAt: 2 }
      const opened = (accountSid: string, tokenDigest: Uint8Array) =>
        store.insertSession({ ...session, accountSid, tokenDigest }, auditOn(sid))
      await store.sweepClosedBranches(1)
      await assertRejects(opened('AC of nobody', Buffer.from('one')))
      await opened(sid, Buffer.from('two'))
    }),
  ))

test('what was acknowledged is there after a kill', () =>
  inFolder(async (folder) => {
    const root = await withStore(folder, plantRoot)
    const holder = await openStoreElsewhere(folder)
    await holder.kill('SIGKILL')
    await withStore(folder, async (store) => assert.equal(await store.findRoot(), root))
  }))

test('a store that was closed answers nothing any more', () =>
  inFolder(async (folder) => {
    const store = openSqliteStore(folder)
    const { lineage, sid } = await plantRoot(store)
    await store.close()
    await assertRejects(store.findRoot())
    await assertRejects(store.probe())
    await assertRejects(store.changeAccount(lineage, {}, auditOn(sid)))
    assert.equal(readdirSync(folder).sort(), ['strowger.db', 'strowger.lock'])
  }))

function digestOf(folder: string): string {
  const file = readFileSync(join(folder, 'strowger.db'))
  return createHash('sha256').update(file).digest('hex')
}

test.run()
