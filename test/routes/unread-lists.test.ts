import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { accountAt, growTree } from '../../fixtures/large-tree.ts'
import { basic, send } from '../support/restcomm.ts'
import { type Program, startProgram } from '../support/start-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const children = 12_000
const folder = temporaryFolder()
const parent = accountAt(0)

let program: Program
test.before(async () => {
  await growTree(folder.path, { shape: [{ times: children }] })
  const database = new Database(join(folder.path, 'strowger.db'))
  // So long that the shortest of these lists does not fit into what the system holds of a connection.
  database.prepare(`UPDATE accounts SET realm = realm || '${'.x'.repeat(400)}'`).run()
  database.close()
  program = await startProgram(folder.path, ['--throttle', 'off'])
})
test.after(async () => {
  await program.kill()
  await folder.remove()
})

function ask(path: string): Promise<IncomingMessage> {
  const headers = { Authorization: basic(parent.sid, parent.token) }
  return new Promise((resolve, reject) => {
    get(`${program.url}${path}`, { headers, agent: false }, resolve).once('error', reject)
  })
}

/** Pages of accounts that were read from the store since the start. */
async function pagesRead(): Promise<number> {
  const figures = await (await fetch(`${program.url}/metrics`)).text()
  return ['childrenPage', 'namedPage']
    .map((method) => new RegExp(`seconds_count\\{method="${method}"\\} (\\d+)`).exec(figures)?.[1])
    .reduce((sum, count) => sum + Number(count ?? 0), 0)
}

/** Waits until no more are read, however long that takes. */
async function standstill(): Promise<number> {
  let before = -1
  for (let now = await pagesRead(); now !== before; now = await pagesRead()) {
    before = now
    await pause(200)
  }
  return before
}

/** Takes so much of an answer that it is well under way, and then stops reading. */
async function takeSome(answer: IncomingMessage): Promise<void> {
  let taken = 0
  for await (const chunk of answer.iterator({ destroyOnReturn: false })) {
    taken += chunk.length
    if (taken >= 300_000) {
      return
    }
  }
  throw new Error(`the list ended after ${taken} bytes`)
}

/** The line that the log has of a request; throws when none comes. */
async function loggedLine({ headers }: IncomingMessage): Promise<string> {
  const line = new RegExp(`^.*"requestId":"${headers['x-request-id']}".*\n`, 'm')
  for (let waited = 0; waited < 10_000; waited += 20) {
    const [found] = line.exec(program.stderr()) ?? []
    if (found !== undefined) {
      return found
    }
    await pause(20)
  }
  throw new Error('the log has no line of the request')
}

async function assertBrokenOff(answer: IncomingMessage): Promise<void> {
  assert.match(await loggedLine(answer), /"status":200,.*"aborted":true/)
  assert.not.match(program.stderr(), 'broke off')
}

/** By a write, in whose way a read would be that was begun and never ended. */
async function assertServes(): Promise<void> {
  const { status } = await send(program, parent, 'PUT', `/Accounts.json/${parent.sid}`, {
    FriendlyName: 'Served',
  })
  assert.is(status, 200)
}

for (const [path, accountsInPage] of [
  ['/2012-04-24/Accounts', 100],
  ['/2012-04-24/Accounts.json', 100],
  [`/v2/accounts/${parent.sid.slice(2)}/children?paginate=false`, 500],
  [`/v2/accounts/${parent.sid.slice(2)}/descendants?paginate=false`, 500],
] as const) {
  const all = children / accountsInPage

  test(`of a list that nobody takes no more is read than fits on the way: ${path}`, async () => {
    const begun = await pagesRead()
    const answer = await ask(path)
    assert.is(answer.statusCode, 200)
    const read = (await standstill()) - begun
    assert.ok(read > 0 && read < all * 0.9, `${read} of ${all}`)
    const taken = await text(answer)
    assert.is(taken.split('@example.com').length + taken.split('"id":').length - 2, children)
    assert.ok((await pagesRead()) - begun >= all)
  })

  test(`others are answered while somebody takes a list as fast as it comes: ${path}`, async () => {
    const answer = await ask(path)
    let isOver = false
    answer.resume().once('end', () => {
      isOver = true
    })
    let answered = 0
    while (!isOver) {
      ;(await ask('/health')).resume()
      answered += isOver ? 0 : 1
    }
    assert.ok(answered > 5, `${answered} were answered meanwhile`)
  })

  test(`of a list whose reader leaves in its midst no more is read: ${path}`, async () => {
    const begun = await pagesRead()
    const answer = await ask(path)
    await takeSome(answer)
    answer.destroy()
    await assertBrokenOff(answer)
    const read = await pagesRead()
    assert.ok(read - begun < all * 0.9, `${read - begun} of ${all}`)
    assert.is(await standstill(), read)
    await assertServes()
  })

  test(`of a list whose reader stops and later leaves no more is read: ${path}`, async () => {
    const begun = await pagesRead()
    const answer = await ask(path)
    await takeSome(answer)
    const read = await standstill()
    assert.ok(read - begun < all * 0.9, `${read - begun} of ${all}`)
    answer.destroy()
    await assertBrokenOff(answer)
    assert.is(await standstill(), read)
    await assertServes()
  })
}

test.run()
