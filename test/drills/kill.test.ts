import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { inNewFolder } from '../support/start-process.ts'
import { lengthOf, type Random, tell, withSeed } from './length.ts'
import {
  answeredBy,
  assertKept,
  assertLogins,
  type ReadyTimes,
  readyFigures,
  restart,
} from './server.ts'
import { makeWriters, write } from './writers.ts'

const kills = lengthOf(30, 500)
/** A tree that grows for ever would only make the looking slow. */
const killsOfOneFolder = 50

test('a server killed at any moment has kept all that it answered and nothing by halves', () =>
  withSeed(async (random) => {
    const times: ReadyTimes = []
    let acknowledged = 0
    for (let left = kills; left > 0; left -= killsOfOneFolder) {
      const rounds = Math.min(left, killsOfOneFolder)
      await inNewFolder(async (folder) => {
        acknowledged += await killRepeatedly(folder, rounds, random, times)
      })
    }
    assert.ok(acknowledged > kills, 'the writers got on')
    tell('kill -9', { kills, acknowledged, lost: 0, ...readyFigures('start', times) })
  }))

async function killRepeatedly(folder: string, rounds: number, random: Random, times: ReadyTimes) {
  let program = await restart(folder)
  const writers = await makeWriters(program)
  for (let round = 0; round < rounds; round += 1) {
    const { url } = program
    const writing = writers.map((writer) => write({ url }, writer, random))
    await pause(30 + random.below(220))
    assert.is((await program.kill('SIGKILL')).signal, 'SIGKILL')
    await Promise.all(writing)
    program = await restart(folder, times)
    assertKept(folder, writers)
    await assertLogins(program, writers)
  }
  await program.kill()
  assertKept(folder, writers)
  return answeredBy(writers)
}

test.run()
