import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createWorkQueue } from '../../lib/work-queue.ts'
import { laterRefusalOf } from '../support/refusals.ts'

const throttled = { kind: 'throttled', retryAfterSeconds: 1 }

test('one piece of work runs at a time, in the order in which it came', async () => {
  const queue = createWorkQueue(32)
  const events: string[] = []
  const work = (name: number) => async () => {
    events.push(`begin ${name}`)
    await Promise.resolve()
    events.push(`end ${name}`)
    return name
  }
  const results = await Promise.all([1, 2, 3].map((name) => queue.run(work(name))))
  assert.equal(results, [1, 2, 3])
  assert.equal(events, ['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3'])
})

test('32 wait beside the one that runs, and one more is refused', async () => {
  const queue = createWorkQueue(32)
  const gate = Promise.withResolvers<void>()
  let done = 0
  const work = async () => {
    await gate.promise
    done += 1
  }
  const accepted = Array.from({ length: 33 }, () => queue.run(work))
  assert.equal(await laterRefusalOf(() => queue.run(work)), throttled)
  gate.resolve()
  await Promise.all(accepted)
  assert.is(done, 33)
})

test('a place is free again as soon as one piece of work has ended', async () => {
  const queue = createWorkQueue(1)
  const gates = [1, 2].map(() => Promise.withResolvers<void>())
  const [first, second] = gates.map(({ promise }) => queue.run(() => promise))
  assert.equal(await laterRefusalOf(() => queue.run(async () => {})), throttled)
  gates[0]?.resolve()
  await first
  const third = queue.run(async () => 'third')
  assert.equal(await laterRefusalOf(() => queue.run(async () => {})), throttled)
  gates[1]?.resolve()
  await second
  assert.is(await third, 'third')
})

test('work that fails fails for its owner alone, and the next goes on', async () => {
  const queue = createWorkQueue(3)
  const failing = queue.run(async () => {
    throw new Error('broken')
  })
  const throwing = queue.run(() => {
    throw new Error('broken at once')
  })
  const next = queue.run(async () => 'done')
  const outcomes = await Promise.allSettled([failing, throwing, next])
  assert.equal(
    outcomes.map((outcome) => outcome.status),
    ['rejected', 'rejected', 'fulfilled'],
  )
  assert.is(await next, 'done')
  assert.equal(await Promise.all([1, 2, 3, 4].map((n) => queue.run(async () => n))), [1, 2, 3, 4])
})

test.run()
