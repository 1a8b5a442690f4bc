import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { request } from 'node:https'
import { dirname, join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { base, basic, createAccount, type Reply, send } from '../support/restcomm.ts'
import { isInstalled, skipUnless } from '../support/skip.ts'
import { root } from '../support/sources.ts'
import type { Login } from '../support/start-app.ts'
import { startWords } from '../support/start-command.ts'
import {
  demoRoot,
  inNewFolder,
  makeKeyPair,
  type Program,
  runProgram,
  startProgram,
} from '../support/start-process.ts'

const demo = ['--demo', '--bcrypt-cost', '4']

test('the first start prints a curl line that works as it stands', () =>
  inNewFolder(async (folder) => {
    const program = await startProgram(folder)
    const { line, sid, token } = printedLogin(program.stdout())
    assert.match(token, /^[0-9a-f]{32}$/)
    assert.is(program.stdout().split(token).length, 2)
    assert.match(program.url, /^http:\/\/127\.0\.0\.1:\d+$/)
    assert.ok(program.stdout().endsWith(`\nlistening on ${program.url}\n`))
    assert.not.match(program.stderr(), token)

    const account = JSON.parse(await inShell(line))
    assert.is(account.sid, sid)
    assert.is(account.auth_token, token)
    assert.is(account.role, 'Administrator')
    assert.is(account.status, 'active')
    await program.kill()
  }))

test('the command runs Node with the flags that npm start gives it', () => {
  const [line] = readFileSync(join(root, 'routes/main.ts'), 'utf8').split('\n')
  const [program, ...flags] = startWords().toReversed()
  assert.is(program, 'routes/main.ts')
  assert.is(line, `#!/usr/bin/env -S node ${flags.toReversed().join(' ')}`)
})

test('a later start finds its data and prints no secret', () =>
  inNewFolder(async (folder) => {
    const first = await startProgram(folder)
    const { sid, token } = printedLogin(first.stdout())
    const root = { sid, email: '', token }
    const { account } = await createAccount(first, root)
    await first.kill()

    const second = await startProgram(folder)
    assert.is(second.stdout(), `listening on ${second.url}\n`)
    const read = await send(second, root, 'GET', `/Accounts/${account.sid}.json`)
    assert.equal(read.json(), account)
    const { stderr } = await second.kill()
    assert.not.match(stderr, token)
    assert.not.match(stderr, String(account.auth_token))
  }))

test('two installations have nothing in common by which one could get into the other', () =>
  inNewFolder(async (folder) => {
    const programs = await Promise.all([startProgram(`${folder}1`), startProgram(`${folder}2`)])
    const [one, other] = programs.map(({ stdout }) => printedLogin(stdout()))
    assert.is.not(one?.sid, other?.sid)
    assert.is.not(one?.token, other?.token)
    for (const program of programs) {
      assert.is((await readOwn(program, demoRoot)).status, 401)
      const byPassword = { ...demoRoot, sid: demoRoot.email, token: demoRoot.password }
      assert.is((await send(program, byPassword, 'GET', '/Accounts')).status, 401)
      await program.kill()
    }
  }))

test('the first password can be given in STROWGER_ADMIN_PASSWORD and is never printed', () =>
  inNewFolder(async (folder) => {
    const env = { STROWGER_ADMIN_PASSWORD: "a $good 'one'; really" }
    const password = env.STROWGER_ADMIN_PASSWORD
    const first = await startProgram(folder, [], { env })
    const { line, sid } = printedLogin(first.stdout())
    assert.is(JSON.parse(await inShell(line, env)).sid, sid)
    const ended = await first.kill()
    assert.not.ok(`${ended.stdout}${ended.stderr}`.includes('good'))

    const second = await startProgram(folder, [], { env: { STROWGER_ADMIN_PASSWORD: 'another 1' } })
    const login = { sid: 'administrator@company.com', email: '', token: password }
    assert.is((await send(second, login, 'GET', '/Accounts')).status, 200)
    assert.is(
      (await send(second, { ...login, token: 'another 1' }, 'GET', '/Accounts')).status,
      401,
    )
    await second.kill()
  }))

test('a weak STROWGER_ADMIN_PASSWORD is refused and leaves nothing half made', () =>
  inNewFolder(async (folder) => {
    const start = ['--port', '0', '--data', folder]
    for (const password of ['sesame', 'x'.repeat(73), 'administrator@company.com', '']) {
      const refused = await runProgram(start, { env: { STROWGER_ADMIN_PASSWORD: password } })
      assert.is(refused.code, 1)
      assert.match(refused.stderr, /STROWGER_ADMIN_PASSWORD.*(weak|long)/)
      assert.not.match(refused.stderr, /sesame|xxxxxxxx/)
      assert.is(refused.stdout, '')
    }
    const program = await startProgram(folder)
    assert.is(JSON.parse(await inShell(printedLogin(program.stdout()).line)).status, 'active')
    await program.kill()
  }))

test('the log is lines of JSON on standard error, with one for each request', () =>
  inNewFolder(async (folder) => {
    const program = await startProgram(folder, demo)
    await readOwn(program, demoRoot)
    await send(program, undefined, 'DELETE', '/Nowhere')
    const { stderr, stdout } = await program.kill()
    const lines = linesOf(stderr)
    assert.ok(
      lines.every(
        ({ level, time }) => Number(level) > 0 && !Number.isNaN(Date.parse(String(time))),
      ),
    )
    const requests = lines.filter(({ method }) => method !== undefined)
    assert.equal(
      requests.map(({ method, route, status, accountSid, address }) => ({
        ...{ method, route, status, accountSid, address },
      })),
      [
        {
          ...{ method: 'GET', route: 'GET /Accounts/:id', status: 200 },
          ...{ accountSid: demoRoot.sid, address: '127.0.0.1' },
        },
        {
          ...{ method: 'DELETE', route: 'none', status: 401 },
          ...{ accountSid: undefined, address: '127.0.0.1' },
        },
      ],
    )
    for (const line of requests) {
      const { accountSid: _account, ...others } = line
      const facts = ['level', 'time', 'requestId', 'method', 'dialect', 'route', 'status', 'ms']
      assert.equal(Object.keys(others).sort(), [...facts, 'address'].sort())
    }
    assert.not.match(stdout, /"level"/)
  }))

test('no secret is in the log, whatever is asked and refused', () =>
  inNewFolder(async (folder) => {
    const program = await startProgram(folder, [...demo, '--log-level', 'trace'])
    const secrets = ['first good one', 'second good one', 'wrong secret', 'a'.repeat(80), 'weak1']
    const [password = '', newPassword = '', wrong = '', long = '', weak = ''] = secrets
    const child = await createAccount(program, demoRoot, { Password: password })
    const wrongLogin = { ...child, token: wrong }
    await send(program, wrongLogin, 'GET', `/Accounts/${child.sid}`)
    await send(program, wrongLogin, 'PUT', `/Accounts/${child.sid}`, { Password: newPassword })
    await send(program, child, 'PUT', `/Accounts/${child.sid}`, { Password: weak })
    await send(program, child, 'PUT', `/Accounts/${child.sid}`, { Password: long })
    await send(program, child, 'PUT', `/Accounts/${child.sid}`, { Role: password })
    await send(program, demoRoot, 'POST', '/Accounts', { Password: password })
    await send(program, demoRoot, 'GET', `/Accounts?Password=${encodeURIComponent(password)}&%zz`)
    await send(program, demoRoot, 'GET', `/Accounts/${child.token}`)
    const changed = await send(program, child, 'PUT', `/Accounts/${child.sid}.json`, {
      Password: newPassword,
    })
    const { auth_token: newToken } = JSON.parse(changed.text)
    const { stderr, stdout } = await program.kill()

    const headers = [child, wrongLogin, demoRoot].map(({ sid, token }) =>
      basic(sid, token).slice(6),
    )
    for (const secret of [...secrets, ...headers, child.token, newToken, demoRoot.token]) {
      assert.not.ok(stderr.includes(secret), `${secret} is in the log`)
      assert.not.ok(stderr.includes(encodeURIComponent(secret)), `${secret} is in the log`)
    }
    assert.not.match(stderr, /authorization|\$2[aby]\$/i)
    assert.not.ok(stdout.includes(child.token))
  }))

for (const umask of ['000', '022', '777']) {
  test(`the data folder and its files are for their owner alone under umask ${umask}`, () =>
    inNewFolder(async (folder) => {
      const program = await startProgram(folder, demo, { umask })
      await createAccount(program, demoRoot)
      const modes = readdirSync(folder).map((file) => `${modeOf(join(folder, file))} ${file}`)
      assert.ok(modes.length >= 4)
      assert.equal(
        modes.filter((mode) => !mode.startsWith('600 ')),
        [],
      )
      assert.is(modeOf(folder), '700')
      await program.kill()
    }))
}

test(
  'a server that runs as root warns of it once, and runs',
  skipUnless(process.getuid?.() === 0, 'the tests do not run as root', () =>
    inNewFolder(async (folder) => {
      const program = await startProgram(folder, demo)
      assert.is((await fetch(`${program.url}/health`)).status, 200)
      const { stderr } = await program.kill()
      assert.is(linesOf(stderr).filter(({ msg }) => /as root/.test(String(msg))).length, 1)
    }),
  ),
)

test('the start log names --compat, and is silent about it otherwise', () =>
  inNewFolder(async (folder) => {
    const byFlag = await startProgram(folder, [...demo, '--compat', 'restcomm'])
    assert.match((await byFlag.kill()).stderr, '--compat restcomm')
    const byVariable = await startProgram(folder, demo, { env: { STROWGER_COMPAT: 'restcomm' } })
    assert.match((await byVariable.kill()).stderr, '--compat restcomm')
    const without = await startProgram(folder, demo)
    assert.not.match((await without.kill()).stderr, 'compat')
  }))

test(
  'with a certificate and its key the server speaks https and nothing else',
  skipUnless(isInstalled('openssl'), 'no openssl', () =>
    inNewFolder(async (folder) => {
      const { cert, key } = makeKeyPair(dirname(folder))
      const program = await startProgram(folder, [...demo, '--tls-cert', cert, '--tls-key', key])
      assert.match(program.url, /^https:/)
      const path = `${base}/Accounts/${demoRoot.sid}.json`
      const command = `curl --cacert ${cert} -u ${demoRoot.sid}:${demoRoot.token} ${program.url}${path}`
      assert.is(JSON.parse(await inShell(command)).sid, demoRoot.sid)
      assert.match(await overTls(`${program.url}/health`), 'certificate')
      const inClear = program.url.replace('https', 'http')
      await assertRejects(() => fetch(`${inClear}/health`))
      await program.kill()
    }),
  ),
)

function printedLogin(stdout: string): { line: string; sid: string; token: string } {
  const [, line = '', sid = '', token = ''] =
    /^ *(curl .*-u "(\w+):([^"]*)".*)$/m.exec(stdout) ?? []
  return { line, sid, token }
}

async function inShell(
  command: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command], {
    env: { ...process.env, ...env, http_proxy: '' },
  })
  return stdout
}

function readOwn(program: Program, login: Login): Promise<Reply> {
  return send(program, login, 'GET', `/Accounts/${login.sid}.json`)
}

function linesOf(stderr: string): readonly Readonly<Record<string, unknown>>[] {
  return stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8)
}

/** What comes of a request by a client that does not know the certificate. */
function overTls(url: string): Promise<string> {
  return new Promise((resolve) => {
    request(url, (response) => resolve(textOf(response)))
      .on('error', (error) => resolve(error.message))
      .end()
  })
}

async function assertRejects(run: () => Promise<unknown>): Promise<void> {
  const outcome = await run().then(
    () => 'resolved',
    () => 'rejected',
  )
  assert.is(outcome, 'rejected')
}

test.run()
