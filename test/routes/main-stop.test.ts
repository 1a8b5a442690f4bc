import { readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { anyPassword, base, basic, createAccount, freshEmail, send } from '../support/restcomm.ts'
import { isInstalled, skipUnless } from '../support/skip.ts'
import {
  demoRoot,
  type Ended,
  inNewFolder,
  makeKeyPair,
  type Program,
  startProgram,
} from '../support/start-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const demo = ['--demo', '--bcrypt-cost', '4']
/** After so long the server has what was sent, on a busy machine too. */
const heardMs = 500

type Stop = { readonly ended: Ended; readonly ms: number }

/** Stops that take their full time; they go on beside the other tests and are looked at by the last ones. */
let stubborn: Promise<Stop>
let stubbornOverTls: Promise<Stop>

const hasOpenssl = isInstalled('openssl')

test.before(() => {
  stubborn = stopUnderStubbornClients(() => [])
  stubbornOverTls = hasOpenssl ? stopUnderStubbornClients(tlsArguments) : stubborn
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} ends an idle server at once, with everything in one file`, () =>
    inNewFolder(async (folder) => {
      const program = await startProgram(folder, demo)
      // The connection of this client is kept alive and is not to be waited for.
      const { sid } = await createAccount(program, demoRoot)
      const begun = performance.now()
      const { code, signal: endedBy, stderr } = await program.kill(signal)
      assert.is(code, 0)
      assert.is(endedBy, undefined)
      assert.ok(performance.now() - begun < 4_000)
      assert.match(stderr, '"msg":"stopped"')
      assertCheckpointed(folder, sid)
      await assertKept(folder, sid)
    }))
}

test('a slow upload that has begun is finished and answered, and new connections are refused', () =>
  inNewFolder(async (folder) => {
    const program = await startProgram(folder, demo)
    const { sid } = await createAccount(program, demoRoot)
    const body = 'FriendlyName=sent+slowly'
    const socket = await openSocket(program)
    const answer = textOf(socket)
    socket.write(headOf('PUT', `/Accounts/${sid}.json`, body.length, 'close') + body.slice(0, 8))
    await pause(heardMs)
    const ending = program.kill('SIGTERM')
    await untilRefused(program)
    socket.write(body.slice(8, 16))
    await pause(200)
    socket.write(body.slice(16))

    assert.match(await answer, /^HTTP\/1\.1 200 /)
    assert.match(await answer, 'sent slowly')
    assert.is((await ending).code, 0)
    assertCheckpointed(folder, sid)
    await assertKept(folder, sid, 'sent slowly')
  }))

test('creates that wait for their password hash are finished and answered', () =>
  inNewFolder(async (folder) => {
    const program = await startProgram(folder, ['--demo', '--bcrypt-cost', '12'])
    const creates = [1, 2, 3].map(() =>
      send(program, demoRoot, 'POST', '/Accounts.json', {
        ...{ EmailAddress: freshEmail(), Password: anyPassword },
      }),
    )
    await pause(heardMs)
    const ending = program.kill('SIGTERM')
    const replies = await Promise.all(creates)
    assert.equal(
      replies.map(({ status }) => status),
      [200, 200, 200],
    )
    assert.is((await ending).code, 0)
    assertCheckpointed(folder, ...replies.map(({ text }) => JSON.parse(text).sid))
  }))

test('while it stops, a request on an open connection is answered and ends the connection', () =>
  inNewFolder(async (folder) => {
    const program = await startProgram(folder, demo)
    const busy = await openSocket(program)
    const answer = textOf(busy)
    busy.write(headOf('PUT', `/Accounts/${demoRoot.sid}`, 1))
    await pause(heardMs)
    const ending = program.kill('SIGTERM')
    await untilRefused(program)
    busy.write(`x${headOf('GET', `/Accounts/${demoRoot.sid}`, 0)}`)
    const [, first = '', second = '', ...more] = (await answer).split('HTTP/1.1 ')
    assert.match(first, /^200 /)
    assert.match(second, /^200 /)
    assert.match(second, /^Connection: close\r$/m)
    assert.equal(more, [])
    assert.is((await ending).code, 0)
  }))

test('clients that never finish hold the end up for less than 10 s', async () => {
  assertStopped(await stubborn)
})

test(
  'clients that never begin their TLS handshake hold the end up for less than 10 s',
  skipUnless(hasOpenssl, 'no openssl', async () => {
    assertStopped(await stubbornOverTls)
  }),
)

function assertStopped({ ended, ms }: Stop): void {
  assert.is(ended.code, 0, ended.stderr)
  assert.ok(ms < 10_000, `it took ${ms} ms`)
}

/** One client stays silent, one stops in its headers, one in its body. */
async function stopUnderStubbornClients(argumentsIn: (folder: string) => readonly string[]) {
  const folder = temporaryFolder()
  const data = join(folder.path, 'data')
  const program = await startProgram(data, [...demo, ...argumentsIn(folder.path)])
  const sockets = await Promise.all([1, 2, 3].map(() => openSocket(program)))
  sockets[1]?.write('GET /health HTTP/1.1\r\nHost')
  sockets[2]?.write(`${headOf('PUT', `/Accounts/${demoRoot.sid}`, 10)}x`)
  await pause(heardMs)
  const begun = performance.now()
  const cutOff = Promise.all(sockets.map(untilCutOff)).then(() => performance.now() - begun)
  const [ended, ms] = await Promise.all([program.kill('SIGTERM'), cutOff])
  await folder.remove()
  return { ended, ms }
}

function tlsArguments(folder: string): readonly string[] {
  const { cert, key } = makeKeyPair(folder)
  return ['--tls-cert', cert, '--tls-key', key]
}

function headOf(
  method: string,
  path: string,
  length: number,
  connection: 'close' | 'keep-alive' = 'keep-alive',
): string {
  return [
    `${method} ${base}${path} HTTP/1.1`,
    'Host: localhost',
    `Connection: ${connection}`,
    `Authorization: ${basic(demoRoot.sid, demoRoot.token)}`,
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${length}`,
    '',
    '',
  ].join('\r\n')
}

function openSocket(program: Program): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(program.url).port), '127.0.0.1')
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
    // Afterwards the server may cut it off.
    socket.on('error', () => {})
  })
}

async function untilCutOff(socket: Socket): Promise<void> {
  if (!socket.closed) {
    await new Promise((resolve) => socket.resume().once('close', resolve))
  }
}

/** Resolves when the server takes no new connection. Throws when it goes on doing so. */
async function untilRefused(program: Program): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const socket = await openSocket(program).catch(() => undefined)
    if (socket === undefined) {
      return
    }
    socket.destroy()
    await pause(20)
  }
  throw new Error('the server takes new connections after the signal')
}

/** The one file holds the accounts, and nothing waits beside it. */
function assertCheckpointed(folder: string, ...sids: readonly string[]): void {
  const files = readdirSync(folder)
  assert.not.ok(files.includes('strowger.db-wal'), 'the write-ahead log is left behind')
  assert.not.ok(files.includes('strowger.pid'), 'the process id is left behind')
  const database = new Database(join(folder, 'strowger.db'), { readonly: true })
  assert.is(database.pragma('integrity_check', { simple: true }), 'ok')
  const find = database.prepare('SELECT 1 FROM accounts WHERE sid = ?')
  for (const sid of sids) {
    assert.ok(find.get(sid))
  }
  database.close()
}

async function assertKept(folder: string, sid: string, friendlyName?: string): Promise<void> {
  const program = await startProgram(folder, demo)
  const read = await send(program, demoRoot, 'GET', `/Accounts/${sid}.json`)
  assert.is(read.status, 200)
  if (friendlyName !== undefined) {
    assert.is(JSON.parse(read.text).friendly_name, friendlyName)
  }
  await program.kill()
}

test.run()
