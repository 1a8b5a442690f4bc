import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readDatabase } from '../../drills/stored.ts'
import {
  demo,
  edit,
  keyOf,
  makeDemo,
  modeOf,
  refused,
  seedAccounts,
  succeed,
} from '../../support/commands.ts'
import { ask as askCrossbar, md5, pathOf, session } from '../../support/crossbar.ts'
import { anyPassword, createAccount, send } from '../../support/restcomm.ts'
import type { Login } from '../../support/start-app.ts'
import {
  demoRoot,
  inNewFolder,
  killProgram,
  type Program,
  runProgram,
  startProgram,
} from '../../support/start-process.ts'
import { ask, base } from '../../support/twilio.ts'

const oldKey = '0123456789abcdef'.repeat(4)
const newKey = 'fedcba9876543210'.repeat(4)

test('a rekey keeps every way in: AuthTokens, Passwords, keys, sessions and both logins of Kazoo', () =>
  inNewFolder(async (folder) => {
    let program = await startProgram(folder, demo)
    const login = await createAccount(program, demoRoot, { FriendlyName: 'Branch 12' })
    const secondary = await ask(program, login, 'POST', '/v1/AuthTokens/Secondary')
    const second = JSON.parse(secondary.text).secondary_auth_token
    const path = `${base}/Accounts/${login.sid}/Keys.json`
    const made = JSON.parse((await ask(program, login, 'POST', path)).text)
    const opened = await session(program, login.token)
    const hooks = `/Accounts/${login.sid}/Webhooks`
    const url = { Url: 'https://example.com/events' }
    const hook = await send(program, login, 'POST', `${hooks}.json`, url)
    const rotation = `${hooks}/${JSON.parse(hook.text).sid}/Secret.json`
    assert.is((await send(program, login, 'POST', rotation)).status, 200)
    const idempotency = { 'Idempotency-Key': 'once' }
    await ask(program, login, 'POST', `${base}/Accounts.json`, {}, idempotency)
    await program.kill()

    const before = keyOf(folder)
    const remains = sealedOf(folder)
    const { stdout, stderr } = await succeed(folder, ['rekey'])
    assert.match(stdout, 'sealed the AuthTokens of 3 accounts under the new key')
    assert.is(stderr, `data folder ${folder}\n`)
    const key = keyOf(folder)
    assert.is.not(key, before)
    assert.not.match(stdout, key)
    assert.is(modeOf(join(folder, 'strowger.key')), '600')
    assert.equal(readdirSync(folder).sort(), ['strowger.db', 'strowger.key', 'strowger.lock'])
    const bytes = readFileSync(join(folder, 'strowger.db'))
    for (const sealed of remains) {
      assert.not.ok(bytes.includes(sealed), 'a value under the old key is left in the file')
    }
    assert.match((await succeed(folder, ['check'])).stdout, /\nno fault\n$/)

    program = await startProgram(folder, demo)
    for (const token of [login.token, second, anyPassword]) {
      assert.is(await statusOf(program, { ...login, token }), 200)
    }
    assert.is(await statusOf(program, demoRoot), 200)
    const keyLogin = { sid: made.sid, token: made.secret }
    assert.is((await ask(program, keyLogin, 'GET', path)).status, 200)
    assert.is((await askCrossbar(program, opened, 'GET', pathOf(login))).status, 200)
    assert.ok((await session(program, login.token)).session)
    const data = { credentials: md5(`${login.email}:${anyPassword}`), account_name: 'Branch 12' }
    const byDigest = await askCrossbar(program, undefined, 'PUT', '/user_auth', { data })
    assert.is(byDigest.status, 201)
    const shown = JSON.parse(
      (await send(program, demoRoot, 'GET', `/Accounts.json/${login.sid}`)).text,
    )
    assert.is(shown.auth_token, login.token)
    // What it was compared with cannot be made anew, so it is refused rather than carried out twice.
    const again = await ask(program, login, 'POST', `${base}/Accounts.json`, {}, idempotency)
    assert.ok(again.status >= 400 && again.status < 500, again.text)
    await program.kill()
  }))

test('a rekey is in the audit once, and changes no revision', () =>
  inNewFolder(async (folder) => {
    await makeDemo(folder)
    const revisions = () =>
      readDatabase(folder, (database) =>
        database.prepare('SELECT sid, revision, updated_at FROM accounts').all(),
      )
    const before = revisions()
    await succeed(folder, ['rekey'])
    assert.equal(revisions(), before)
    assert.equal(rekeysIn(folder), [
      { actor_sid: null, changes: '{"sealingKey":{"to":"changed"}}', target_sid: demoRoot.sid },
    ])
  }))

test('a rekey that is killed at any moment goes on where it stopped, and no server starts meanwhile', () =>
  inNewFolder(async (folder) => {
    await makeDemo(folder)
    const logins = await seedAccounts(folder, 3000)
    const newKeyFile = join(folder, 'strowger.key.new')
    const begun = join(folder, 'strowger.pid')
    let caught = 0
    // The last chunk comes several times as late as the first, so one of these lies between.
    for (let afterMs = 10; ; afterMs *= 1.3) {
      const key = keyOf(folder)
      const { code } = await killProgram(['rekey', '--data', folder], begun, afterMs)
      if (code === 0) {
        break
      }
      assert.is(code, undefined)
      if (existsSync(newKeyFile)) {
        assert.is(keyOf(folder), key)
        assert.is(modeOf(newKeyFile), '600')
      }
      if (keyIdsIn(folder) === 2) {
        caught += 1
        await (caught === 1 ? assertRefusesAll(folder) : undefined)
      }
    }
    assert.ok(caught > 0, 'the rekey was never caught in the middle')
    assert.not.ok(existsSync(newKeyFile))
    assert.is(keyIdsIn(folder), 1)
    assert.match((await succeed(folder, ['check'])).stdout, /\nno fault\n$/)
    const program = await startProgram(folder, demo)
    for (const login of [demoRoot, ...logins.filter((_login, index) => index % 500 === 0)]) {
      assert.is(await statusOf(program, login), 200)
    }
    await program.kill()
  }))

test('a rekey whose last step is missing is done by the next one, with no second audit row', () =>
  inNewFolder(async (folder) => {
    await makeDemo(folder)
    const before = keyOf(folder)
    await succeed(folder, ['rekey'])
    // As it is between the last transaction and the swap of the keys.
    const after = keyOf(folder)
    writeFileSync(join(folder, 'strowger.key.new'), `${after}\n`, { mode: 0o600 })
    writeFileSync(join(folder, 'strowger.key'), `${before}\n`, { mode: 0o600 })
    const { stdout } = await succeed(folder, ['rekey'])
    assert.match(stdout, 'of 0 accounts')
    assert.is(keyOf(folder), after)
    assert.is(rekeysIn(folder).length, 1)
    await assertServes(folder)
  }))

test('a key of the environment is changed with both keys, and can be gone on with', () =>
  inNewFolder(async (folder) => {
    const env = { STROWGER_KEY: oldKey }
    const both = { STROWGER_KEY: oldKey, STROWGER_NEW_KEY: newKey }
    await makeDemo(folder, { env })
    for (const half of [env, { STROWGER_NEW_KEY: newKey }]) {
      assert.match(await refused(folder, ['rekey'], { env: half }), 'is changed with both')
    }
    const same = { STROWGER_KEY: oldKey, STROWGER_NEW_KEY: oldKey }
    assert.match(await refused(folder, ['rekey'], { env: same }), 'give another')
    const foreign = { STROWGER_KEY: 'a'.repeat(64), STROWGER_NEW_KEY: newKey }
    assert.match(await refused(folder, ['rekey'], { env: foreign }), 'is not that of the database')
    assert.not.ok(existsSync(join(folder, 'strowger.rekey')))

    const { stdout, stderr } = await succeed(folder, ['rekey'], { env: both })
    assert.match(stdout, 'give the new key in STROWGER_KEY')
    assert.not.match(`${stdout}${stderr}`, newKey)
    assert.equal(readdirSync(folder).sort(), ['strowger.db', 'strowger.lock'])

    // As it is when it was killed before its end.
    writeFileSync(join(folder, 'strowger.rekey'), 'not done\n')
    const early = await runProgram(['--port', '0', '--data', folder, ...demo], {
      env: { STROWGER_KEY: newKey },
    })
    assert.is(early.code, 1)
    assert.match(early.stderr, 'run strowger rekey again')
    assert.match(await refused(folder, ['rekey']), 'give STROWGER_KEY and STROWGER_NEW_KEY')
    await succeed(folder, ['rekey'], { env: both })
    await assertServes(folder, { STROWGER_KEY: newKey })
  }))

test('a rekey is refused while a server runs, and of a database with a token that its key does not open', () =>
  inNewFolder(async (folder) => {
    assert.match(await refused(folder, ['rekey']), 'has no database')
    assert.not.ok(existsSync(folder))
    const program = await startProgram(folder, demo)
    const said = await refused(folder, ['rekey'])
    assert.match(said, `in use by another server, process ${program.pid}`)
    await program.kill()
    const [leaf] = await seedAccounts(folder, 1)
    const key = keyOf(folder)
    edit(folder, `UPDATE accounts SET sealed_token = x'00' WHERE sid = '${leaf?.sid}'`)
    assert.match(await refused(folder, ['rekey']), `accounts ${leaf?.sid}: its AuthToken`)
    assert.is(keyOf(folder), key)
    assert.not.ok(existsSync(join(folder, 'strowger.key.new')))
    rmSync(join(folder, 'strowger.key'))
    assert.match(await refused(folder, ['rekey']), 'no strowger.key')
  }))

async function assertRefusesAll(folder: string): Promise<void> {
  const started = await runProgram(['--port', '0', '--data', folder, ...demo])
  assert.is(started.code, 1)
  assert.match(started.stderr, 'run strowger rekey again')
  for (const words of [
    ['backup', `${folder}.backup`],
    ['reset-password', demoRoot.sid],
  ]) {
    assert.match(await refused(folder, words, { input: 'correct horse\n' }), 'run strowger rekey')
  }
  const checked = await runProgram(['check', '--data', folder])
  assert.is(checked.code, 1)
  assert.match(checked.stdout, /^FAULT .*run strowger rekey again/m)
}

async function assertServes(folder: string, env: Record<string, string> = {}): Promise<void> {
  const program = await startProgram(folder, demo, { env })
  assert.is(await statusOf(program, demoRoot), 200)
  await program.kill()
}

async function statusOf(program: Program, login: Login): Promise<number> {
  return (await send(program, login, 'GET', `/Accounts/${login.sid}`)).status
}

function sealedOf(folder: string): readonly Buffer[] {
  return readDatabase(folder, (database) =>
    database.prepare<[], Buffer>('SELECT sealed_token FROM accounts').pluck().all(),
  )
}

/** Under how many keys the AuthTokens are. */
function keyIdsIn(folder: string): number {
  return new Set(sealedOf(folder).map((sealed) => sealed.subarray(0, 4).toString('hex'))).size
}

function rekeysIn(folder: string): readonly unknown[] {
  return readDatabase(folder, (database) =>
    database
      .prepare(
        "SELECT actor_sid, changes, target_sid FROM audit WHERE action = 'installation.rekey'",
      )
      .all(),
  )
}

test.run()
