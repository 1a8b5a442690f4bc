import { setTimeout as pause } from 'node:timers/promises'
import { accountAt, sizeOf, type TreeShape } from '../../../fixtures/large-tree.ts'
import { sweepsFinished } from '../../support/sweeps.ts'
import type { Child } from '../child.ts'
import { quantile } from '../statistics.ts'
import { startReaders } from './readers.ts'
import { basicOf } from './requests.ts'

/** What a write did to those who read meanwhile. */
export type Stalls = {
  /** Until the write was answered. */
  readonly answeredMs?: number
  /** Until the rows below were in line too. */
  readonly doneMs?: number
  readonly p999Ms: number
  readonly longestMs: number
}

const readers = 50
const watchMs = 2_000
const sweptWithinMs = 60_000

/** The first branch is suspended, reactivated, moved below the last and closed there, while others read. */
export async function measureBranches(
  server: Child,
  data: string,
  shape: TreeShape,
): Promise<Readonly<Record<string, Stalls>>> {
  const branch = accountAt(1).sid
  const [first] = shape
  const other = accountAt(1 + (first === undefined ? 0 : 1 + sizeOf(first.below ?? []))).sid
  const post = (path: string, form: string) => send(server, 'POST', path, form)
  const status = (word: string) => post(`/2012-04-24/Accounts/${branch}`, `Status=${word}`)
  const move = () =>
    send(
      server,
      'POST',
      `/v2/accounts/${branch.slice(2)}/move`,
      JSON.stringify({ data: { to: other.slice(2) } }),
    )
  const watched = (write?: () => Promise<void>, done?: () => Promise<void>) =>
    watch(server, other, write, done)
  return {
    'readers alone': await watched(),
    suspend: await watched(() => status('suspended')),
    reactivate: await watched(() => status('active')),
    move: await watched(move),
    close: await watched(
      () => status('closed'),
      () => sweepsFinished(data, () => pause(50), sweptWithinMs),
    ),
  }
}

/** Fifty readers for a while, with a write in the middle of it. */
async function watch(
  server: Child,
  read: string,
  write?: () => Promise<void>,
  done?: () => Promise<void>,
): Promise<Stalls> {
  const reading = startReaders(server.url, readers, {
    path: `/2012-04-24/Accounts/${read}`,
    headers: basicOf(0),
  })
  await pause(watchMs / 4)
  reading.begin()
  const begun = performance.now()
  await write?.()
  const answeredMs = performance.now() - begun
  await done?.()
  const doneMs = performance.now() - begun
  await pause(watchMs)
  const latencies = await reading.stop()
  return {
    ...(write && { answeredMs }),
    ...(done && { doneMs }),
    p999Ms: quantile(latencies, 0.999),
    longestMs: latencies.at(-1) ?? Number.NaN,
  }
}

async function send(server: Child, method: string, path: string, body: string): Promise<void> {
  const type = body.startsWith('{') ? 'application/json' : 'application/x-www-form-urlencoded'
  const response = await fetch(`${server.url}${path}`, {
    method,
    body,
    headers: { ...basicOf(0), 'Content-Type': type },
  })
  if (!response.ok) {
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  }
}
