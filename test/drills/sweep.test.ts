import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openSqliteStore } from '../../db/sqlite/index.ts'
import type { PlacedAccount, Store } from '../../db/store.ts'
import { storedToken } from '../../lib/credentials.ts'
import { newAuthToken, newRealm, newSid } from '../../lib/ids.ts'
import { createSecrets, type Secrets } from '../../lib/secrets.ts'
import { send } from '../support/restcomm.ts'
import { skipUnless } from '../support/skip.ts'
import type { Login } from '../support/start-app.ts'
import { demoRoot, inNewFolder, type Program, startProgram } from '../support/start-process.ts'
import { noDisk, withDisks } from './disk.ts'
import { lengthOf, tell } from './length.ts'
import { restart } from './server.ts'
import { readDatabase, readWhole } from './stored.ts'
import { demo } from './writers.ts'

const kills = lengthOf(1, 20)
const branchSize = 3_000
const closed = { Status: 'closed' }
/** More than the closing itself takes, and less than the first chunk of the sweep. */
const writesOfClose = 60

test('a server killed while it sweeps a closed branch finishes the sweep after the next start', async () => {
  for (let left = kills; left > 0; left -= 1) {
    await inNewFolder(async (folder) => {
      await (await startProgram(folder, demo)).kill()
      let wasCaught = false
      for (let attempt = 0; attempt < 3 && !wasCaught; attempt += 1) {
        wasCaught = await killAndFinish(folder)
      }
      assert.ok(wasCaught, 'the sweep was never caught in the middle')
    })
  }
  tell('kill -9 in a sweep', { kills, lost: 0 })
})

test(
  'a sweep that a failing disk has interrupted goes on when the disk does',
  skipUnless(noDisk === undefined, String(noDisk), () =>
    withDisks((diskOf) =>
      inNewFolder(async (folder) => {
        await (await startProgram(folder, demo)).kill()
        const branch = await makeBranch(folder)
        const disk = diskOf(folder)
        const program = await startProgram(folder, demo, { env: disk.env })
        disk.fail({ target: 'write', kind: 'EIO', skip: writesOfClose })
        const closing = await send(program, demoRoot, 'PUT', `/Accounts/${branch.top.sid}`, closed)
        assert.is(closing.status, 200)
        const begun = performance.now()
        while (!program.stderr().includes('a closed branch waits to be swept')) {
          assert.ok(performance.now() - begun < 10_000, 'the sweep was not interrupted')
          await pause(10)
        }
        assert.ok(sweptIn(folder, branch.top) < branchSize)
        disk.heal()
        await sweepFinished(folder, branch, () => pause(20))
        await program.kill()
        readWhole(folder)
      }),
    ),
  ),
)

async function killAndFinish(folder: string): Promise<boolean> {
  const branch = await makeBranch(folder)
  const wasCaught = await killInSweep(folder, branch)
  const program = await restart(folder)
  readWhole(folder)
  await assertClosedFromNowOn(program, branch)
  await sweepFinished(folder, branch, () => assertClosedFromNowOn(program, branch))
  await program.kill()
  readWhole(folder)
  return wasCaught
}

type Branch = { readonly top: Login; readonly child: Login }

/** Puts a parent and its many children straight into the store of a stopped server. */
async function makeBranch(folder: string): Promise<Branch> {
  const key = readFileSync(join(folder, 'strowger.key'), 'utf8').trim()
  const secrets = createSecrets(Buffer.from(key, 'hex'))
  const store = openSqliteStore(folder)
  const root = await store.findRoot()
  if (root === undefined) {
    throw new Error('the folder has no root account')
  }
  const top = await insertBelow(store, secrets, root)
  let child = top
  for (let inserted = 0; inserted < branchSize; inserted += 1) {
    child = await insertBelow(store, secrets, top.account)
  }
  await store.close()
  return { top, child }
}

async function insertBelow(
  store: Store,
  secrets: Secrets,
  parent: PlacedAccount,
): Promise<Login & { account: PlacedAccount }> {
  const sid = newSid('AC')
  const token = newAuthToken()
  const { organizationSid, role, type, status } = parent
  const result = await store.insertAccount(
    {
      ...{ sid, parentSid: parent.sid, organizationSid, role, type, status },
      ...{
        friendlyName: 'one of many',
        email: undefined,
        realm: newRealm(newSid('AC').toLowerCase()),
      },
      token: storedToken({ secrets }, sid, token),
      ...{ passwordHash: undefined, loginHash: undefined, document: {}, createdAt: Date.now() },
    },
    parent.lineage,
    { at: Date.now(), action: 'account.create', targetSid: sid, changes: {} },
  )
  if (result.outcome !== 'inserted') {
    throw new Error(`the account was not inserted: ${result.outcome}`)
  }
  return { sid, email: '', token, account: result.account }
}

/** Closes a branch and kills the server as soon as a part of it is swept; says whether only a part was. */
async function killInSweep(folder: string, { top }: Branch): Promise<boolean> {
  const program = await startProgram(folder, demo)
  const closing = send(program, demoRoot, 'PUT', `/Accounts/${top.sid}`, closed)
  // The sweep begins before the answer goes out, which may therefore be cut off.
  const answer = closing.then(
    ({ status }) => status,
    () => 'none',
  )
  const begun = performance.now()
  while (sweptIn(folder, top) === 0) {
    assert.ok(performance.now() - begun < 10_000, 'the sweep did not begin')
    await pause(0)
  }
  await program.kill('SIGKILL')
  assert.ok([200, 'none'].includes(await answer))
  return sweptIn(folder, top) < branchSize
}

function sweptIn(folder: string, { sid }: Login): number {
  const statement = 'SELECT count(*) AS number FROM accounts WHERE closed_by = ? AND sid <> ?'
  return countIn(folder, statement, sid, sid)
}

function countIn(folder: string, statement: string, ...values: readonly string[]): number {
  return readDatabase(folder, (database) => {
    const row = database.prepare<string[], { number: number }>(statement).get(...values)
    return row?.number ?? 0
  })
}

async function assertClosedFromNowOn(program: Program, { top, child }: Branch): Promise<void> {
  for (const login of [top, child]) {
    const own = await send(program, login, 'GET', `/Accounts/${login.sid}.json`)
    assert.is(own.status, 403)
    const read = await send(program, demoRoot, 'GET', `/Accounts/${login.sid}.json`)
    assert.is(JSON.parse(read.text).status, 'closed')
  }
}

async function sweepFinished(
  folder: string,
  { top }: Branch,
  meanwhile: () => Promise<void>,
): Promise<void> {
  const begun = performance.now()
  while (countIn(folder, 'SELECT count(*) AS number FROM closed_branches') > 0) {
    assert.ok(performance.now() - begun < 10_000, 'the sweep was not finished')
    await meanwhile()
  }
  assert.is(sweptIn(folder, top), branchSize)
  const own = "SELECT count(*) AS number FROM accounts WHERE parent_sid = ? AND status = 'active'"
  assert.is(countIn(folder, own, top.sid), branchSize)
}

test.run()
