import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openLog, type ServerLog } from '../../routes/log.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

type Line = { readonly msg: string; readonly time: string }

async function withLog(
  run: (log: ServerLog, written: () => readonly Line[]) => Promise<void>,
): Promise<void> {
  const folder = temporaryFolder()
  const file = join(folder.path, 'log')
  // It stays open: a log looks every 100 ms for what waits, and is never closed.
  await run(openLog(openSync(file, 'a'), 'info'), () =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line)),
  )
  await folder.remove()
}

const messages = (lines: readonly Line[]) => lines.map(({ msg }) => msg)

test('lines come in their order, in a while by themselves and at once when they are flushed', () =>
  withLog(async ({ log, flush }, written) => {
    log.info('one')
    log.info('two')
    assert.equal(written(), [])
    for (let left = 100; left > 0 && written().length < 2; left -= 1) {
      await pause(20)
    }
    assert.equal(messages(written()), ['one', 'two'])
    log.info('three')
    await pause(0)
    log.info('four')
    flush()
    assert.equal(messages(written()), ['one', 'two', 'three', 'four'])
    await pause(200)
    assert.is(written().length, 4)
  }))

test('more lines than are written together keep their order too', () =>
  withLog(async ({ log, flush }, written) => {
    const many = Array.from({ length: 2_000 }, (_, index) => `line ${index}`)
    for (const text of many) {
      log.info(text)
    }
    flush()
    assert.equal(messages(written()), many)
  }))

test('a fatal line is written at once, with what came before it', () =>
  withLog(async ({ log }, written) => {
    log.info('before')
    log.fatal('the end')
    assert.equal(messages(written()), ['before', 'the end'])
  }))

test('each line has the time at which it was written', () =>
  withLog(async ({ log, flush }, written) => {
    const moments: { readonly before: number; readonly after: number }[] = []
    for (let line = 0; line < 5; line += 1) {
      const before = Date.now()
      log.info('now')
      moments.push({ before, after: Date.now() })
      await pause(3)
    }
    flush()
    for (const [index, { time }] of written().entries()) {
      const { before, after } = moments[index] ?? { before: 0, after: 0 }
      const at = Date.parse(time)
      assert.is(new Date(at).toISOString(), time)
      assert.ok(before <= at && at <= after, `${time} between ${before} and ${after}`)
    }
  }))

test.run()
