import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readDatabase } from '../../drills/stored.ts'
import { demo, keyOf, makeDemo, refused, succeed } from '../../support/commands.ts'
import { ask as askCrossbar, md5, pathOf, session } from '../../support/crossbar.ts'
import { pythonWith } from '../../support/python.ts'
import { createAccount, send } from '../../support/restcomm.ts'
import { skipUnless } from '../../support/skip.ts'
import { root } from '../../support/sources.ts'
import type { Login } from '../../support/start-app.ts'
import { demoRoot, inNewFolder, type Program, startProgram } from '../../support/start-process.ts'
import { ask } from '../../support/twilio.ts'

const newPassword = 'battery staple'

test('a reset Password logs in, and every AuthToken and session there was ends, as with any change', () =>
  inNewFolder(async (folder) => {
    let program = await startProgram(folder, demo)
    const login = await createAccount(program, demoRoot, { FriendlyName: 'Branch 12' })
    const other = await createAccount(program, demoRoot)
    const secondary = await ask(program, login, 'POST', '/v1/AuthTokens/Secondary')
    const second = JSON.parse(secondary.text).secondary_auth_token
    const opened = await session(program, login.token)
    await program.kill()

    const { stdout, stderr } = await succeed(folder, ['reset-password', login.email], {
      input: `${newPassword}\n`,
    })
    assert.match(stdout, `${login.sid} (${login.email}) has the new Password`)
    assert.not.match(`${stdout}${stderr}`, newPassword)

    program = await startProgram(folder, demo)
    assert.is(await statusOf(program, { ...login, token: newPassword }), 200)
    for (const token of [login.token, second, 'correct horse']) {
      assert.is(await statusOf(program, { ...login, token }), 401)
    }
    const asked = await askCrossbar(program, opened, 'GET', pathOf(login))
    assert.is(asked.status, 401)
    assert.is(await crossbarLogin(program, login.email, newPassword), 201)
    assert.is(await crossbarLogin(program, login.email, 'correct horse'), 401)
    assert.is(await statusOf(program, other), 200)
    await program.kill()
    assert.equal(lastAudit(folder), {
      action: 'account.change',
      target_sid: login.sid,
      actor_sid: null,
      changes: JSON.stringify({ password: { to: 'changed' }, authToken: { to: 'changed' } }),
    })
    assert.match((await succeed(folder, ['check'])).stdout, /\nno fault\n$/)
  }))

test('an account is named by SID, by the id without its letters, or by e-mail; uninitialized becomes active', () =>
  inNewFolder(async (folder) => {
    let program = await startProgram(folder, demo)
    const login = await createAccount(program, demoRoot, { Status: 'uninitialized' })
    await program.kill()
    for (const [name, password] of [
      [login.sid, 'first of three'],
      [login.sid.slice(2), 'second of three'],
      [login.email.toUpperCase(), 'third of three'],
    ] as const) {
      // Without a line's end, and with one of Windows.
      const input = name === login.sid ? password : `${password}\r\n`
      const { stdout } = await succeed(folder, ['reset-password', name], { input })
      assert.match(stdout, 'it is active')
    }
    program = await startProgram(folder, demo)
    assert.is(await statusOf(program, { ...login, token: 'third of three' }), 200)
    await program.kill()
  }))

test('a reset that cannot be is refused in words, and changes nothing', () =>
  inNewFolder(async (folder) => {
    const words = (name: string) => ['reset-password', name]
    assert.match(await refused(folder, words(demoRoot.sid), { input: 'x' }), 'has no database')
    assert.not.ok(existsSync(folder))
    const program = await startProgram(folder, demo)
    const login = await createAccount(program, demoRoot)
    const closed = await createAccount(program, demoRoot)
    await send(program, demoRoot, 'PUT', `/Accounts/${closed.sid}`, { Status: 'closed' })
    const running = await refused(folder, words(login.sid), { input: newPassword })
    assert.match(running, `in use by another server, process ${program.pid}`)
    assert.is(await statusOf(program, login), 200)
    await program.kill()

    const before = readDatabase(folder, (database) => database.serialize())
    const nobody = `AC${'0'.repeat(32)}`
    const cases: readonly (readonly [string, string, string, Record<string, string>?])[] = [
      [login.sid, '', 'standard input is empty'],
      [login.sid, '\n', 'the Password is too weak'],
      [login.sid, 'short', 'the Password is too weak'],
      [login.sid, `${'ä'.repeat(37)}\n`, 'longer than 72 bytes'],
      [login.sid, login.email, 'the Password is too weak'],
      [nobody, newPassword, 'there is no such account'],
      ['one of many', newPassword, 'there is no such account'],
      [closed.sid, newPassword, 'the account is closed'],
      [login.sid, newPassword, 'the sealing key is not that', { STROWGER_KEY: 'f'.repeat(64) }],
      [login.sid, newPassword, 'the Password is too weak', { STROWGER_PASSWORD_POLICY: 'score' }],
    ]
    for (const [name, input, message, env = {}] of cases) {
      const said = await refused(folder, words(name), { input, env })
      assert.match(said, message, message)
      assert.ok(input.length < 6 || !said.includes(input.trim()), said)
    }
    assert.equal(
      readDatabase(folder, (database) => database.serialize()),
      before,
    )
  }))

test('a reset on a folder whose rekey is not done is refused', () =>
  inNewFolder(async (folder) => {
    await makeDemo(folder)
    writeFileSync(join(folder, 'strowger.key.new'), `${keyOf(folder)}\n`, { mode: 0o600 })
    const said = await refused(folder, ['reset-password', demoRoot.sid], { input: newPassword })
    assert.match(said, 'run strowger rekey again')
  }))

const python = pythonWith('pty')

/** Types a Password at each prompt of the program, which runs on a terminal of its own, and prints what that shows. */
const typist = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
shown = b''
try:
    for prompt, typed in zip((b'new Password of', b'once more'), sys.argv[1].split(',')):
        while not shown.rstrip(b' ').endswith(b':') or prompt not in shown:
            shown += os.read(terminal, 1024)
        os.write(terminal, typed.encode() + b'\\r')
    while piece := os.read(terminal, 1024):
        shown += piece
except OSError:
    pass
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`

test(
  'on a terminal the Password is asked for twice and never shown',
  skipUnless(python !== undefined, 'no Python', () =>
    inNewFolder(async (folder) => {
      await makeDemo(folder)
      const type = (typed: string) => {
        const words = ['reset-password', demoRoot.email, '--data', folder, '--bcrypt-cost', '10']
        const program = [process.execPath, join(root, 'routes/main.ts'), ...words]
        return spawnSync(python ?? '', ['-c', typist, typed, ...program], { encoding: 'utf8' })
      }
      const differing = type(`${newPassword},${newPassword}!`)
      assert.is(differing.status, 1, differing.stderr)
      assert.match(differing.stdout, 'the two entries differ; nothing was changed')
      const brokenOff = type('half\u0003,')
      assert.match(brokenOff.stdout, 'broken off; nothing was changed')
      // The backspace takes the last letter back, also one of several bytes.
      const done = type(`${newPassword}ä\u007f,${newPassword}`)
      assert.is(done.status, 0, done.stdout)
      assert.match(done.stdout, 'has the new Password and a new AuthToken')
      for (const { stdout } of [differing, brokenOff, done]) {
        assert.not.match(stdout, newPassword)
        assert.not.match(stdout, 'half')
      }
      const program = await startProgram(folder, demo)
      assert.is(await statusOf(program, { ...demoRoot, token: newPassword }), 200)
      await program.kill()
    }),
  ),
)

async function statusOf(program: Program, login: Login): Promise<number> {
  return (await send(program, login, 'GET', `/Accounts/${login.sid}`)).status
}

async function crossbarLogin(program: Program, email: string, password: string): Promise<number> {
  const data = { credentials: md5(`${email}:${password}`), account_name: 'Branch 12' }
  return (await askCrossbar(program, undefined, 'PUT', '/user_auth', { data })).status
}

function lastAudit(folder: string): unknown {
  return readDatabase(folder, (database) =>
    database
      .prepare(`
        SELECT action, target_sid, actor_sid, changes
        FROM audit
        WHERE action LIKE 'account.%'
        ORDER BY id DESC
        LIMIT 1
      `)
      .get(),
  )
}

test.run()
