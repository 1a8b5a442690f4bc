import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { AccountStatus } from '../../db/store.ts'
import { succeed } from '../support/commands.ts'
import { send } from '../support/restcomm.ts'
import type { Login } from '../support/start-app.ts'
import { demoRoot, inNewFolder, type Program, startProgram } from '../support/start-process.ts'
import { madeCallflow } from '../support/stored-callflows.ts'
import { storedRows } from '../support/stored-rows.ts'
import { sweepsFinished } from '../support/sweeps.ts'
import { createKey } from '../support/twilio.ts'
import { assertClosedFromNowOn, countIn, intoStore } from './branches.ts'
import { lengthOf, type Random, tell, withSeed } from './length.ts'
import { restart } from './server.ts'
import { readWhole, type Stored } from './stored.ts'
import { demo, type Place } from './writers.ts'

const kills = lengthOf(3, 50)
const parents = 10
const childrenOfOne = 300
const statuses: readonly AccountStatus[] = ['active', 'suspended', 'inactive', 'uninitialized']

test('a server killed while it reopens a branch leaves the whole closed or the whole open', () =>
  withSeed((random) =>
    inNewFolder(async (folder) => {
      const branch = await makeBranch(folder)
      const longest = await timeToReopen(folder, branch)
      const found = { closed: 0, halfway: 0, open: 0 }
      for (let left = kills; left > 0; left -= 1) {
        const outcome = await killAndReopen(folder, branch, random, longest)
        found[outcome] += 1
      }
      await succeed(folder, ['check'])
      assert.ok(found.halfway > 0, 'no reopening was caught in the middle')
      tell('kill -9 in a reopening', { kills, ...found, lost: 0 })
    }),
  ))

type Branch = {
  readonly top: Login
  /** Some that are active, at all levels. */
  readonly active: readonly Login[]
  readonly key: Login
  /** All that is to be given back. */
  readonly rows: readonly object[]
  /** How often it was to be reopened so far. */
  tries: number
}

/** Accounts of every status on two levels below one, two of them closed by themselves, with keys and callflows. */
async function makeBranch(folder: string): Promise<Branch> {
  await (await startProgram(folder, demo)).kill()
  const { top, middle, leaves } = await insertBranch(folder)
  const program = await startProgram(folder, demo)
  const closed = [middle.at(0), leaves.at(-1)].filter((login) => login !== undefined)
  for (const login of [...closed, top, ...leaves.slice(-20)]) {
    await createKey(program, demoRoot, {}, login)
    await madeCallflow(program, login, {}, demoRoot)
  }
  for (const { sid } of closed) {
    await put(program, sid, 'closed')
  }
  const key = await createKey(program, demoRoot, {}, top)
  await sweepsFinished(folder)
  await program.kill()
  const active = [top, ...middle.slice(-1), ...leaves.filter((_, at) => at % 500 === 400)]
  return { top, active, key, rows: rowsIn(folder), tries: 0 }
}

function insertBranch(folder: string) {
  return intoStore(folder, async (insert, root) => {
    const top = await insert(root)
    const middle: Login[] = []
    const leaves: Login[] = []
    for (let parent = 0; parent < parents; parent += 1) {
      const { account, ...login } = await insert(top.account)
      middle.push(login)
      for (let child = 0; child < childrenOfOne; child += 1) {
        leaves.push(await insert(account, statuses[child % statuses.length]))
      }
    }
    return { top, middle, leaves }
  })
}

/** Milliseconds that a reopening takes that nothing interrupts. */
async function timeToReopen(folder: string, branch: Branch): Promise<number> {
  const before = readWhole(folder)
  const program = await restart(folder)
  await close(folder, program, branch, true)
  const begun = performance.now()
  assert.is(await reopen(program, branch), 200)
  const ms = Math.round(performance.now() - begun)
  await assertGivenBack(folder, program, branch, before)
  await program.kill()
  return ms
}

async function killAndReopen(
  folder: string,
  branch: Branch,
  random: Random,
  longest: number,
): Promise<'closed' | 'halfway' | 'open'> {
  const before = readWhole(folder, { ...branch.top, ...branch })
  const killed = await restart(folder)
  await close(folder, killed, branch, random.below(2) === 0)
  const answer = reopen(killed, branch).catch(() => 'none')
  await pause(random.below(Math.ceil(1.3 * longest)))
  await killed.kill('SIGKILL')
  const isHalfway = countIn(folder, reopenings) > 0
  await succeed(folder, ['check'])

  const program = await restart(folder)
  const stored = readWhole(folder, { ...branch.top, ...branch })
  const isOpen = stored.get(branch.top.sid)?.status === 'active'
  assert.ok(isOpen || (await answer) !== 200, 'what was answered is lost')
  if (isOpen) {
    assert.is(await reopen(program, branch), 400)
  } else {
    await reopenAgain(folder, program, branch, before, random.below(2) === 0)
  }
  await assertGivenBack(folder, program, branch, before)
  await program.kill()
  return isOpen ? 'open' : isHalfway ? 'halfway' : 'closed'
}

const reopenings = 'SELECT count(*) AS number FROM closed_branches WHERE reopening IS NOT NULL'

/** A reopening that was interrupted is none: nobody logs in, and all is marked as closed again. */
async function reopenAgain(
  folder: string,
  program: Program,
  branch: Branch,
  before: Stored,
  isSweptFirst: boolean,
): Promise<void> {
  const old = branch.active.map((login) => asBefore(login, before))
  await assertClosedFromNowOn(program, old, [401, 403])
  if (isSweptFirst) {
    await sweepsFinished(folder)
    const unmarked =
      'SELECT count(*) AS number FROM accounts WHERE path LIKE ? AND closed_by IS NULL'
    assert.is(countIn(folder, unmarked, `%${branch.top.sid}/%`), 0)
  }
  assert.is(await reopen(program, branch), 200)
}

/** All is as it was, and the AuthTokens of those that live again are new. */
async function assertGivenBack(
  folder: string,
  place: Place,
  branch: Branch,
  before: Stored,
): Promise<void> {
  assert.equal(rowsIn(folder), branch.rows)
  const { top, active, key, tries } = branch
  const now = readWhole(folder, { ...top, tries })
  for (const { sid, closedBy, token } of now.below(top.sid)) {
    assert.is(token === before.get(sid)?.token, closedBy !== null, `the AuthToken of ${sid}`)
  }
  for (const login of active) {
    const path = `/Accounts/${login.sid}`
    assert.is((await send(place, asBefore(login, before), 'GET', path)).status, 401)
    assert.is((await send(place, asBefore(login, now), 'GET', path)).status, 200)
    assert.is((await send(place, key, 'GET', path)).status, 200)
  }
}

/** With the AuthToken that was stored then. */
function asBefore(login: Login, stored: Stored): Login {
  return { ...login, token: stored.get(login.sid)?.token ?? '' }
}

/** Everything that is stored but for what a reopening makes anew, and for the use of keys. */
function rowsIn(folder: string): readonly object[] {
  const tables = ['accounts', 'api_keys', 'callflows', 'callflow_numbers', 'closed_branches']
  const renewed = ['sealed_token', 'token_digest', 'updated_at', 'revision', 'last_used_at']
  return storedRows(folder, tables, renewed)
}

async function close(
  folder: string,
  place: Place,
  { top }: Branch,
  isSwept: boolean,
): Promise<void> {
  await put(place, top.sid, 'closed')
  if (isSwept) {
    await sweepsFinished(folder)
  }
}

async function reopen(place: Place, branch: Branch): Promise<number> {
  branch.tries += 1
  return (await send(place, demoRoot, 'POST', `/Accounts/${branch.top.sid}/Reopen`)).status
}

async function put(place: Place, sid: string, status: AccountStatus): Promise<void> {
  const answer = await send(place, demoRoot, 'PUT', `/Accounts/${sid}`, { Status: status })
  assert.is(answer.status, 200)
}

test.run()
