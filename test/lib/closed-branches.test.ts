import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openSqliteStore } from '../../db/sqlite/index.ts'
import type { PlacedAccount, Store } from '../../db/store.ts'
import { createSweeper, type Sweeper } from '../../lib/closed-branches.ts'
import { accountNow, addBelow, plantRoot, setStatus } from '../support/records.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

type Answer = 'more' | 'done'
type Scene = {
  readonly store: Store
  readonly sweeper: Sweeper
  readonly failures: unknown[]
  /** What the store answered the sweeper, in order. */
  readonly answers: Answer[]
  /** A child of the root with one below it, not closed yet. */
  branch(): Promise<[top: PlacedAccount, below: PlacedAccount]>
  isSwept(account: PlacedAccount): Promise<boolean>
}

/** Runs `body` on a sweeper over a real store; `onAnswer` may step in before the sweeper has its answer. */
async function withSweeper(
  body: (scene: Scene) => Promise<void>,
  onAnswer: (scene: Scene, answer: Answer) => Promise<void> = async () => {},
): Promise<void> {
  const folder = temporaryFolder()
  const store = openSqliteStore(folder.path)
  const root = await plantRoot(store)
  const failures: unknown[] = []
  const answers: Answer[] = []
  const observed: Store = {
    ...store,
    async sweepClosedBranches(limit) {
      const answer = await store.sweepClosedBranches(limit)
      answers.push(answer)
      await onAnswer(scene, answer)
      return answer
    },
  }
  const scene: Scene = {
    store,
    sweeper: createSweeper(observed, (error) => failures.push(error)),
    failures,
    answers,
    async branch() {
      const top = await addBelow(store, root)
      return [top, await addBelow(store, top)]
    },
    isSwept: async ({ sid }) => (await accountNow(store, sid)).closedBy !== undefined,
  }
  try {
    await body(scene)
  } finally {
    await scene.sweeper.stop()
    await store.close()
    await folder.remove()
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5000
  while (!(await condition())) {
    assert.ok(performance.now() < deadline, 'it never came to it')
    await wait(1)
  }
}

test('what lies below a closed account is marked after the sweeper was woken', () =>
  withSweeper(async ({ store, sweeper, branch, isSwept }) => {
    const [top, below] = await branch()
    await setStatus(store, top, 'closed')
    assert.not.ok(await isSwept(below))
    sweeper.wake()
    await until(() => isSwept(below))
  }))

test('a sweeper that is not woken does nothing', () =>
  withSweeper(async ({ store, answers, branch, isSwept }) => {
    const [top, below] = await branch()
    await setStatus(store, top, 'closed')
    await wait(20)
    assert.not.ok(await isSwept(below))
    assert.equal(answers, [])
  }))

test('waking it many times while it is at it begins one more sweep and no second beside it', () =>
  withSweeper(async ({ sweeper, answers }) => {
    for (let woken = 0; woken < 5; woken += 1) {
      sweeper.wake()
    }
    await until(() => answers.length === 2)
    await wait(20)
    assert.equal(answers, ['done', 'done'])
  }))

test('a branch that is closed when the last chunk is done is not left behind', async () => {
  let late: [top: PlacedAccount, below: PlacedAccount] | undefined
  await withSweeper(
    async ({ sweeper, branch, isSwept }) => {
      late = await branch()
      const [, below] = late
      sweeper.wake()
      await until(() => isSwept(below))
    },
    async ({ store, sweeper }, answer) => {
      if (answer === 'done' && late !== undefined) {
        const [top] = late
        late = undefined
        await setStatus(store, top, 'closed')
        sweeper.wake()
      }
    },
  )
})

test('a sweeper that stops ends with the chunk in hand and begins no other', async () => {
  let stopping: Promise<void> | undefined
  await withSweeper(
    async ({ store, sweeper, answers, branch }) => {
      const [top] = await branch()
      await setStatus(store, top, 'closed')
      sweeper.wake()
      await until(() => stopping !== undefined)
      await stopping
      assert.equal(answers, ['more'])
      sweeper.wake()
      await wait(20)
      assert.equal(answers, ['more'])
    },
    async ({ sweeper }) => {
      stopping ??= sweeper.stop()
    },
  )
})

test('a sweeper that has nothing in hand stops at once', () =>
  withSweeper(async ({ sweeper }) => {
    await sweeper.stop()
    await sweeper.stop()
  }))

test('a store that fails is told of, and the next waking begins anew', async () => {
  let isBroken = true
  await withSweeper(
    async ({ store, sweeper, failures, answers, branch, isSwept }) => {
      const [top, below] = await branch()
      await setStatus(store, top, 'closed')
      sweeper.wake()
      await until(() => failures.length === 1)
      assert.is(answers.length, 1)
      isBroken = false
      sweeper.wake()
      await until(() => isSwept(below))
      assert.is(failures.length, 1)
    },
    async () => {
      if (isBroken) {
        throw new Error('the disk is gone')
      }
    },
  )
})

test('requests get a whole turn before the first chunk', () =>
  withSweeper(async ({ store, sweeper, answers, branch }) => {
    const [top] = await branch()
    await setStatus(store, top, 'closed')
    sweeper.wake()
    await nextTurn()
    assert.equal(answers, [])
    await until(() => answers.includes('done'))
  }))

test('requests get their turn between two chunks', () =>
  withSweeper(async ({ store, sweeper, answers, branch }) => {
    const [top] = await branch()
    await setStatus(store, top, 'closed')
    const before: number[] = []
    sweeper.wake()
    while (!answers.includes('done')) {
      await nextTurn()
      before.push(answers.length)
    }
    assert.ok(before.includes(1) && before.includes(2), before.join(' '))
  }))

test.run()
