import { randomBytes } from 'node:crypto'
import { accountAt, type TreeShape } from '../../fixtures/large-tree.ts'
import { basic } from '../support/restcomm.ts'

export type BenchRequest = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Another for each request, in place of `path`. */
  readonly anyPath?: () => string
  readonly headers: Readonly<Record<string, string>>
  /** A new one for each request, where no two may be the same. */
  readonly form?: () => string
}

export type Case = {
  readonly name: string
  /** One after the other, round and round. */
  readonly requests: readonly BenchRequest[]
  /** What it costs, in requests for one account as XML, and what it costs these peers where that is another thing. */
  readonly weight: number
  readonly weights?: Readonly<Record<string, number>>
  /** Peers beside the ceiling; all of them unless said otherwise. */
  readonly peers?: readonly string[]
}

/** An account with 50 children, and one with 1,000. */
export const benchShape: TreeShape = [
  { times: 1, below: [{ times: 50 }] },
  { times: 1, below: [{ times: 1000 }] },
]
export const benchPassword = 'correct horse 12'

const few = accountAt(1)
const child = accountAt(2)
const many = accountAt(52)

const few64 = { Authorization: basic(few.sid, few.token) }
const readXml: BenchRequest = {
  method: 'GET',
  path: `/2012-04-24/Accounts/${child.sid}`,
  headers: few64,
}
const rename: BenchRequest = {
  method: 'POST',
  path: `/2012-04-24/Accounts/${accountAt(3).sid}`,
  headers: ofForm(few64),
  form: () => `FriendlyName=Renamed+${randomText()}`,
}

export const cases: readonly Case[] = [
  { name: 'one account, Restcomm XML', requests: [readXml], weight: 1 },
  {
    name: 'one account, Restcomm JSON',
    requests: [{ ...readXml, path: `/2012-04-24/Accounts.json/${child.sid}` }],
    weight: 1,
  },
  {
    name: 'one account, Twilio JSON',
    requests: [{ ...readXml, path: `/2010-04-01/Accounts/${child.sid}.json` }],
    weight: 1,
  },
  {
    name: 'one account, Crossbar JSON',
    requests: [{ ...readXml, path: `/v2/accounts/${child.sid.slice(2)}` }],
    weight: 1,
  },
  {
    name: 'page of 50, XML',
    requests: [{ ...readXml, path: '/2012-04-24/Accounts' }],
    weight: 8,
  },
  {
    name: 'page of 50, JSON',
    requests: [{ ...readXml, path: '/2012-04-24/Accounts.json' }],
    weight: 8,
  },
  {
    name: 'page of 1,000, XML',
    requests: [
      {
        ...readXml,
        path: '/2012-04-24/Accounts',
        headers: { Authorization: basic(many.sid, many.token) },
      },
    ],
    weight: 120,
    peers: ['koa', 'fastify'],
  },
  { name: 'update', requests: [rename], weight: 5 },
  {
    name: 'create without password',
    requests: [creation(few64)],
    weight: 5,
  },
  {
    name: 'create with password',
    requests: [
      {
        method: 'POST',
        path: '/2012-04-24/Accounts',
        headers: ofForm(few64),
        form: () => {
          const name = randomText()
          return `EmailAddress=${name}%40example.com&Password=long+enough+${name}&FriendlyName=${name}`
        },
      },
    ],
    weight: 600,
    peers: ['node:http'],
  },
  {
    name: 'read, logged in by password',
    requests: [{ ...readXml, headers: { Authorization: basic(few.email, benchPassword) } }],
    weight: 1,
    weights: { 'node:http': 200 },
    peers: ['node:http'],
  },
  {
    name: 'mixed: 70 reads, 30 updates',
    requests: [
      ...[readXml, rename, readXml, readXml, rename],
      ...[readXml, readXml, rename, readXml, readXml],
    ],
    weight: 2,
  },
]

/** Makes an account without a password below whoever asks. */
export function creation(login: BenchRequest['headers']): BenchRequest {
  return {
    method: 'POST',
    path: '/2010-04-01/Accounts.json',
    headers: ofForm(login),
    form: () => `FriendlyName=${randomText()}`,
  }
}

export function ofForm(login: BenchRequest['headers']): BenchRequest['headers'] {
  return { ...login, 'Content-Type': 'application/x-www-form-urlencoded' }
}

function randomText(): string {
  return randomBytes(8).toString('hex')
}
