import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { growTree } from '../../fixtures/large-tree.ts'
import { hashPassword, newSealingKey } from '../../lib/secrets.ts'
import { startWords } from '../support/start-command.ts'
import { type BenchRequest, benchPassword, benchShape, cases } from './cases.ts'
import { type Child, startChild } from './child.ts'
import { ceilings, type Recorded } from './peers/ceilings.ts'
import { peers } from './peers/servers.ts'

export const ours = 'strowger'
export const ceiling = 'ceiling'
/** What no server on Koa can be cheaper than. */
export const koaCeiling = 'koa, no work'

const peerProgram = 'test/bench/peers/main.ts'

export type Subjects = ReadonlyMap<string, Child>

/** Starts our server and all peers, each on its own copy of one tree; checks that they answer alike. */
export async function startSubjects(folder: string): Promise<Subjects> {
  const log = join(folder, 'log')
  const seed = join(folder, 'seed')
  mkdirSync(seed, { mode: 0o700 })
  await seedFolder(seed)
  const subjects = new Map<string, Child>()
  const copy = (name: string) => {
    const own = join(folder, name.replace(':', '-'))
    cpSync(seed, own, { recursive: true })
    return own
  }
  subjects.set(ours, await startOurs(copy(ours), log))
  for (const name of Object.keys(peers)) {
    subjects.set(name, await startChild([peerProgram, name, copy(name)], log))
  }
  await checkAlike(subjects)
  const recordings = join(folder, 'recorded.json')
  writeFileSync(recordings, JSON.stringify(await recorded(subjects)))
  for (const name of Object.keys(ceilings)) {
    subjects.set(name, await startChild([peerProgram, name, recordings], log))
  }
  return subjects
}

/** The program as `npm start` runs it, but for the limits that its own load would run into. */
export function startOurs(folder: string, log: string): Promise<Child> {
  return startChild([...startWords(), '--port', '0', '--data', folder, '--throttle', 'off'], log)
}

async function seedFolder(folder: string): Promise<void> {
  const sealingKey = newSealingKey()
  const passwordHash = await hashPassword(benchPassword, 10)
  await growTree(folder, { shape: benchShape, sealingKey, passwordHash })
  const key = Buffer.from(sealingKey).toString('hex')
  writeFileSync(join(folder, 'strowger.key'), key, { mode: 0o600 })
}

/** Throws when a peer answers other bytes than ours: it would do other work. */
async function checkAlike(subjects: Subjects): Promise<void> {
  for (const { name, requests, varies } of cases) {
    const [request] = requests
    if (request?.method === 'GET') {
      const own = await bodyOf(subjects, ours, request)
      for (const peer of Object.keys(peers)) {
        const body = await bodyOf(subjects, peer, request)
        if (varies === true ? body.length !== own.length : body !== own) {
          throw new Error(`${name}: ${peer} answers\n${body}\nand not\n${own}`)
        }
      }
    }
  }
}

async function bodyOf(subjects: Subjects, name: string, request: BenchRequest): Promise<string> {
  return (await ask(subjects, name, request)).body
}

async function ask(
  subjects: Subjects,
  name: string,
  { method, path, headers, form }: BenchRequest,
) {
  const body = form?.()
  const response = await fetch(`${subjects.get(name)?.url}${path}`, {
    method,
    headers: { ...headers },
    ...(body !== undefined && { body }),
  })
  const type = response.headers.get('content-type') ?? ''
  return { status: response.status, type, body: await response.text() }
}

/** What ours answers to each request, for the ceiling. */
async function recorded(subjects: Subjects): Promise<Recorded> {
  const answers: Record<string, { status: number; type: string; body: string }> = {}
  for (const { requests } of cases) {
    for (const request of requests) {
      answers[`${request.method} ${request.path}`] ??= await ask(subjects, ours, request)
    }
  }
  return answers
}
