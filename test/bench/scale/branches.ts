import { setTimeout as pause } from 'node:timers/promises'
import { accountAt, sizeOf, type TreeShape } from '../../../fixtures/large-tree.ts'
import { sweepsFinished } from '../../support/sweeps.ts'
import type { Child } from '../child.ts'
import { quantile, type Spread, spreadOf } from '../statistics.ts'
import { startReaders } from './readers.ts'
import { basicOf } from './requests.ts'

/** What a write to each of some branches did to those who read meanwhile, in milliseconds. */
export type Stalls = {
  /** Until the write was answered; NaN where there was none. */
  readonly answered: Spread
  /** Until the rows below were in line too; NaN where they need not be. */
  readonly done: Spread
  /** Of the readers, from the begin of the write on. */
  readonly p999: Spread
  readonly longest: Spread
}

type Watched = Readonly<Record<keyof Stalls, number>>

const readers = 50
/** How long the readers go on by themselves, and how long they are watched where nothing tells the end. */
const quietMs = 500
const watchMs = 2_000
const sweptWithinMs = 60_000
const mostClosed = 3

/**
 * The first branches below the root, three at most: each is suspended, reactivated, moved below the last
 * and closed there, while others read accounts of the last.
 */
export async function measureBranches(
  server: Child,
  data: string,
  shape: TreeShape,
): Promise<Readonly<Record<string, Stalls>>> {
  const { branches, last } = branchesOf(shape)
  const read = () => accountAt(last.index + Math.floor(Math.random() * (1 + last.size))).sid
  const watched: Record<string, Watched[]> = { 'readers alone': [] }
  for (const branch of branches) {
    const change = changesOf(server, data, branch.sid, accountAt(last.index).sid)
    for (const [name, { write, done }] of Object.entries(change)) {
      watched[name] ??= []
      watched[name].push(await watch(server, read, write, done))
    }
  }
  return Object.fromEntries(Object.entries(watched).map(([name, runs]) => [name, stallsOf(runs)]))
}

type Change = { readonly write?: () => Promise<void>; readonly done?: () => Promise<void> }

function changesOf(
  server: Child,
  data: string,
  branch: string,
  other: string,
): Readonly<Record<string, Change>> {
  const status = (word: string) => () =>
    send(server, `/2012-04-24/Accounts/${branch}`, `Status=${word}`)
  const to = JSON.stringify({ data: { to: other.slice(2) } })
  return {
    'readers alone': {},
    suspend: { write: status('suspended') },
    reactivate: { write: status('active') },
    move: { write: () => send(server, `/v2/accounts/${branch.slice(2)}/move`, to) },
    close: {
      write: status('closed'),
      done: () => sweepsFinished(data, () => pause(50), sweptWithinMs),
    },
  }
}

/** The accounts right below the root: the last is read and moved to, of the others some are changed. */
function branchesOf(shape: TreeShape) {
  const all: { readonly index: number; readonly sid: string; readonly size: number }[] = []
  let index = 1
  for (const { times, below = [] } of shape) {
    for (let left = times; left > 0; left -= 1) {
      all.push({ index, sid: accountAt(index).sid, size: sizeOf(below) })
      index += 1 + sizeOf(below)
    }
  }
  const last = all.pop()
  if (last === undefined || all.length === 0) {
    throw new Error('a tree that is measured needs two branches below its root')
  }
  return { branches: all.slice(0, mostClosed), last }
}

/** Fifty readers for a while, with a write in the midst of it. */
async function watch(
  server: Child,
  read: () => string,
  write?: () => Promise<void>,
  done?: () => Promise<void>,
): Promise<Watched> {
  const reading = startReaders(server.url, readers, () => ({
    path: `/2012-04-24/Accounts/${read()}`,
    headers: basicOf(0),
  }))
  await pause(quietMs)
  reading.begin()
  const begun = performance.now()
  await write?.()
  const answeredMs = performance.now() - begun
  await (done ?? (() => pause(watchMs)))()
  const doneMs = performance.now() - begun
  const latencies = reading.soFar()
  await reading.stop()
  return {
    answered: write ? answeredMs : Number.NaN,
    done: done ? doneMs : Number.NaN,
    p999: quantile(latencies, 0.999),
    longest: latencies.at(-1) ?? Number.NaN,
  }
}

function stallsOf(runs: readonly Watched[]): Stalls {
  const spread = (kind: keyof Watched) => spreadOf(runs.map((run) => run[kind]))
  return {
    answered: spread('answered'),
    done: spread('done'),
    p999: spread('p999'),
    longest: spread('longest'),
  }
}

async function send(server: Child, path: string, body: string): Promise<void> {
  const type = body.startsWith('{') ? 'application/json' : 'application/x-www-form-urlencoded'
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    body,
    headers: { ...basicOf(0), 'Content-Type': type },
  })
  if (!response.ok) {
    throw new Error(`POST ${path}: ${response.status} ${await response.text()}`)
  }
}
