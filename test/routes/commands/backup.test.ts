import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  demo,
  edit,
  keyOf,
  makeDemo,
  modeOf,
  refused,
  run,
  succeed,
} from '../../support/commands.ts'
import { pythonWith } from '../../support/python.ts'
import { send } from '../../support/restcomm.ts'
import { skipUnless } from '../../support/skip.ts'
import { root } from '../../support/sources.ts'
import {
  demoRoot,
  inNewFolder,
  type Program,
  runProgram,
  startProgram,
} from '../../support/start-process.ts'
import { ask, base } from '../../support/twilio.ts'

const writerCount = 8
const python = pythonWith('pty')

type Made = { readonly sid: string; readonly token: string }

test('a backup under eight writers restores to every account that was acknowledged before it', () =>
  inNewFolder(async (folder) => {
    const program = await startProgram(folder, demo)
    const made: Made[] = []
    let isWriting = true
    const writers = Array.from({ length: writerCount }, async () => {
      while (isWriting) {
        made.push(await createOne(program))
      }
    })
    while (made.length < 100) {
      await new Promise((resume) => setTimeout(resume, 20))
    }
    const before = [...made]
    const file = `${folder}.backup`
    const { stdout, stderr } = await succeed(folder, ['backup', file])
    assert.ok(made.length > before.length, 'nobody wrote during the backup')
    isWriting = false
    await Promise.all(writers)
    await program.kill()

    assert.match(stdout, /^wrote .*\.backup: \d+ tables with \d+ rows, checked$/m)
    assert.match(stdout, `Keep ${folder}/strowger.key too`)
    assert.is(stderr, `data folder ${folder}\n`)
    assert.is(modeOf(file), '600')
    assert.equal(siblings(file), [])
    assert.not.ok(readFileSync(file).includes(Buffer.from(keyOf(folder), 'hex')))

    const other = `${folder}-restored`
    mkdirSync(other)
    copyFileSync(join(folder, 'strowger.key'), join(other, 'strowger.key'))
    await succeed(other, ['restore', file])
    assert.equal(readdirSync(other).sort(), ['strowger.db', 'strowger.key', 'strowger.lock'])
    assertModes(other)
    assert.match((await succeed(other, ['check'])).stdout, /\nno fault\n$/)
    const restored = await startProgram(other, demo)
    for (const login of before) {
      assert.is(
        (await ask(restored, login, 'GET', `${base}/Accounts/${login.sid}.json`)).status,
        200,
      )
    }
    await restored.kill()
  }))

test('a backup with its key is all that restore needs, and the key is not left in the database', () =>
  inNewFolder(async (folder) => {
    const program = await startProgram(folder, demo)
    const file = `${folder}.backup`
    const { stdout } = await succeed(folder, ['backup', file, '--with-key'])
    assert.match(stdout, 'The sealing key is in it')
    const key = keyOf(folder)
    assert.not.match(stdout, key)
    assert.ok(readFileSync(file).includes(Buffer.from(key, 'hex')))
    assert.is(modeOf(file), '600')
    await program.kill()

    const other = `${folder}-restored`
    await succeed(other, ['restore', file])
    assert.is(keyOf(other), key)
    assertModes(other)
    assert.not.ok(readFileSync(join(other, 'strowger.db')).includes(Buffer.from(key, 'hex')))
    await assertServesRoot(other)
  }))

test('a backup with its key that was put into a folder by hand is found, and no backup spreads its key', () =>
  inNewFolder(async (folder) => {
    await makeDemo(folder)
    await succeed(folder, ['backup', `${folder}.backup`, '--with-key'])
    copyFileSync(`${folder}.backup`, join(folder, 'strowger.db'))
    const { code, stdout } = await run(folder, ['check'])
    assert.is(code, 1)
    assert.match(stdout, 'FAULT strowger.db: the sealing key lies in it')
    assert.match(await refused(folder, ['backup', `${folder}.plain`]), 'the sealing key lies in it')
    assert.not.ok(existsSync(`${folder}.plain`))
  }))

test('with a key of the environment the backup names that, and takes it when it is asked to', () =>
  inNewFolder(async (folder) => {
    const env = { STROWGER_KEY: '0123456789abcdef'.repeat(4) }
    await makeDemo(folder, { env })
    const plain = await succeed(folder, ['backup', `${folder}.plain`], { env })
    assert.match(plain.stdout, 'Keep the value of STROWGER_KEY too')
    const noKey = await refused(folder, ['backup', `${folder}.none`, '--with-key'])
    assert.match(noKey, 'give it in STROWGER_KEY')
    const foreign = { env: { STROWGER_KEY: 'f'.repeat(64) } }
    const wrong = await refused(folder, ['backup', `${folder}.wrong`, '--with-key'], foreign)
    assert.match(wrong, 'the sealing key is not that of the database')
    assert.not.ok(existsSync(`${folder}.none`) || existsSync(`${folder}.wrong`))

    const file = `${folder}.with-key`
    await succeed(folder, ['backup', file, '--with-key'], { env })
    const other = `${folder}-restored`
    await succeed(other, ['restore', file], { env })
    assert.not.ok(existsSync(join(other, 'strowger.key')))
    await assertServesRoot(other, env)
  }))

test('a backup overwrites nothing, makes no data folder and leaves no draft', () =>
  inNewFolder(async (folder) => {
    assert.match(await refused(folder, ['backup', `${folder}.none`]), 'has no database')
    assert.not.ok(existsSync(folder))
    await makeDemo(folder)
    const file = `${folder}.backup`
    writeFileSync(file, 'precious')
    assert.match(await refused(folder, ['backup', file]), 'is not overwritten')
    assert.is(readFileSync(file, 'utf8'), 'precious')
    const nowhere = join(folder, 'none', 'backup')
    assert.match(await refused(folder, ['backup', nowhere]), 'there is no folder')
    // A crash has left a draft of an earlier backup.
    writeFileSync(`${folder}.second.draft`, 'half')
    await succeed(folder, ['backup', `${folder}.second`])
    assert.not.ok(existsSync(`${folder}.second.draft`))
    assert.equal(readdirSync(folder).sort(), ['strowger.db', 'strowger.key', 'strowger.lock'])
  }))

test('a restore goes into an empty folder only, and what an earlier database left is not replayed', () =>
  inNewFolder(async (folder) => {
    await makeDemo(folder)
    const file = `${folder}.backup`
    await succeed(folder, ['backup', file, '--with-key'])
    const before = readFileSync(join(folder, 'strowger.db'))
    assert.match(await refused(folder, ['restore', file]), /is not empty, it has strowger.db\b/)
    assert.equal(readFileSync(join(folder, 'strowger.db')), before)

    // A server that was killed has left its log, with a change that is not in the backup.
    const program = await startProgram(folder, demo)
    await send(program, demoRoot, 'POST', '/Accounts.json', {
      EmailAddress: 'late@example.com',
      Password: 'correct horse',
    })
    const running = await refused(folder, ['restore', file])
    assert.match(running, `in use by another server, process ${program.pid}`)
    await program.kill('SIGKILL')
    rmSync(join(folder, 'strowger.db'))
    assert.ok(readFileSync(join(folder, 'strowger.db-wal')).includes('late@example.com'))
    await succeed(folder, ['restore', file])
    assert.equal(readdirSync(folder).sort(), [...['strowger.db', 'strowger.key', 'strowger.lock']])
    const restored = await startProgram(folder, demo)
    assert.is((await send(restored, demoRoot, 'GET', '/Accounts/late@example.com')).status, 404)
    await restored.kill()
  }))

test('a restore refuses a missing or foreign key, and is done once the right one is there', () =>
  inNewFolder(async (folder) => {
    await makeDemo(folder)
    const file = `${folder}.backup`
    await succeed(folder, ['backup', file])
    const other = `${folder}-restored`
    assert.match(await refused(other, ['restore', file]), 'holds no sealing key')
    assert.not.ok(existsSync(other))

    mkdirSync(other)
    writeFileSync(join(other, 'strowger.key'), `${'f'.repeat(64)}\n`, { mode: 0o600 })
    const foreign = await refused(other, ['restore', file])
    assert.match(foreign, 'the sealing key is not that of the database')
    assert.not.match(foreign, 'f'.repeat(64))
    assert.not.ok(readdirSync(other).some((name) => name.startsWith('strowger.db')))

    // The key of the environment wins over that of the folder, as at a start.
    await succeed(other, ['restore', file], { env: { STROWGER_KEY: keyOf(folder) } })
    assert.is(keyOf(other), 'f'.repeat(64))
  }))

test('a restore refuses what is no whole backup of Strowger, and leaves no folder', () =>
  inNewFolder(async (folder) => {
    await makeDemo(folder)
    const good = `${folder}.backup`
    await succeed(folder, ['backup', good, '--with-key'])
    const other = `${folder}-restored`
    const cases: readonly (readonly [string, (file: string) => void, string])[] = [
      ['missing', (file) => rmSync(file), 'there is no file'],
      ['text', (file) => writeFileSync(file, 'hello\n'), 'is no backup of Strowger'],
      ['other', (file) => change(file, 'DROP TABLE migrations'), 'is no database of Strowger'],
      [
        'newer',
        (file) => change(file, "INSERT INTO migrations VALUES (9999, '9999-later', 'x')"),
        'the database is newer than this program',
      ],
      ['torn', (file) => writeFileSync(file, readFileSync(good).subarray(0, 40_960)), ''],
      [
        'dangling',
        (file) => change(file, "UPDATE accounts SET organization_sid = 'gone'"),
        'organization_sid gone is not there',
      ],
      ['in use', (file) => writeFileSync(`${file}-wal`, 'newest rows'), 'is no backup but'],
    ]
    for (const [name, spoil, message] of cases) {
      const file = `${folder}.${name}`
      copyFileSync(good, file)
      chmodSync(file, 0o644)
      spoil(file)
      assert.match(await refused(other, ['restore', file]), message, name)
      assert.not.ok(existsSync(other), name)
    }
    const read = readFileSync(good)
    await succeed(other, ['restore', good])
    assert.equal(readFileSync(good), read)
  }))

test('a backup of an older version can still be made and restored', () =>
  inNewFolder(async (folder) => {
    await makeDemo(folder)
    edit(folder, 'DELETE FROM migrations WHERE number = (SELECT max(number) FROM migrations)')
    assert.match(await refused(folder, ['check']), 'is of an older version')
    await succeed(folder, ['backup', `${folder}.backup`, '--with-key'])
    await succeed(`${folder}-restored`, ['restore', `${folder}.backup`])
  }))

test('a command line that makes no sense is refused before the data folder is looked at', async () => {
  const mistakes: readonly (readonly [readonly string[], string])[] = [
    [['backup'], 'usage: strowger backup FILE [--with-key]'],
    [['backup', 'a', 'b'], 'usage: strowger backup FILE'],
    [['check', 'a'], 'usage: strowger check'],
    [['check', '--with-key'], '--with-key: check has no such option'],
    [['--with-key'], '--with-key: serve has no such option'],
    [['serve', 'backup'], 'no such command'],
    [['dance', '--help'], 'dance: no such command'],
  ]
  for (const [words, message] of mistakes) {
    const { code, stdout, stderr } = await runProgram(words)
    assert.is(code, 1)
    assert.is(stdout, '')
    assert.ok(stderr.includes(message), stderr)
    assert.not.match(stderr, 'data folder')
  }
})

test('the help names every command, and each has a help of its own', async () => {
  const general = (await runProgram(['--help'])).stdout
  for (const name of ['backup', 'restore', 'check', 'reset-password', 'rekey']) {
    assert.match(general, new RegExp(`^  ${name} `, 'm'))
    const { code, stdout, stderr } = await runProgram([name, '--help'])
    assert.is(code, 0)
    assert.is(stderr, '')
    assert.match(stdout, new RegExp(`^Usage: strowger ${name}.*--data DIR`))
  }
})

test(
  'on a terminal long work shows how far it is',
  skipUnless(python !== undefined, 'no Python', () =>
    inNewFolder(async (folder) => {
      await makeDemo(folder)
      const other = `${folder}-restored`
      for (const [words, works] of [
        [
          ['backup', `${folder}.backup`, '--with-key', '--data', folder],
          ['opening', 'copying'],
        ],
        [['restore', `${folder}.backup`, '--data', other], ['opening']],
        [['check', '--data', folder], ['opening']],
        [['rekey', '--data', folder], ['sealing']],
      ] as const) {
        const program = [process.execPath, join(root, 'routes/main.ts'), ...words]
        const onTerminal = 'import os, pty, sys; sys.exit(pty.spawn(sys.argv[1:]))'
        const shown = spawnSync(python ?? '', ['-c', onTerminal, ...program], { encoding: 'utf8' })
        assert.is(shown.status, 0, shown.stdout)
        for (const work of works) {
          assert.match(shown.stdout, new RegExp(`\\r${work}[a-zA-Z ]*: 100 %\\r\\n`), words[0])
        }
      }
    }),
  ),
)

function siblings(file: string): readonly string[] {
  return ['-wal', '-shm', '-journal', '.draft'].filter((ending) => existsSync(`${file}${ending}`))
}

function assertModes(folder: string): void {
  assert.is(modeOf(folder), '700')
  for (const name of readdirSync(folder)) {
    assert.is(modeOf(join(folder, name)), '600', name)
  }
}

async function createOne(program: Program): Promise<Made> {
  const created = await ask(program, demoRoot, 'POST', `${base}/Accounts.json`, {
    FriendlyName: 'one of many',
  })
  assert.is(created.status, 201, created.text)
  const { sid, auth_token: token } = JSON.parse(created.text)
  return { sid, token }
}

async function assertServesRoot(folder: string, env: Record<string, string> = {}): Promise<void> {
  const program = await startProgram(folder, demo, { env })
  assert.is((await send(program, demoRoot, 'GET', '/Accounts')).status, 200)
  await program.kill()
}

function change(file: string, sql: string): void {
  const database = new Database(file)
  database.pragma('foreign_keys = OFF')
  database.exec(sql)
  database.close()
}

test.run()
