import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { settings } from '../../lib/settings.ts'
import { send } from '../support/restcomm.ts'
import {
  demoRoot,
  type Ended,
  inNewFolder,
  type Program,
  type ProgramOptions,
  runProgram,
  startProgram,
} from '../support/start-process.ts'

const demo = ['--demo', '--bcrypt-cost', '4']

test('a second server on a data folder is refused and told the process of the first, until that is gone', () =>
  inNewFolder(async (folder) => {
    const first = await startProgram(folder, demo)
    const second = await refusedStart(folder, demo)
    assert.match(second.stderr, new RegExp(`in use by another server, process ${first.pid}\\b`))
    await assertServes(first)
    await first.kill('SIGKILL')
    await assertStarts(folder)
  }))

test('a database that a newer program made is refused and left alone', () =>
  inNewFolder(async (folder) => {
    await makeDemo(folder)
    const database = new Database(join(folder, 'strowger.db'))
    database.exec("INSERT INTO migrations (number, name, hash) VALUES (9999, '9999-later', 'x')")
    const { stderr } = await refusedStart(folder, demo)
    assert.match(stderr, 'the database is newer than this program')
    assert.match(stderr, '9999-later')

    database.exec('DELETE FROM migrations WHERE number = 9999')
    database.close()
    await assertStarts(folder)
  }))

test('a key file that others may use is refused until it is of its owner alone', () =>
  inNewFolder(async (folder) => {
    await makeDemo(folder)
    const file = join(folder, 'strowger.key')
    for (const mode of [0o640, 0o604]) {
      chmodSync(file, mode)
      assert.match((await refusedStart(folder, demo)).stderr, `chmod 600 ${file}`)
    }
    chmodSync(file, 0o600)
    await assertStarts(folder)
  }))

test('a database without its key is refused, and no other key is made for it', () =>
  inNewFolder(async (folder) => {
    await makeDemo(folder)
    const file = join(folder, 'strowger.key')
    const key = readFileSync(file, 'utf8')
    rmSync(file)
    const { stderr } = await refusedStart(folder, demo)
    assert.match(stderr, 'no strowger.key')
    assert.match(stderr, 'STROWGER_KEY')
    assert.not.ok(existsSync(file))
    await assertStarts(folder, { env: { STROWGER_KEY: key.trim() } })
    assert.not.ok(existsSync(file))
  }))

test('a key that is not that of the database is refused, and no key is shown', () =>
  inNewFolder(async (folder) => {
    await makeDemo(folder)
    const otherKey = '0123456789abcdef'.repeat(4)
    const { stderr } = await refusedStart(folder, demo, { env: { STROWGER_KEY: otherKey } })
    assert.match(stderr, 'another key')
    assert.not.ok(stderr.includes(otherKey))
    await forEachAtOnce(['', `${otherKey}00`], async (malformed) => {
      const refused = await refusedStart(folder, demo, { env: { STROWGER_KEY: malformed } })
      assert.match(refused.stderr, 'STROWGER_KEY holds no sealing key')
    })
    writeFileSync(join(folder, 'strowger.key'), 'junk\n')
    assert.match((await refusedStart(folder, demo)).stderr, 'strowger.key holds no sealing key')
  }))

test('a folder that --demo made is refused without the switch', () =>
  inNewFolder(async (folder) => {
    await makeDemo(folder)
    const { stderr } = await refusedStart(folder, [])
    assert.match(stderr, 'was made by --demo')
    assert.match(stderr, 'start it with --demo')
    await assertStarts(folder)
  }))

test('a folder with other data is refused with --demo', () =>
  inNewFolder(async (folder) => {
    await (await startProgram(folder)).kill()
    const { stderr } = await refusedStart(folder, demo)
    assert.match(stderr, 'other data than the demo')
    const program = await startProgram(folder)
    assert.is((await send(program, demoRoot, 'GET', '/Accounts')).status, 401)
    await program.kill()
  }))

test('--demo is refused on any address that others can reach, even with a proxy in front', () =>
  inNewFolder(async (folder) => {
    await forEachAtOnce(['0.0.0.0', 'example.com'], async (host) => {
      const args = [...demo, '--host', host, '--behind-proxy', '127.0.0.1']
      assert.match((await refusedStart(folder, args)).stderr, /--demo: .*loopback/)
    })
    assert.not.ok(existsSync(folder))
  }))

test('an address that others can reach is refused without TLS or a proxy', () =>
  inNewFolder(async (folder) => {
    await forEachAtOnce(['::', 'example.com'], async (host) => {
      const { stderr } = await refusedStart(folder, ['--host', host])
      assert.match(stderr, `--host: ${host}`)
      assert.match(stderr, '--behind-proxy')
    })
    assert.not.ok(existsSync(folder))
    const behindProxy = await startProgram(folder, [
      ...['--host', '0.0.0.0'],
      ...['--behind-proxy', '127.0.0.1'],
    ])
    await behindProxy.kill()
  }))

test('a mistake on the command line is named and nothing is started', () =>
  inNewFolder(async (folder) => {
    const mistakes: readonly (readonly [string, readonly string[], RegExp])[] = [
      ['an unknown flag', ['--prot', '80'], /--prot/],
      ['an unknown command', ['dance'], /dance: no such command/],
      ['a flag without its value', ['--compat'], /--compat/],
    ]
    await forEachAtOnce(mistakes, async ([mistake, args, message]) => {
      assert.match((await refusedStart(folder, args)).stderr, message, mistake)
    })
    assert.not.ok(existsSync(folder))
  }))

test('an unknown STROWGER_ variable is named and nothing is started', () =>
  inNewFolder(async (folder) => {
    const env = { STROWGER_TROTTLE: 'off' }
    assert.match((await refusedStart(folder, [], { env })).stderr, 'STROWGER_TROTTLE')
    assert.not.ok(existsSync(folder))
  }))

test('every bad value is named at once, whether from a flag or a variable', () =>
  inNewFolder(async (folder) => {
    const args = ['--bcrypt-cost', '99', '--behind-proxy', 'nowhere,10.0.0.0/8', '--max-depth', '1']
    const env = { STROWGER_LOG_LEVEL: 'loud', STROWGER_COMPAT: 'twilio', STROWGER_THROTTLE: '' }
    const { stderr } = await refusedStart(folder, args, { env })
    for (const message of [
      '--bcrypt-cost: 99',
      '--behind-proxy: nowhere',
      '--max-depth: 1',
      '--log-level: loud',
      '--compat: twilio',
      '--throttle:',
    ]) {
      assert.ok(stderr.includes(message), `${message} is not in ${stderr}`)
    }
    assert.not.match(stderr, '10.0.0.0/8 is')
    assert.not.ok(existsSync(folder))
  }))

test('--help lists every setting and starts nothing', async () => {
  const { code, stdout, stderr } = await runProgram(['--help'])
  assert.is(code, 0)
  assert.is(stderr, '')
  const lines = stdout.split('\n')
  for (const { flag, value, standard, meaning } of settings) {
    const line = lines.find((text) => text.trim().startsWith(`--${flag} `)) ?? ''
    for (const part of [value ?? '', standard, meaning]) {
      assert.ok(line.includes(part), `${part} is not in the line of --${flag}: ${line}`)
    }
  }
  assert.is(lines.filter((text) => text.startsWith('  --')).length, settings.length)
})

test('a first start that cannot listen leaves the way in to the next one', () =>
  inNewFolder(async (folder) => {
    const other = createServer()
    await new Promise<void>((resolve) => {
      other.listen(0, '127.0.0.1', resolve)
    })
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { stderr } = await refusedStart(folder, ['--port', String(port)])
    assert.match(stderr, 'EADDRINUSE')
    other.close()
    await assertPrintsWayIn(folder)
  }))

test('a first start with a bad certificate leaves the way in to the next one', () =>
  inNewFolder(async (folder) => {
    const junk = `${folder}.pem`
    writeFileSync(junk, 'junk')
    await refusedStart(folder, ['--tls-cert', junk, '--tls-key', junk])
    await assertPrintsWayIn(folder)
  }))

/** Starts that are refused before they touch the data folder do not stand in each other's way. */
async function forEachAtOnce<T>(items: readonly T[], run: (item: T) => Promise<void>) {
  await Promise.all(items.map(run))
}

/** The start ends with code 1, in words and not in a stack, having printed nothing else. */
async function refusedStart(
  folder: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Ended> {
  const ended = await runProgram(['--port', '0', '--data', folder, ...args], options)
  assert.is(ended.code, 1, ended.stderr)
  assert.is(ended.stdout, '')
  assert.match(ended.stderr, /^strowger: /m)
  assert.not.match(ended.stderr, /^\s+at /m)
  return ended
}

async function makeDemo(folder: string): Promise<void> {
  await (await startProgram(folder, demo)).kill()
}

async function assertStarts(folder: string, options: ProgramOptions = {}): Promise<void> {
  const program = await startProgram(folder, demo, options)
  await assertServes(program)
  await program.kill()
}

async function assertServes(program: Program): Promise<void> {
  assert.is((await send(program, demoRoot, 'GET', '/Accounts')).status, 200)
}

async function assertPrintsWayIn(folder: string): Promise<void> {
  const program = await startProgram(folder)
  await program.kill()
  assert.match(program.stdout(), /curl .*-u "/)
  assert.ok(readdirSync(folder).includes('strowger.db'))
}

test.run()
