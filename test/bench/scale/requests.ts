import { randomBytes } from 'node:crypto'
import { accountAt, sizeOf, type TreeShape } from '../../../fixtures/large-tree.ts'
import type { BenchRequest } from '../cases.ts'
import type { Child } from '../child.ts'
import { load } from '../load.ts'
import { spreadOf } from '../statistics.ts'

const rounds = 3
/** So many different accounts are read, at random among all. */
const variety = 500

/** Microseconds of CPU for each kind of request, the middle of some rounds. */
export async function measureRequests(
  server: Child,
  shape: TreeShape,
): Promise<Readonly<Record<string, number>>> {
  const figures: Record<string, number> = {}
  for (const [name, { requests, amount }] of Object.entries(await kindsOf(server, shape))) {
    await load(server, requests, amount)
    const runs: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      runs.push((await load(server, requests, amount)).cpuMicrosecondsPerRequest)
    }
    figures[name] = spreadOf(runs).median
  }
  return figures
}

type Kind = { readonly requests: readonly BenchRequest[]; readonly amount: number }

async function kindsOf(server: Child, shape: TreeShape): Promise<Readonly<Record<string, Kind>>> {
  const total = sizeOf(shape)
  const root = { headers: basicOf(0) }
  const any = () => accountAt(1 + Math.floor(Math.random() * total))
  const reads = (path: () => string): readonly BenchRequest[] =>
    Array.from({ length: variety }, () => ({ method: 'GET', path: path(), ...root }))
  const parent = lastParent(shape)
  const lists = '/2010-04-01/Accounts.json?PageSize=50'
  const pages = { headers: basicOf(parent.index) }
  const half = Math.floor(parent.children / 100)
  const middle = await pageLink(server, `${lists}&Page=${half}`, pages.headers)
  const branch = `/v2/accounts/${accountAt(1).sid.slice(2)}`
  return {
    'read by SID': {
      requests: reads(() => `/2012-04-24/Accounts/${any().sid}`),
      amount: 1000,
    },
    'read by e-mail': {
      requests: reads(() => `/2012-04-24/Accounts/${any().email}`),
      amount: 1000,
    },
    'first page of 50 children': {
      requests: [{ method: 'GET', path: lists, ...pages }],
      amount: 100,
    },
    'page of 50 in the middle by token': {
      requests: [{ method: 'GET', path: middle, ...pages }],
      amount: 100,
    },
    'first 50 descendants of a branch': {
      requests: [{ method: 'GET', path: `${branch}/descendants?ascending=true`, ...root }],
      amount: 10,
    },
    'create without password': { requests: [creation(parent.index)], amount: 200 },
  }
}

export function basicOf(index: number): { readonly Authorization: string } {
  const { sid, token } = accountAt(index)
  return { Authorization: `Basic ${Buffer.from(`${sid}:${token}`).toString('base64')}` }
}

function creation(parent: number): BenchRequest {
  return {
    method: 'POST',
    path: '/2010-04-01/Accounts.json',
    headers: { ...basicOf(parent), 'Content-Type': 'application/x-www-form-urlencoded' },
    form: () => `FriendlyName=${randomBytes(8).toString('hex')}`,
  }
}

/** The last account that has children, and how many. */
function lastParent(shape: TreeShape, begin = 1, above = 0): { index: number; children: number } {
  const last = shape.at(-1)
  if (last?.below === undefined) {
    return { index: above, children: last?.times ?? 0 }
  }
  const before = sizeOf(shape.slice(0, -1)) + (last.times - 1) * (1 + sizeOf(last.below))
  const index = begin + before
  return lastParent(last.below, index + 1, index)
}

/** The link to the page behind this one, which holds a token. */
async function pageLink(
  server: Child,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  const response = await fetch(`${server.url}${path}`, { headers: { ...headers } })
  const page: unknown = await response.json()
  if (typeof page === 'object' && page !== null && 'next_page_uri' in page) {
    return String(page.next_page_uri)
  }
  throw new Error(`${path} has no page behind it`)
}
