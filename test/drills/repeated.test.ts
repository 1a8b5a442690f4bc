import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { basic } from '../support/restcomm.ts'
import { demoRoot, inNewFolder, type Program } from '../support/start-process.ts'
import { lengthOf, type Random, tell, withSeed } from './length.ts'
import { type ReadyTimes, readyFigures, restart } from './server.ts'

// Clients that never learn what became of a request send it again under its key, after the server was
// killed in the middle of them (security.md K3).

const kills = lengthOf(5, 100)
const clients = 8

/** A create under a key, and the SID that it was answered, if it was. */
type Create = { readonly key: string; readonly name: string; sid: string | undefined }

type Counts = { answered: number; unanswered: number; doneUnanswered: number }

test('a request that is sent again after a kill is done once, and answered with what it made', () =>
  withSeed(async (random) => {
    const counts: Counts = { answered: 0, unanswered: 0, doneUnanswered: 0 }
    const times: ReadyTimes = []
    await inNewFolder(async (folder) => {
      let program = await restart(folder)
      for (let round = 0; round < kills; round += 1) {
        program = await killAndRepeat(program, folder, { round, random, counts, times })
      }
      await program.kill()
    })
    assert.ok(counts.answered > 0 && counts.unanswered > 0)
    tell('repeated', { kills, ...counts, ...readyFigures('start', times) })
  }))

type Round = {
  readonly round: number
  readonly random: Random
  readonly counts: Counts
  readonly times: ReadyTimes
}

async function killAndRepeat(
  program: Program,
  folder: string,
  { round, random, counts, times }: Round,
): Promise<Program> {
  const creates: Create[] = []
  const writing = Array.from({ length: clients }, (_, client) =>
    createOn(program, `${round}-${client}`, creates),
  )
  await pause(20 + random.below(120))
  await program.kill('SIGKILL')
  await Promise.all(writing)
  const again = await restart(folder, times)
  for (const create of creates) {
    const { sid, isReplayed } = await send(again, create)
    counts[create.sid === undefined ? 'unanswered' : 'answered'] += 1
    counts.doneUnanswered += create.sid === undefined && isReplayed ? 1 : 0
    assert.ok(create.sid === undefined || create.sid === sid, `${create.name} was made twice`)
    assert.ok(create.sid === undefined || isReplayed, `${create.name} was forgotten`)
    assert.equal(await sidsOf(again, create), [sid])
  }
  return again
}

/** Creates one account after the other until the server is gone. */
async function createOn(program: Program, client: string, creates: Create[]): Promise<void> {
  for (let count = 0; ; count += 1) {
    const name = `Account ${client}-${count}`
    const create: Create = { key: `key-${client}-${count}`, name, sid: undefined }
    creates.push(create)
    try {
      create.sid = (await send(program, create)).sid
    } catch (error) {
      if (error instanceof assert.Assertion) {
        throw error
      }
      return
    }
  }
}

async function send({ url }: Program, { key, name }: Create) {
  const response = await fetch(`${url}/2010-04-01/Accounts.json`, {
    method: 'POST',
    headers: { ...authorization(), 'Idempotency-Key': key },
    body: new URLSearchParams({ FriendlyName: name }),
  })
  const text = await response.text()
  assert.is(response.status, 201, text)
  const isReplayed = response.headers.get('idempotent-replayed') === 'true'
  return { sid: String(JSON.parse(text).sid), isReplayed }
}

/** The accounts of this name, which is to be one. */
async function sidsOf({ url }: Program, { name }: Create): Promise<readonly string[]> {
  const query = new URLSearchParams({ FriendlyName: name })
  const headers = authorization()
  const response = await fetch(`${url}/2010-04-01/Accounts.json?${query}`, { headers })
  const { accounts }: { accounts: readonly { sid: string }[] } = JSON.parse(await response.text())
  return accounts.map(({ sid }) => sid)
}

function authorization() {
  return { Authorization: basic(demoRoot.sid, demoRoot.token) }
}

test.run()
