import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  demo,
  edit,
  makeDemo,
  refused,
  run,
  seedAccounts,
  succeed,
} from '../../support/commands.ts'
import { createAccount, send } from '../../support/restcomm.ts'
import type { Login } from '../../support/start-app.ts'
import { demoRoot, inNewFolder, startProgram } from '../../support/start-process.ts'
import { sweepsFinished } from '../../support/sweeps.ts'

type Tree = {
  readonly top: Login
  readonly child: Login
  readonly closed: Login
  readonly below: Login
  /** Many without children, all below the root. */
  readonly leaves: readonly Login[]
}

const ofClose = 'what is kept of its close does not agree with its status'
const nobody = `AC${'0'.repeat(32)}`

test('every kind of damage is found, one line for each row that has it', () =>
  inNewFolder(async (folder) => {
    const { closed, below, leaves } = await makeTree(folder)
    const sidOf = (index: number) => leaves[index]?.sid ?? ''
    const put = (index: number, columns: string) =>
      `UPDATE accounts SET ${columns} WHERE sid = '${sidOf(index)}';`
    const of = (column: string, index: number) =>
      `(SELECT ${column} FROM accounts WHERE sid = '${sidOf(index)}')`
    edit(
      folder,
      [
        'DROP INDEX accounts_living_realm;',
        put(0, "path = 'elsewhere/'"),
        put(1, 'descendants_count = 7'),
        put(2, `closed_by = '${sidOf(19)}'`),
        put(3, `parent_sid = '${nobody}'`),
        put(4, "organization_sid = 'gone'"),
        put(5, "folded_name = 'another'"),
        put(6, "document = '[1]'"),
        put(7, `sealed_token = ${of('sealed_token', 19)}`),
        put(8, "sealed_token = CAST(x'00000000' || substr(sealed_token, 5) AS BLOB)"),
        put(9, `token_digest = ${of('token_digest', 19)}`),
        put(10, "secondary_sealed_token = x'00'"),
        put(11, `realm = ${of('realm', 12)}`),
        put(13, "type = 'Odd'"),
        put(14, 'closed_at = 5'),
        put(15, "status_before_close = 'active'"),
        `UPDATE accounts SET closed_at = NULL WHERE sid = '${closed.sid}';`,
        put(16, 'named_at = 0'),
        `UPDATE accounts SET closed_by = NULL WHERE sid = '${below.sid}';`,
        `INSERT INTO closed_branches (path, sid, swept_to)
          VALUES ('nowhere/', '${sidOf(19)}', 'nowhere/');`,
        `INSERT INTO api_keys VALUES
          ('SK${'1'.repeat(32)}', '${nobody}', '', x'00', 'read', 'self', 1, 1, NULL, NULL);`,
        `INSERT INTO sessions VALUES (x'0123456789abcdef01', '${nobody}', 'api_auth', 1, 2);`,
      ].join('\n'),
    )
    const { code, stdout } = await run(folder, ['check'])
    assert.is(code, 1)
    assert.match(stdout, 'references between rows: accounts 25, api_keys 1, ')
    assert.match(stdout, 'sealed AuthTokens of 25 accounts\n')
    assert.match(stdout, /\n\d+ faults\n$/)
    assert.equal(
      faultsIn(stdout)
        .map((line) => line.replace(/ realm .*/, ' realm'))
        .sort(),
      [
        'strowger.db: CHECK constraint failed in accounts',
        `accounts ${sidOf(13)}: its status or type is none there is`,
        `accounts ${sidOf(3)}: parent_sid ${nobody} is not there`,
        `accounts ${sidOf(4)}: organization_sid gone is not there`,
        `api_keys SK${'1'.repeat(32)}: account_sid ${nobody} is not there`,
        `sessions 0123456789abcdef: account_sid ${nobody} is not there`,
        `accounts ${sidOf(11)}, ${sidOf(12)}: have the same realm`,
        `accounts ${sidOf(5)}: folded_name is not that of its name`,
        `accounts ${sidOf(6)}: document is no JSON object`,
        `accounts ${sidOf(14)}: ${ofClose}`,
        `accounts ${sidOf(15)}: ${ofClose}`,
        `accounts ${closed.sid}: ${ofClose}`,
        `accounts ${sidOf(16)}: its name is of no time`,
        `accounts ${sidOf(10)}: the parts of its secondary AuthToken are not all there`,
        `accounts ${sidOf(3)}: is not below the root; its parent is ${nobody}`,
        `accounts ${below.sid}: is not closed by ${closed.sid}, which is closed and above it`,
        `accounts ${sidOf(0)}: its path elsewhere/ is not that of its parent and its SID`,
        `accounts ${sidOf(2)}: is closed by ${sidOf(19)}, which is no closed account on its path`,
        `accounts ${sidOf(1)}: counts 7 below it, there are 0`,
        `accounts ${demoRoot.sid}: counts 22 below it, there are 21`,
        `closed_branches nowhere/: ${sidOf(19)} is no closed account with this path`,
        `accounts ${sidOf(7)}: its AuthToken does not open: it is damaged, or of another account`,
        `accounts ${sidOf(8)}: its AuthToken was sealed under another key`,
        `accounts ${sidOf(9)}: its AuthToken has a foreign digest`,
        `accounts ${sidOf(10)}: its secondary AuthToken was sealed under another key`,
      ].sort(),
    )
  }))

test('two that are above each other, a second root and none at all are found', () =>
  inNewFolder(async (folder) => {
    const { top, child, leaves } = await makeTree(folder)
    const leaf = leaves[0]?.sid ?? ''
    const cases: readonly (readonly [string, readonly string[]])[] = [
      [
        `UPDATE accounts SET parent_sid = '${child.sid}' WHERE sid = '${top.sid}'`,
        [
          `accounts ${top.sid}: is above itself; its parent is ${child.sid}`,
          `accounts ${child.sid}: is above itself; its parent is ${top.sid}`,
        ],
      ],
      [
        `DROP INDEX accounts_one_root; UPDATE accounts SET parent_sid = NULL WHERE sid = '${leaf}'`,
        [`accounts ${leaf}: is a second root beside ${demoRoot.sid}`],
      ],
      [
        `UPDATE accounts SET parent_sid = '${leaf}' WHERE sid = '${demoRoot.sid}'`,
        ['accounts: none is the root, each has a parent'],
      ],
      [
        `UPDATE accounts SET path = '${'x/'.repeat(65)}' WHERE sid = '${leaf}'`,
        [`accounts ${leaf}: lies on level 65 of 64`],
      ],
    ]
    for (const [index, [sql, expected]] of cases.entries()) {
      const damaged = `${folder}-${index}`
      cpSync(folder, damaged, { recursive: true })
      edit(damaged, sql)
      const { code, stdout } = await run(damaged, ['check'])
      assert.is(code, 1, sql)
      for (const line of expected) {
        assert.ok(faultsIn(stdout).includes(line), `${line} is not in\n${stdout}`)
      }
    }
  }))

test('a file with a page overwritten is found, and is no crash', () =>
  inNewFolder(async (folder) => {
    await makeDemo(folder)
    await seedAccounts(folder, 300)
    const file = join(folder, 'strowger.db')
    const bytes = readFileSync(file)
    // Every page but the first is hit, so it does not matter how SQLite has laid them out.
    for (let page = 8192; page < bytes.length; page += 4096) {
      bytes.fill(0xa5, page, page + 64)
    }
    writeFileSync(file, bytes)
    const { code, stdout, stderr } = await run(folder, ['check'])
    assert.is(code, 1)
    assert.not.match(stderr, /^\s+at /m)
    assert.match(`${stdout}${stderr}`, /FAULT|malformed/)
  }))

test('a key that is missing, foreign or open to others is a fault, and the rest is looked at', () =>
  inNewFolder(async (folder) => {
    await makeDemo(folder)
    const foreign = 'f'.repeat(64)
    const wrong = await run(folder, ['check'], { env: { STROWGER_KEY: foreign } })
    assert.is(wrong.code, 1)
    assert.equal(faultsIn(wrong.stdout), [
      `accounts ${demoRoot.sid}: its AuthToken was sealed under another key`,
    ])
    assert.not.match(`${wrong.stdout}${wrong.stderr}`, foreign)
    rmSync(join(folder, 'strowger.key'))
    const missing = await run(folder, ['check'])
    assert.is(missing.code, 1)
    assert.match(missing.stdout, 'no strowger.key')
    assert.is(faultsIn(missing.stdout).length, 1)
  }))

test('a branch that is still to be swept is no fault', () =>
  inNewFolder(async (folder) => {
    const { closed, below } = await makeTree(folder)
    edit(
      folder,
      `UPDATE accounts SET closed_by = NULL WHERE sid = '${below.sid}';
       INSERT INTO closed_branches (path, sid, swept_to)
         SELECT path, sid, path FROM accounts WHERE sid = '${closed.sid}';`,
    )
    assert.match((await succeed(folder, ['check'])).stdout, /\nno fault\n$/)
  }))

test('a branch that is being reopened is no fault, unless one above it is closed', () =>
  inNewFolder(async (folder) => {
    const { top, child, closed, below } = await makeTree(folder)
    const pathOf = (sid: string) => `(SELECT path FROM accounts WHERE sid = '${sid}')`
    const reopening = (sid: string, sweptTo: string) =>
      `INSERT INTO closed_branches (path, sid, swept_to, reopening)
         VALUES (${pathOf(sid)}, '${sid}', ${sweptTo}, 'renewing');`
    edit(
      folder,
      `UPDATE accounts SET closed_by = NULL WHERE sid = '${below.sid}';
       ${reopening(closed.sid, pathOf(below.sid))}`,
    )
    assert.match((await succeed(folder, ['check'])).stdout, /\nno fault\n$/)
    const close = "status = 'closed', closed_by = sid, closed_at = updated_at"
    edit(
      folder,
      `UPDATE accounts SET ${close} WHERE sid IN ('${top.sid}', '${child.sid}');
       UPDATE accounts SET descendants_count = 0 WHERE sid = '${top.sid}';
       UPDATE accounts SET descendants_count = descendants_count - 2 WHERE parent_sid IS NULL;
       ${reopening(child.sid, "'elsewhere/'")}`,
    )
    const { code, stdout } = await run(folder, ['check'])
    assert.is(code, 1)
    const path = `${demoRoot.sid}/${top.sid}/${child.sid}/`
    assert.equal(faultsIn(stdout), [
      `closed_branches ${path}: is swept to elsewhere/, which is not in it`,
      `closed_branches ${path}: is being reopened, though ${top.sid} above it is closed`,
    ])
  }))

test('a check changes nothing: not of a stopped server, not of a killed one, not of a running one', () =>
  inNewFolder(async (folder) => {
    assert.match(await refused(folder, ['check']), 'has no database')
    assert.equal(readdirSync(join(folder, '..')), [])
    await makeDemo(folder)
    await assertUntouched(folder)
    const program = await startProgram(folder, demo)
    await createAccount(program, demoRoot)
    const { stdout } = await succeed(folder, ['check'])
    assert.match(stdout, 'tree of 2 accounts')
    assert.is((await send(program, demoRoot, 'GET', '/Accounts')).status, 200)
    await program.kill('SIGKILL')
    assert.ok(statSync(join(folder, 'strowger.db-wal')).size > 0)
    await assertUntouched(folder)
  }))

/** A root with two below each other, a closed branch that was swept, and leaves. */
async function makeTree(folder: string): Promise<Tree> {
  const program = await startProgram(folder, demo)
  const top = await createAccount(program, demoRoot)
  const child = await createAccount(program, top)
  const closed = await createAccount(program, demoRoot)
  const below = await createAccount(program, closed)
  await send(program, demoRoot, 'PUT', `/Accounts/${closed.sid}`, { Status: 'closed' })
  await sweepsFinished(folder)
  await program.kill()
  const leaves = await seedAccounts(folder, 20)
  assert.match((await succeed(folder, ['check'])).stdout, /\nno fault\n$/)
  return { top, child, closed, below, leaves }
}

function faultsIn(stdout: string): readonly string[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('FAULT '))
    .map((line) => line.slice('FAULT '.length))
}

test('a number is listed by its callflow and looked up, or it is a fault', () =>
  inNewFolder(async (folder) => {
    await makeDemo(folder)
    const [lost, gone] = ['1', '2'].map((digit) => digit.repeat(32))
    const document = '{"numbers": ["100", "101"], "patterns": ["^2"]}'
    edit(
      folder,
      [
        `INSERT INTO callflows VALUES ('${lost}', '${demoRoot.sid}', '${document}', 1, 1, NULL, 1);`,
        `INSERT INTO callflows VALUES ('${gone}', '${demoRoot.sid}', '${document}', 1, 1, 2, 1);`,
        `INSERT INTO callflow_numbers VALUES ('${demoRoot.sid}', 'number', '100', '${lost}');`,
        `INSERT INTO callflow_numbers VALUES ('${demoRoot.sid}', 'number', '102', '${gone}');`,
      ].join('\n'),
    )
    const { code, stdout } = await run(folder, ['check'])
    assert.is(code, 1)
    assert.equal(faultsIn(stdout).toSorted(), [
      `callflows ${lost}: the number 101 is listed and not looked up`,
      `callflows ${lost}: the pattern ^2 is listed and not looked up`,
      `callflows ${gone}: the number 102 is looked up and not listed`,
    ])
  }))

async function assertUntouched(folder: string): Promise<void> {
  const before = contentsOf(folder)
  assert.match((await succeed(folder, ['check'])).stdout, /\nno fault\n$/)
  assert.equal(contentsOf(folder), before)
}

/** All but what SQLite keeps in shared memory, which is no part of the data. */
function contentsOf(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name !== 'strowger.db-shm')
      .map((name) => [name, readFileSync(join(folder, name), 'latin1')]),
  )
}

test.run()
