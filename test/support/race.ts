import * as assert from 'uvu/assert'
import { watchAnswers } from './answer-order.ts'
import { type Asked, openPipeline, type Pipeline } from './pipeline.ts'
import type { RawReply } from './raw-reply.ts'
import type { TestApp } from './start-app.ts'

export type Read = Asked & {
  /** What the answer tells when so many changes have been made. */
  readonly after: (changes: number) => string
}

export type Race = {
  /** The change of this number, from 1 on. */
  readonly change: (number: number) => Asked
  /** Is given the answer to each change. */
  readonly heard?: (reply: RawReply) => void
  /** The same number of them at any time. */
  readonly reads: () => readonly Read[]
  readonly tells: (reply: RawReply) => string
}

/** Odd: what comes and goes by turns is there before the last one. */
export const changesOfRace = 21

/**
 * Makes changes over one connection while others read, all open since before the first change. What goes out
 * in one turn of the event loop is there for the server at once, which then takes up one connection after the
 * other: many reads begin right behind its answer to a change, before anything that was put off.
 */
export async function race(app: Pick<TestApp, 'url'>, given: Race): Promise<void> {
  const order = watchAnswers()
  const writer = openPipeline(app)
  const readers: Pipeline[] = []
  const reader = (at: number) => (readers[at] ??= openPipeline(app))
  const read = (number: number, over = reader, from = 0, to?: number) =>
    given
      .reads()
      .slice(from, to)
      .map(async (asked, index) => {
        const reply = await over(from + index).ask(asked)
        const least = order.changesBefore(reply.headers.get('x-request-id'))
        assertTells(given.tells(reply), asked, least, number)
        return least
      })
  try {
    // What is read for the second time is kept.
    await Promise.all([...read(0), ...read(0, () => writer)])
    let rightBehind = 0
    for (let number = 1; number <= changesOfRace; number += 1) {
      const place = number % readers.length
      const begun = await Promise.all([
        ...read(number, reader, 0, place),
        change(given, writer, number),
        ...read(number, () => writer),
        ...read(number, reader, place),
      ])
      rightBehind += begun.filter((least) => least === number).length
      assert.equal(new Set(await Promise.all(read(number))), new Set([number]))
    }
    assert.ok(rightBehind > changesOfRace / 2, `only ${rightBehind} were right behind a change`)
  } finally {
    for (const { close } of [writer, ...readers]) {
      close()
    }
    order.stop()
  }
}

async function change(given: Race, writer: Pipeline, number: number): Promise<undefined> {
  const reply = await writer.ask(given.change(number))
  assert.match(String(reply.status), /^20[01]$/, reply.text)
  given.heard?.(reply)
}

/** That an answer tells of what was answered before it was begun, and of nothing that was not sent. */
function assertTells(told: string, { path, after }: Read, least: number, most: number): void {
  const right = Array.from({ length: most - least + 1 }, (_, more) => after(least + more))
  assert.ok(right.includes(told), `${path} behind change ${least}: ${told}, not ${right}`)
}
