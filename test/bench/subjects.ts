import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { growTree } from '../../fixtures/large-tree.ts'
import { hashPassword } from '../../lib/secrets.ts'
import { startWords } from '../support/start-command.ts'
import { type BenchRequest, benchPassword, benchShape, cases } from './cases.ts'
import { type Child, startChild } from './child.ts'
import { ceilings, type Recorded } from './peers/ceilings.ts'
import { peers } from './peers/servers.ts'

export const ours = 'strowger'
/** Ours as it counts the requests of addresses and accounts, which no peer does. */
export const limited = 'strowger, limits on'
export const ceiling = 'ceiling'
/** What no server on Koa can be cheaper than. */
export const koaCeiling = 'koa, no work'

const peerProgram = [...startWords().slice(0, -1), 'test/bench/peers/main.ts']

export type Subjects = ReadonlyMap<string, Child>

/** Starts our server and all peers, each on its own copy of one tree; checks that they answer alike. */
export async function startSubjects(folder: string): Promise<Subjects> {
  const log = join(folder, 'log')
  const seed = join(folder, 'seed')
  await seedFolder(seed)
  const subjects = new Map<string, Child>()
  const copy = (name: string) => {
    const own = join(folder, name.replace(':', '-'))
    cpSync(seed, own, { recursive: true })
    return own
  }
  subjects.set(ours, await startOurs(copy(ours), log))
  subjects.set(limited, await startOurs(copy(limited), log, unreached))
  for (const name of Object.keys(peers)) {
    subjects.set(name, await startChild([...peerProgram, name, copy(name)], log))
  }
  await checkAlike(subjects)
  const recordings = join(folder, 'recorded.json')
  writeFileSync(recordings, JSON.stringify(await recorded(subjects)))
  for (const name of Object.keys(ceilings)) {
    subjects.set(name, await startChild([...peerProgram, name, recordings], log))
  }
  return subjects
}

/** Limits that count as those of an installation do, and that no load comes near. */
const unreached = ['--address-rate', '1000000/1000000', '--account-rate', '1000000/1000000']

/** The program as `npm start` runs it, but for the limits that the load would run into. */
export function startOurs(
  folder: string,
  log: string,
  limits: readonly string[] = ['--throttle', 'off'],
): Promise<Child> {
  return startChild([...startWords(), '--port', '0', '--data', folder, ...limits], log)
}

/** Makes a data folder with the tree that all cases ask of. */
export async function seedFolder(folder: string): Promise<void> {
  mkdirSync(folder, { mode: 0o700 })
  await growTree(folder, { shape: benchShape, passwordHash: await hashPassword(benchPassword, 10) })
}

/** Throws when a peer answers other bytes than ours: it would do other work. */
async function checkAlike(subjects: Subjects): Promise<void> {
  for (const { name, requests } of cases) {
    for (const request of new Set(requests)) {
      const own = comparable(request, (await ask(subjects, ours, request)).body)
      for (const peer of Object.keys(peers)) {
        const body = comparable(request, (await ask(subjects, peer, request)).body)
        if (body !== own) {
          throw new Error(`${name}: ${peer} answers\n${body}\nand not\n${own}`)
        }
      }
    }
  }
}

/** Where an answer is another each time, without what is random in it and without dates. */
function comparable({ method, path }: BenchRequest, body: string): string {
  return method === 'POST' || path.startsWith('/v2/')
    ? body
        .replace(/[0-9a-f]{16,}/g, 'HEX')
        .replace(/\d{4}-\d\d-\d\dT[0-9:.]+/g, 'TIME')
        .replace(/\w{3}, \d\d \w{3} \d{4} [0-9:]{8}/g, 'TIME')
    : body
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
