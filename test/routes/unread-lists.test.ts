import { writeFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { accountAt, growTree } from '../../fixtures/large-tree.ts'
import { newSealingKey } from '../../lib/secrets.ts'
import { basic } from '../support/restcomm.ts'
import { type Program, startProgram } from '../support/start-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const children = 12_000
const folder = temporaryFolder()
const parent = accountAt(0)

let program: Program
test.before(async () => {
  const sealingKey = newSealingKey()
  await growTree(folder.path, { shape: [{ times: children }], sealingKey })
  const key = Buffer.from(sealingKey).toString('hex')
  writeFileSync(join(folder.path, 'strowger.key'), key, { mode: 0o600 })
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

for (const [path, accountsInPage] of [
  ['/2012-04-24/Accounts', 100],
  ['/2012-04-24/Accounts.json', 100],
  [`/v2/accounts/${parent.sid.slice(2)}/children?paginate=false`, 500],
  [`/v2/accounts/${parent.sid.slice(2)}/descendants?paginate=false`, 500],
] as const) {
  test(`of a list that nobody takes no more is read than fits on the way: ${path}`, async () => {
    const begun = await pagesRead()
    const answer = await ask(path)
    assert.is(answer.statusCode, 200)
    const read = (await standstill()) - begun
    const all = children / accountsInPage
    assert.ok(read > 0 && read < all * 0.9, `${read} of ${all}`)
    const taken = await text(answer)
    assert.is(taken.split('@example.com').length + taken.split('"id":').length - 2, children)
    assert.ok((await pagesRead()) - begun >= all)
  })
}

test.run()
