import { accountAt, sizeOf, type TreeShape } from '../../../fixtures/large-tree.ts'
import { basic } from '../../support/restcomm.ts'
import { type BenchRequest, creation, ofForm } from '../cases.ts'
import type { Child } from '../child.ts'
import { load } from '../load.ts'
import { ratiosOf, type Spread, spreadOf } from '../statistics.ts'

const rounds = 9
/** What all requests share is compiled after so many. */
const warmAfter = 20_000
/** So few accounts that they are all in use, in a tree of any size. */
const inUse = 100

type Served = { readonly server: Child; readonly shape: TreeShape }

export type Cost = {
  readonly cpuMicroseconds: Spread
  /** By the same of the first server, round by round. */
  readonly byFirst: Spread
}

/**
 * What each kind of request costs each of the servers, in some rounds in which they take turns:
 * whatever else the machine does falls on all of them.
 */
export async function measureRequests(
  served: readonly Served[],
): Promise<readonly Readonly<Record<string, Cost>>[]> {
  const subjects = []
  for (const { server, shape } of served) {
    const asked = await kindsOf(server, shape)
    await load(server, asked[kinds.bySid]?.requests ?? [], warmAfter)
    subjects.push({ server, asked, figures: new Map<string, Cost>() })
  }
  for (const kind of Object.values(kinds)) {
    const runs = subjects.map((): number[] => [])
    // What comes in the first round warms up.
    for (let round = 0; round <= rounds; round += 1) {
      for (const [index, { server, asked }] of subjects.entries()) {
        const { requests = [], amount = 0 } = asked[kind] ?? {}
        runs[index]?.push((await load(server, requests, amount)).cpuMicrosecondsPerRequest)
      }
    }
    const [first = [], ...others] = runs.map((costs) => costs.slice(1))
    for (const [index, costs] of [first, ...others].entries()) {
      const cost = { cpuMicroseconds: spreadOf(costs), byFirst: ratiosOf(costs, first) }
      subjects[index]?.figures.set(kind, cost)
    }
  }
  return subjects.map(({ figures }) => Object.fromEntries(figures))
}

const asRoot = { method: 'GET', headers: basicOf(0) } as const

type Kind = { readonly requests: readonly BenchRequest[]; readonly amount: number }

async function kindsOf(server: Child, shape: TreeShape): Promise<Readonly<Record<string, Kind>>> {
  const parent = lastParent(shape)
  const lists = '/2010-04-01/Accounts.json?PageSize=50'
  const pages = { method: 'GET', headers: basicOf(parent.index) } as const
  const middle = await pageLink(
    server,
    `${lists}&Page=${middlePage(parent.children)}`,
    pages.headers,
  )
  const total = sizeOf(shape)
  const branch = `/v2/accounts/${accountAt(1).sid.slice(2)}`
  const middleKey = Buffer.from(JSON.stringify([`Account ${total >> 1}`, ''])).toString('base64url')
  return {
    [kinds.inUse]: readOf(() => someOf(Math.min(inUse, total)).sid),
    [kinds.bySid]: readOf(() => someOf(total).sid),
    [kinds.byEmail]: readOf(() => someOf(total).email),
    [kinds.firstPage]: { requests: [{ ...pages, path: lists }], amount: 200 },
    [kinds.middlePage]: { requests: [{ ...pages, path: middle }], amount: 200 },
    [kinds.descendants]: {
      requests: [{ ...asRoot, path: `${branch}/descendants?ascending=true` }],
      amount: 200,
    },
    [kinds.middleDescendants]: {
      requests: [
        { ...asRoot, path: `${branch}/descendants?ascending=true&start_key=${middleKey}` },
      ],
      amount: 200,
    },
    [kinds.create]: { requests: [creation(basicOf(1))], amount: 200 },
    [kinds.suspend]: { requests: [setting('suspended'), setting('active')], amount: 100 },
  }
}

/** What is measured, by the names in the table. */
export const kinds = {
  inUse: `read by SID, one of ${inUse}`,
  bySid: 'read by SID, any',
  byEmail: 'read by e-mail, any',
  firstPage: 'first page of 50 children',
  middlePage: 'page of 50 children in the middle',
  descendants: 'first 50 descendants of a branch',
  middleDescendants: '50 descendants in the middle',
  create: 'create without password',
  suspend: 'suspend or reactivate a branch',
} as const

/** Another account each time, asked for by the root. */
function readOf(anyName: () => string): Kind {
  const anyPath = () => `/2012-04-24/Accounts/${anyName()}`
  return { requests: [{ ...asRoot, path: anyPath(), anyPath }], amount: 2000 }
}

function someOf(count: number) {
  return accountAt(1 + Math.floor(Math.random() * count))
}

function middlePage(children: number): number {
  return Math.floor(children / 100)
}

/** The first branch below the root. */
function setting(status: string): BenchRequest {
  return {
    method: 'POST',
    path: `/2010-04-01/Accounts/${accountAt(1).sid}.json`,
    headers: ofForm(basicOf(0)),
    form: () => `Status=${status}`,
  }
}

export function basicOf(index: number): { readonly Authorization: string } {
  const { sid, token } = accountAt(index)
  return { Authorization: basic(sid, token) }
}

/** The last account that has children, and how many. */
export function lastParent(
  shape: TreeShape,
  begin = 1,
  above = 0,
): { index: number; children: number } {
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
  const next = typeof page === 'object' && page !== null && 'next_page_uri' in page
  if (next && typeof page.next_page_uri === 'string') {
    return page.next_page_uri
  }
  throw new Error(`${path} has no page behind it`)
}
