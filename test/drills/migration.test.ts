import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Connection, openConnection } from '../../db/sqlite/connection.ts'
import { openSqliteStore } from '../../db/sqlite/index.ts'
import { migrate, migrations } from '../../db/sqlite/migrate.ts'
import { newRealm, newSid } from '../../lib/ids.ts'
import { skipUnless } from '../support/skip.ts'
import { root } from '../support/sources.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type Disk, type Fault, noDisk, withDisks } from './disk.ts'
import { lengthOf, type Random, tell, withSeed } from './length.ts'
import { readDatabase } from './stored.ts'

/** Of each older version; the long drill takes every write and every sync. */
const killsOfVersion = lengthOf(5, 1_000)
const children = 300

type Place = Pick<Fault, 'target' | 'skip'>
type Rows = readonly Readonly<Record<string, unknown>>[]

for (const [version, { name }] of migrations.entries()) {
  test(
    `a start killed inside ${name} leaves a database that the next start brings up to date`,
    skipUnless(noDisk === undefined, String(noDisk), () =>
      withSeed(async (random) => {
        const { path, remove } = temporaryFolder()
        const old = join(path, 'old')
        makeOld(old, version)
        await withDisks((diskOf) => killEverywhere(old, name, diskOf, random)).finally(remove)
      }),
    ),
  )
}

/** The migration that folds the names there are; later programs fold each name that is given. */
const foldedSince = migrations.findIndex(({ name }) => name === '0003-crossbar')

/** A data folder as the program with that many migrations left it. */
function makeOld(folder: string, version: number): void {
  mkdirSync(folder)
  const connection = openConnection(join(folder, 'strowger.db'))
  if (version > 0) {
    migrate(connection, migrations.slice(0, version))
    connection.transaction(fill)(connection)
    if (version > foldedSince) {
      connection.exec('UPDATE accounts SET folded_name = folded_name(friendly_name)')
    }
  }
  connection.close()
}

/** Rows that the first migration has columns for, and so every later one. */
function fill(connection: Connection): void {
  const organization = newSid('OR')
  connection
    .prepare('INSERT INTO organizations VALUES (?, ?, ?, ?, ?, ?)')
    .run(organization, 'House.example', 'house.example', 'active', 5, 6)
  const insert = connection.prepare(`
    INSERT INTO accounts (
      sid, parent_sid, path, organization_sid, friendly_name, status, role, type, realm,
      created_at, updated_at, sealed_token, token_digest, descendants_count, revision
    )
    VALUES (?, ?, ?, ?, ?, 'active', 'Administrator', 'Full', ?, 1, 1, x'01', x'02', ?, 1)
  `)
  const add = (sid: string, parent: string | null, path: string, count: number) =>
    insert.run(sid, parent, path, organization, `Näme of ${sid}`, realmOf(sid), count)
  const top = newSid('AC')
  add(top, null, `${top}/`, children)
  for (let made = 0; made < children; made += 1) {
    const sid = newSid('AC')
    add(sid, top, `${top}/${sid}/`, 0)
  }
}

function realmOf(sid: string): string {
  return newRealm(sid.toLowerCase())
}

async function killEverywhere(
  old: string,
  migration: string,
  diskOf: (folder: string) => Disk,
  random: Random,
): Promise<void> {
  const before = accountsIn(old)
  const attempt = async (place: Place | undefined) => {
    const folder = `${old}.${place?.target}${place?.skip}`
    cpSync(old, folder, { recursive: true })
    const disk = diskOf(folder)
    if (place !== undefined) {
      disk.fail({ ...place, kind: 'kill' })
    }
    const signal = await openElsewhere(folder, disk)
    assert.is(signal, place === undefined ? null : 'SIGKILL')
    await assertUpToDate(folder, before)
    return disk.counted()
  }
  const { write, sync } = await attempt(undefined)
  const everywhere = [...placesOf('write', write), ...placesOf('sync', sync)]
  const places = everywhere
    .map((place) => ({ place, rank: random.below(1_000_000) }))
    .sort((one, other) => one.rank - other.rank)
    .slice(0, killsOfVersion)
  for (const { place } of places) {
    await attempt(place)
  }
  tell(`kill -9 inside ${migration}`, {
    kills: places.length,
    'writes and syncs': everywhere.length,
  })
}

function placesOf(target: Place['target'], count: number): readonly Place[] {
  return Array.from({ length: count }, (_, skip) => ({ target, skip }))
}

/** Another process opens the store and is killed meanwhile, or closes it without writing anything back. */
async function openElsewhere(folder: string, disk: Disk): Promise<NodeJS.Signals | null> {
  const store = JSON.stringify(pathToFileURL(`${root}/db/sqlite/index.ts`).href)
  const script = `
    import { openSqliteStore } from ${store}
    openSqliteStore(${JSON.stringify(folder)})
    process.exit(0)
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...disk.env },
  })
  const [, signal] = await once(child, 'exit')
  return signal
}

async function assertUpToDate(folder: string, before: Rows): Promise<void> {
  await openSqliteStore(folder).close()
  readDatabase(folder, (database) => {
    assert.is(database.pragma('integrity_check', { simple: true }), 'ok')
    assert.equal(database.pragma('foreign_key_check'), [])
    assert.equal(
      database.prepare('SELECT name FROM migrations ORDER BY number').pluck().all(),
      migrations.map(({ name }) => name),
    )
    const unfolded = "SELECT count(*) FROM accounts WHERE folded_name = ''"
    assert.is(database.prepare(unfolded).pluck().get(), 0)
  })
  const after = accountsIn(folder)
  assert.equal(
    after.map((row, index) => ({ ...row, ...before[index] })),
    after,
  )
  assert.is(after.length, before.length)
}

function accountsIn(folder: string): Rows {
  return readDatabase(folder, (database) => {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck()
    return tables.all().includes('accounts')
      ? database.prepare<[], Rows[number]>('SELECT * FROM accounts ORDER BY id').all()
      : []
  })
}

test.run()
