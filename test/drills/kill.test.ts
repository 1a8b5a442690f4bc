import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { inNewFolder } from '../support/start-process.ts'
import { lengthOf, type Random, tell, withSeed } from './length.ts'
import { answeredBy, assertKept, assertLogins, restart } from './server.ts'
import { makeWriters, write } from './writers.ts'

const kills = lengthOf(30, 500)
/** A tree that grows for ever would only make the looking slow. */
const killsOfOneFolder = 50

test('a server killed at any moment has kept all that it answered and nothing by halves', () =>
  withSeed(async (random) => {
    const figures = { kills: 0, acknowledged: 0, slowestMs: 0 }
    for (let left = kills; left > 0; left -= killsOfOneFolder) {
      const rounds = Math.min(left, killsOfOneFolder)
      await inNewFolder(async (folder) => {
        const { acknowledged, slowestMs } = await killRepeatedly(folder, rounds, random)
        figures.kills += rounds
        figures.acknowledged += acknowledged
        figures.slowestMs = Math.max(figures.slowestMs, slowestMs)
      })
    }
    assert.ok(figures.acknowledged > kills, 'the writers got on')
    const { acknowledged, slowestMs } = figures
    tell('kill -9', { kills, acknowledged, lost: 0, 'ms to ready at most': slowestMs })
  }))

async function killRepeatedly(folder: string, rounds: number, random: Random) {
  let { program, readyMs: slowestMs } = await restart(folder)
  const writers = await makeWriters(program)
  for (let round = 0; round < rounds; round += 1) {
    const writing = writers.map((writer) => write(program, writer, random))
    await pause(30 + random.below(220))
    assert.is((await program.kill('SIGKILL')).signal, 'SIGKILL')
    await Promise.all(writing)
    const again = await restart(folder)
    program = again.program
    slowestMs = Math.max(slowestMs, again.readyMs)
    assertKept(folder, writers)
    await assertLogins(program, writers)
  }
  await program.kill()
  assertKept(folder, writers)
  return { acknowledged: answeredBy(writers), slowestMs }
}

test.run()
