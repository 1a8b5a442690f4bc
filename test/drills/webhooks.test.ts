import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { auditOf } from '../support/audit.ts'
import { createAccount, send } from '../support/restcomm.ts'
import type { Login } from '../support/start-app.ts'
import { demoRoot, inNewFolder, type Program, startProgram } from '../support/start-process.ts'
import { type Receiver, signatureOf, startReceiver, waitFor } from '../support/webhook-receiver.ts'
import { lengthOf, type Random, tell, withSeed } from './length.ts'
import { readWhole } from './stored.ts'
import { demo } from './writers.ts'

const kills = lengthOf(6, 60)
const writerCount = 3
const drainedWithinMs = 120_000
const settings = [...demo, '--webhook-allow-private', '127.0.0.1']
const webhooks = `/Accounts.json/${demoRoot.sid}/Webhooks`

/** An account that is renamed again and again: the names that were sent, and those that were answered. */
type Writer = { readonly login: Login; readonly sent: string[]; readonly answered: Set<string> }

test('every event of a committed change arrives after any kill, in order and with one id', () =>
  withSeed((random) =>
    inNewFolder(async (folder) => {
      const receiver = await startReceiver()
      let program = await startProgram(folder, settings)
      const form = { Url: receiver.url, IncludeSubaccounts: 'true', Events: 'account.change' }
      const webhook = Object((await send(program, demoRoot, 'POST', webhooks, form)).json())
      const writers = await makeWriters(program)
      for (let kill = 0; kill < kills; kill += 1) {
        answerSometimes(receiver, kill, random)
        const writing = writers.map((writer) => renameUntilKilled(program, writer))
        await pause(50 + random.below(350))
        await program.kill('SIGKILL')
        await Promise.all(writing)
        readWhole(folder)
        program = await startProgram(folder, settings)
      }
      receiver.answer = (response) => {
        response.writeHead(204).end()
      }
      await waitFor(async () => {
        const read = await send(program, demoRoot, 'GET', `${webhooks}/${webhook.sid}`)
        return Object(read.json()).pending_count === 0 || undefined
      }, drainedWithinMs)
      for (const { login } of writers) {
        const rows = await auditOf(program, demoRoot, login, { Action: 'account.change' })
        assert.equal(toldOf(receiver, login), rows.map(({ sid }) => sid).toReversed())
      }
      await program.kill()
      const repeated = assertTold(receiver, writers, String(webhook.secret))
      assert.ok(repeated > 0, 'no kill came between a delivery and its record')
      const acknowledged = writers.reduce((sum, { answered }) => sum + answered.size, 0)
      tell('events after kill -9', { kills, acknowledged, lost: 0, repeated })
      await receiver.stop()
    }),
  ))

async function makeWriters(program: Program): Promise<readonly Writer[]> {
  const writers: Writer[] = []
  while (writers.length < writerCount) {
    const login = await createAccount(program, demoRoot)
    writers.push({ login, sent: [], answered: new Set() })
  }
  return writers
}

/** At every other kill nothing was answered before it: all that is committed waits for the next start. */
function answerSometimes(receiver: Receiver, kill: number, random: Random): void {
  receiver.answer = (response) => {
    if (kill % 2 === 0) {
      setTimeout(() => response.writeHead(204).end(), random.below(4))
    }
  }
}

async function renameUntilKilled({ url }: Program, writer: Writer): Promise<void> {
  const { login, sent, answered } = writer
  while (true) {
    const name = `Name ${sent.length}`
    sent.push(name)
    const form = { FriendlyName: name }
    const asked = send({ url }, login, 'PUT', `/Accounts/${login.sid}`, form)
    const reply = await asked.catch(() => undefined)
    if (reply === undefined) {
      return
    }
    assert.is(reply.status, 200, reply.text)
    answered.add(name)
  }
}

/**
 * The ids of what was told of an account, each once, in the order of their coming: what comes again
 * comes before the next one.
 */
function toldOf({ received }: Receiver, { sid }: Login): readonly string[] {
  const ids = received.filter(({ event }) => event.data.account_sid === sid).map(({ id }) => id)
  return ids.filter((id, index) => id !== ids[index - 1])
}

/** Gives how many came more than once. */
function assertTold({ received }: Receiver, writers: readonly Writer[], secret: string): number {
  let repeated = 0
  for (const { login, sent, answered } of writers) {
    const idOf = new Map<string, string>()
    const bodyOf = new Map<string, string>()
    for (const one of received.filter(({ event }) => event.data.account_sid === login.sid)) {
      assert.is(one.headers['webhook-signature'], signatureOf(secret, one))
      const name = String(one.event.data.changes.friendlyName?.to)
      repeated += idOf.has(name) ? 1 : 0
      assert.is(idOf.get(name) ?? one.id, one.id, `${name} came under two ids`)
      assert.is(bodyOf.get(one.id) ?? one.body, one.body)
      idOf.set(name, one.id)
      bodyOf.set(one.id, one.body)
    }
    assert.is(bodyOf.size, idOf.size, 'two events came under one id')
    // A Map keeps the order in which its keys first came.
    const inOrder = sent.filter((name) => idOf.has(name))
    assert.equal([...idOf.keys()], inOrder)
    assert.equal(
      [...answered].filter((name) => !idOf.has(name)),
      [],
    )
    assert.ok(answered.size > kills)
  }
  return repeated
}

test.run()
