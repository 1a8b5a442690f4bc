import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { skipUnless } from '../support/skip.ts'
import { inNewFolder, startProgram } from '../support/start-process.ts'
import { cutPower } from './cut.ts'
import { type Disk, markIn, noDisk, readLog, withDisks } from './disk.ts'
import type { Intent, Knowledge, Known } from './known.ts'
import { lengthOf, type Random, tell, withSeed } from './length.ts'
import { replayedDisk } from './replay.ts'
import { answeredBy } from './server.ts'
import { demo, makeWriters, write } from './writers.ts'

const points = lengthOf(300, 4_000)
const pointsOfOneRecording = 400
const controlPoints = lengthOf(40, 400)
const recordedMs = 2_500

/** What a writer noted in the log: before a request, and when it was answered. */
type Mark =
  | { readonly topSid: string; readonly begins: Intent }
  | { readonly topSid: string; readonly now: Known }

test(
  'a power cut at any moment loses nothing acknowledged and leaves nothing half done',
  skipUnless(noDisk === undefined, String(noDisk), () =>
    withSeed(async (random) => {
      const figures = { acknowledged: 0, lost: 0 }
      for (let left = points; left > 0; left -= pointsOfOneRecording) {
        const number = Math.min(left, pointsOfOneRecording)
        await recorded({}, random, async (log, acknowledged) => {
          figures.acknowledged += acknowledged
          await cutTimeAndAgain(log, number, random)
        })
      }
      tell('power cuts', { points, ...figures })
    }),
  ),
)

test(
  'the same drill shows losses where synchronous is NORMAL',
  skipUnless(noDisk === undefined, String(noDisk), () =>
    withSeed(async (random) => {
      const lowered = pathToFileURL(join(import.meta.dirname, 'lowered-sync.ts')).href
      const env = { NODE_OPTIONS: `--import=${lowered}` }
      let lost = 0
      await recorded(env, random, async (log) => {
        for (let left = controlPoints; left > 0; left -= 1) {
          const why = await cutTimeAndAgain(log, 1, random).then(
            () => '',
            (error) => String(error),
          )
          assert.match(why, /^$|is lost|is not as it was acknowledged/)
          lost += why === '' ? 0 : 1
        }
      })
      tell('power cuts with synchronous=NORMAL', { points: controlPoints, 'with losses': lost })
      assert.ok(lost > 0)
    }),
  ),
)

/** Runs with the log of a server under eight writers in all dialects, and with how much they had answered. */
function recorded(
  env: Readonly<Record<string, string>>,
  random: Random,
  run: (log: string, acknowledged: number) => Promise<void>,
): Promise<void> {
  return withDisks((diskOf) =>
    inNewFolder(async (folder) => {
      const disk = diskOf(folder)
      const acknowledged = await record(folder, disk, env, random)
      await run(disk.log, acknowledged)
    }),
  )
}

async function record(
  folder: string,
  disk: Disk,
  env: Readonly<Record<string, string>>,
  random: Random,
): Promise<number> {
  const program = await startProgram(folder, demo, { env: { ...disk.env, ...env } })
  const writers = await makeWriters(program)
  const { mark, close } = markIn(disk.log)
  for (const { topSid } of writers) {
    mark({ topSid })
  }
  const end = performance.now() + recordedMs
  const watch = {
    begins: ({ topSid }: Knowledge, begins: Intent) => mark({ topSid, begins }),
    succeeded: ({ topSid }: Knowledge, now: Known) => mark({ topSid, now }),
  }
  const isOver = () => performance.now() > end
  await Promise.all(writers.map((writer) => write(program, writer, random, watch, isOver)))
  close()
  await program.kill('SIGKILL')
  await pause(0)
  return answeredBy(writers)
}

/** Cuts the power at `number` places of the log, in their order. Throws when anything is lost. */
async function cutTimeAndAgain(log: string, number: number, random: Random): Promise<void> {
  const all = [...readLog(log)].map(([entry]) => entry)
  const begin = all.findIndex(({ operation }) => operation === 'mark')
  const places = Array.from({ length: number }, () => begin + random.below(all.length - begin))
  const disk = replayedDisk(random)
  const known = new Map<string, Knowledge>()
  let at = 0
  for (const place of places.sort((one, other) => one - other)) {
    for (; at <= place; at += 1) {
      const entry = all[at]
      if (entry?.operation === 'mark') {
        note(known, JSON.parse(entry.text))
      } else if (entry !== undefined) {
        disk.apply(entry)
      }
    }
    const folder = `${log}.cut`
    await cutPower(disk, folder, [...known.values()])
  }
}

function note(known: Map<string, Knowledge>, mark: Mark): void {
  const { topSid } = mark
  const before = known.get(topSid) ?? { topSid, accounts: new Map(), pending: undefined }
  known.set(topSid, before)
  if ('begins' in mark) {
    before.pending = mark.begins
  } else if ('now' in mark) {
    before.accounts.set(mark.now.sid, mark.now)
    before.pending = undefined
  }
}

test.run()
