import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { skipUnless } from '../support/skip.ts'
import { inNewFolder, type Program } from '../support/start-process.ts'
import { createKey } from '../support/twilio.ts'
import { cutPower } from './cut.ts'
import { type Disk, type Fault, noDisk, readLog, withDisks } from './disk.ts'
import { lengthOf, type Random, tell, withSeed } from './length.ts'
import { assertReads, assertRefused, tryToWrite } from './refusals.ts'
import { replayedDisk } from './replay.ts'
import {
  answeredBy,
  assertKept,
  isReady,
  type ReadyTimes,
  readyAgain,
  readyFigures,
  restart,
} from './server.ts'
import { makeWriters, type Writer, write } from './writers.ts'

/** The long drill takes every number up to 600, the short one every tenth. */
const last = 600
const faults = lengthOf(60, last)
const faultsOfOneFolder = 50
const diskFaultCode = 74
const exitWithinMs = 15_000
const faultWithinMs = 30_000

type Figures = {
  acknowledged: number
  refused: number
  exits: number
  starts: ReadyTimes
  ends: ReadyTimes
}

test(
  'while the disk fails, changes are refused in the form of the dialect, reads go on, and nothing is lost',
  skipUnless(noDisk === undefined, String(noDisk), () =>
    withSeed((random) =>
      withDisks(async (diskOf) => {
        const figures: Figures = { acknowledged: 0, refused: 0, exits: 0, starts: [], ends: [] }
        for (let begin = 0; begin < faults; begin += faultsOfOneFolder) {
          const indices = Array.from({ length: faults }, (_, index) => index)
          const some = indices.slice(begin, begin + faultsOfOneFolder)
          await inNewFolder((folder) =>
            failRepeatedly(folder, diskOf(folder), some.map(faultOf), random, figures),
          )
        }
        const { refused, exits, acknowledged, starts, ends } = figures
        assert.ok(refused > 0 && exits > 0)
        tell('a failing disk', {
          ...{ faults, acknowledged, lost: 0, 'refused with 503 or 507': refused },
          ...{ 'exits after a failed sync': exits, ...readyFigures('start', starts) },
          ...readyFigures('end of a fault', ends),
        })
      }),
    ),
  ),
)

/** In turn a write or a sync, every kind of fault, for one call or until the disk is whole again. */
function faultOf(index: number): Fault {
  const skip = Math.floor((index * last) / faults)
  // Far fewer syncs than writes; the short drill does not wait for the 600th.
  const syncs = faults < last ? Math.floor(skip / 5) : skip
  if (index % 10 === 0) {
    return { target: 'sync', kind: index % 20 === 0 ? 'EIO' : 'ENOSPC', skip: syncs, times: 1 }
  }
  if (index % 10 === 5) {
    return { target: 'sync', kind: 'EIO', skip: 0, times: 1, sparesLog: true }
  }
  const kind = index % 3 === 0 ? 'EIO' : index % 3 === 1 ? 'ENOSPC' : 'short'
  const isLasting = index % 4 !== 0
  return { target: 'write', kind, skip, ...(isLasting ? {} : { times: 1 }) }
}

async function failRepeatedly(
  folder: string,
  disk: Disk,
  some: readonly Fault[],
  random: Random,
  figures: Figures,
): Promise<void> {
  const start = (times?: ReadyTimes) => restart(folder, times, { env: disk.env })
  let program = await start()
  const writers = await makeWriters(program)
  const replayed = replayedDisk(random)
  let place = 0
  for (const fault of some) {
    const round: Round = { program, disk, writers, fault, random, figures }
    if (fault.target === 'write') {
      await failWrites(round)
    } else {
      await failSync(round)
      program = await start(figures.starts)
    }
    for (const [entry, next] of readLog(disk.log, place)) {
      replayed.apply(entry)
      place = next
    }
    await cutPower(replayed, `${folder}.cut`, writers)
    assertKept(folder, writers)
  }
  assertLogged(await program.kill())
  assertKept(folder, writers)
  figures.acknowledged += answeredBy(writers)
}

type Round = {
  readonly program: Program
  readonly disk: Disk
  readonly writers: readonly [Writer, ...Writer[]]
  readonly fault: Fault
  readonly random: Random
  readonly figures: Figures
}

async function failWrites({ program, disk, writers, fault, random, figures }: Round) {
  const [{ login }] = writers
  const key = await createKey(program, login)
  let isOver = false
  const writing = writers.map((writer) =>
    write(program, writer, random, { refused: counted(figures) }, () => isOver),
  )
  disk.fail(fault)
  await untilFailed(disk)
  if (fault.times === undefined) {
    await tryToWrite(program, login.sid, [fault.kind === 'EIO' ? 503 : 507])
    await assertReads(program, login.sid, key)
    assert.not.ok(await isReady(program), 'ready while nothing can be written')
  }
  disk.heal()
  await readyAgain(program, figures.ends)
  await tryToWrite(program, login.sid, [200])
  isOver = true
  await Promise.all(writing)
}

async function failSync({ program, disk, writers, fault, random, figures }: Round) {
  const writing = writers.map((writer) =>
    write(program, writer, random, { refused: counted(figures) }),
  )
  disk.fail(fault)
  await untilFailed(disk)
  assert.not.ok(await isReady(program).catch(() => false), 'ready after a failed sync')
  const ended = await Promise.race([program.ended, pause(exitWithinMs, undefined, { ref: false })])
  assert.ok(ended, 'the process went on after a failed sync')
  assert.equal([ended.code, ended.signal], [diskFaultCode, undefined], ended.stderr.slice(-2_000))
  await Promise.all(writing)
  disk.heal()
  assertLogged(ended)
  figures.exits += 1
}

function counted(figures: Figures) {
  return (...refused: Parameters<typeof assertRefused>) => {
    assertRefused(...refused)
    figures.refused += 1
  }
}

async function untilFailed(disk: Disk): Promise<void> {
  const begun = performance.now()
  while (disk.failed() === 0) {
    assert.ok(performance.now() - begun < faultWithinMs, 'the fault never came')
    await pause(2)
  }
}

/** The log says the cause of each refusal, once. */
function assertLogged({ stderr }: { readonly stderr: string }): void {
  const told = stderr.split('\n').filter((line) => line.includes('fault of the disk'))
  const ids = told.map((line) => JSON.parse(line).requestId)
  assert.is(new Set(ids).size, ids.length)
  for (const line of told) {
    assert.match(JSON.parse(line).err.code, /^SQLITE_/)
  }
}

test.run()
