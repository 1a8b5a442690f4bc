import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { knock } from '../support/attacks.ts'
import { demoRoot, inNewFolder, startProgram } from '../support/start-process.ts'

// A hundred clients stand at the door of a server that starts for the first time.

const clients = 100

/** Credentials that everybody knows, from the documents of the originals and from habit. */
const wellKnown = [
  { sid: demoRoot.sid, token: demoRoot.token },
  { sid: demoRoot.sid, token: demoRoot.password },
  { sid: demoRoot.email, token: demoRoot.token },
  { sid: demoRoot.email, token: demoRoot.password },
  { sid: 'administrator@company.com', token: 'RestComm' },
  { sid: 'admin', token: 'admin' },
  { sid: 'root', token: '' },
  { sid: '', token: '' },
  { sid: 'administrator@company.com', token: '' },
]

const requests = (turn: number) =>
  [
    ['GET', '/2012-04-24/Accounts.json', {}],
    ['GET', '/2010-04-01/Accounts.json', {}],
    ['GET', '/v2/token_auth', {}],
    [
      'POST',
      '/2012-04-24/Accounts',
      { form: { EmailAddress: `a${turn}@example.com`, Password: 'correct horse' } },
    ],
    ['POST', '/2010-04-01/Accounts.json', { form: { FriendlyName: 'first' } }],
    ['PUT', '/v2/accounts', { data: { name: 'first' } }],
    ['PUT', '/v2/api_auth', { data: { api_key: demoRoot.token } }],
  ] as const

test('one administrator is made, nobody else gets in, and no client sees a fault', () =>
  inNewFolder(async (folder) => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const statuses: number[] = []
    let isOver = false
    const crowd = Array.from({ length: clients }, async (_, client) => {
      for (let turn = client; !isOver; turn += 1) {
        const all = requests(turn)
        const [method, path, given] = all[turn % all.length] ?? all[0]
        const who = wellKnown[turn % wellKnown.length]
        const answer = await knock({ url }, who, method, path, given).catch(() => undefined)
        if (answer !== undefined) {
          statuses.push(answer.status)
        }
        await new Promise((resume) => setTimeout(resume, answer === undefined ? 20 : 1))
      }
    })
    const program = await startProgram(folder, ['--port', String(port)])
    await new Promise((resume) => setTimeout(resume, 1000))
    isOver = true
    await Promise.all(crowd)

    assert.ok(statuses.length > clients, `only ${statuses.length} answers came`)
    const counts = JSON.stringify(
      Object.entries(Object.groupBy(statuses, String)).map(([status, all]) => [
        status,
        all?.length,
      ]),
    )
    assert.ok(
      statuses.every((status) => [401, 429].includes(status)),
      counts,
    )
    const printed = program.stdout() + program.stderr()
    assert.is(printed.match(/curl /g)?.length, 1, 'the way in is printed once')
    const [, sid = '', token = ''] = /(AC[0-9a-f]{32}):([0-9a-f]{32})/.exec(printed) ?? []
    for (const known of wellKnown) {
      const { status } = await knock(program, known, 'GET', '/2012-04-24/Accounts')
      assert.ok([401, 429].includes(status))
    }
    await program.kill()
    const again = await startProgram(folder)
    assert.is((await knock(again, { sid, token }, 'GET', '/2012-04-24/Accounts')).status, 200)
    assert.not.match(again.stdout() + again.stderr(), token)
    await again.kill()

    const database = new Database(join(folder, 'strowger.db'), { readonly: true })
    const accounts = database.prepare('SELECT sid, role, parent_sid FROM accounts').all()
    database.close()
    assert.equal(accounts, [{ sid, role: 'Administrator', parent_sid: null }])
  }))

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

test.run()
