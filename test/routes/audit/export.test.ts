import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type AuditRow, auditOf } from '../../support/audit.ts'
import { makeDemo } from '../../support/commands.ts'
import { createAccount, send } from '../../support/restcomm.ts'
import { root } from '../../support/sources.ts'
import {
  demoRoot,
  inNewFolder,
  type Program,
  runProgram,
  startProgram,
} from '../../support/start-process.ts'
import { createKey } from '../../support/twilio.ts'

type Exported = {
  readonly code: number | undefined
  readonly stderr: string
  readonly rows: AuditRow[]
}

async function exported(folder: string, ...options: string[]): Promise<Exported> {
  const { code, stderr, stdout } = await runProgram([
    ...['audit', 'export', '--data', folder],
    ...options,
  ])
  const lines = stdout.split('\n').filter((line) => line !== '')
  return { code, stderr, rows: lines.map((line) => JSON.parse(line) as AuditRow) }
}

/** A folder in which two accounts were made and changed, with its server running. */
async function withServer(
  body: (program: Program, folder: string, accounts: readonly string[]) => Promise<void>,
): Promise<void> {
  await inNewFolder(async (folder) => {
    const program = await startProgram(folder, ['--demo', '--bcrypt-cost', '4'])
    const accounts: string[] = []
    for (const FriendlyName of ['one', 'two']) {
      const { sid } = await createAccount(program, demoRoot, { FriendlyName })
      await createKey(program, demoRoot, {}, { sid })
      await send(program, demoRoot, 'PUT', `/Accounts/${sid}`, { FriendlyName: 'renamed' })
      accounts.push(sid)
    }
    await body(program, folder, accounts)
    await program.kill()
  })
}

test('the export holds what the API shows, line by line, beside a server and behind it', () =>
  withServer(async (program, folder, accounts) => {
    const shown: AuditRow[] = []
    for (const sid of [demoRoot.sid, ...accounts]) {
      const rows = (await auditOf(program, demoRoot, { sid })).toReversed()
      assert.equal((await exported(folder, '--account', sid)).rows, rows)
      shown.push(...rows)
    }
    const whole = await exported(folder)
    assert.is(whole.code, 0)
    assert.equal(whole.rows, shown)
    await send(program, { ...demoRoot, token: 'wrong' }, 'GET', '/Accounts')
    await program.kill()
    const { rows } = await exported(folder)
    assert.equal(rows.slice(0, -1), shown)
    assert.equal([rows.at(-1)?.action, rows.at(-1)?.target_sid], ['login.failed', demoRoot.sid])
  }))

test('a time from which and one to which include both', () =>
  withServer(async (_program, folder) => {
    const { rows } = await exported(folder)
    const [from, to] = [String(rows[2]?.date_created), String(rows[4]?.date_created)]
    const between = rows.filter(({ date_created }) => date_created >= from && date_created <= to)
    assert.ok(between.length >= 3 && between.length < rows.length)
    assert.equal((await exported(folder, '--from', from, '--to', to)).rows, between)
  }))

const unknown = `AC${'0'.repeat(32)}`

test('a reader that goes ends the export in silence, and a full disk in words', () =>
  inNewFolder(async (folder) => {
    await makeDemo(folder)
    // Linux alone has a device that is always full.
    const isFull = existsSync('/dev/full')
    const words = [process.execPath, join(root, 'routes/main.ts'), 'audit', 'export']
    const ends = [
      ['| true', 'code 0\n'],
      [
        '> /dev/full',
        'strowger: standard output: ENOSPC: no space left on device, write\ncode 1\n',
      ],
    ] as const
    for (const [behind, told] of ends.slice(0, isFull ? 2 : 1)) {
      const script = `{ "$@"; echo "code $?" >&2; } ${behind}`
      const line = ['-c', script, 'sh', ...words, '--data', folder]
      const { stderr } = spawnSync('/bin/sh', line, { encoding: 'utf8' })
      assert.is(stderr, `data folder ${folder}\n${told}`)
    }
  }))

test('what cannot be exported is refused in words', () =>
  inNewFolder(async (folder) => {
    for (const [options, words] of [
      [[], `${folder} has no database`],
      [['--account', 'x'], 'has no database'],
      [['--no-such'], '--no-such'],
    ] as const) {
      const { code, stderr } = await exported(folder, ...options)
      assert.is(code, 1)
      assert.match(stderr, words)
    }
    const program = await startProgram(folder, ['--demo', '--bcrypt-cost', '4'])
    for (const [option, value, words] of [
      ['--account', 'x', '--account: x is no SID'],
      ['--account', unknown, `--account: there is no account ${unknown}`],
      ['--from', 'yesterday', '--from: yesterday is no time'],
      ['--to', '2026-02-30', '--to: 2026-02-30 is no time'],
    ] as const) {
      const { code, stderr } = await exported(folder, option, value)
      assert.equal([code, stderr.includes(words)], [1, true], stderr)
    }
    await program.kill()
    const serve = await runProgram(['--from', '2026-01-01'])
    assert.equal([serve.code, serve.stderr.includes('--from')], [1, true])
  }))

test.run()
