import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { send } from '../support/restcomm.ts'
import { skipUnless } from '../support/skip.ts'
import type { Login } from '../support/start-app.ts'
import { demoRoot, inNewFolder, startProgram } from '../support/start-process.ts'
import { sweepsFinished } from '../support/sweeps.ts'
import { assertClosedFromNowOn, countIn, intoStore } from './branches.ts'
import { noDisk, withDisks } from './disk.ts'
import { lengthOf, tell } from './length.ts'
import { restart } from './server.ts'
import { readWhole } from './stored.ts'
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
  await assertClosedFromNowOn(program, [branch.top, branch.child])
  await sweepFinished(folder, branch, () =>
    assertClosedFromNowOn(program, [branch.top, branch.child]),
  )
  await program.kill()
  readWhole(folder)
  return wasCaught
}

type Branch = { readonly top: Login; readonly child: Login }

/** Puts a parent and its many children straight into the store of a stopped server. */
function makeBranch(folder: string): Promise<Branch> {
  return intoStore(folder, async (insert, root) => {
    const top = await insert(root)
    let child = top
    for (let inserted = 0; inserted < branchSize; inserted += 1) {
      child = await insert(top.account)
    }
    return { top, child }
  })
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

async function sweepFinished(
  folder: string,
  { top }: Branch,
  meanwhile: () => Promise<void>,
): Promise<void> {
  await sweepsFinished(folder, meanwhile)
  assert.is(sweptIn(folder, top), branchSize)
  const own = "SELECT count(*) AS number FROM accounts WHERE parent_sid = ? AND status = 'active'"
  assert.is(countIn(folder, own, top.sid), branchSize)
}

test.run()
