import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { inNewFolder } from '../support/start-process.ts'
import { lengthOf, type Random, tell, withSeed } from './length.ts'
import { answeredBy, assertKept, assertLogins, restart } from './server.ts'
import { makeWriters, type Writer, write } from './writers.ts'

const stops = lengthOf(20, 200)
const stopsOfOneFolder = 50
const endWithinMs = 10_000

test('SIGTERM under load cuts no request that has begun and loses nothing', () =>
  withSeed(async (random) => {
    const figures = { acknowledged: 0, slowestMs: 0 }
    for (let left = stops; left > 0; left -= stopsOfOneFolder) {
      const rounds = Math.min(left, stopsOfOneFolder)
      await inNewFolder(async (folder) => {
        const { acknowledged, slowestMs } = await stopRepeatedly(folder, rounds, random)
        figures.acknowledged += acknowledged
        figures.slowestMs = Math.max(figures.slowestMs, slowestMs)
      })
    }
    const { acknowledged, slowestMs } = figures
    tell('SIGTERM', { stops, acknowledged, lost: 0, cut: 0, 'ms to the end at most': slowestMs })
  }))

async function stopRepeatedly(folder: string, rounds: number, random: Random) {
  let slowestMs = 0
  let program = await restart(folder)
  const writers = await makeWriters(program)
  for (let round = 0; round < rounds; round += 1) {
    const { url } = program
    const writing = writers.map((writer) => write({ url }, writer, random))
    await pause(30 + random.below(220))
    const begun = performance.now()
    const { code, signal, stderr } = await program.kill('SIGTERM')
    const ms = Math.round(performance.now() - begun)
    assert.equal([code, signal], [0, undefined], stderr)
    assert.ok(ms < endWithinMs, `it took ${ms} ms`)
    slowestMs = Math.max(slowestMs, ms)
    await Promise.all(writing)
    assertUncut(folder, writers, stderr)
    program = await restart(folder)
    await assertLogins(program, writers)
  }
  await program.kill()
  return { acknowledged: answeredBy(writers), slowestMs }
}

/** A request without an answer was refused at the door: what the server begins, it answers. */
function assertUncut(folder: string, writers: readonly Writer[], log: string): void {
  for (const writer of writers) {
    writer.pending = undefined
  }
  assertKept(folder, writers)
  assert.not.match(log, '"aborted":true')
}

test.run()
