import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import * as assert from 'uvu/assert'
import { openSqliteStore } from '../../db/sqlite/index.ts'
import type { PlacedAccount } from '../../db/store.ts'
import { storedToken } from '../../lib/credentials.ts'
import { newAuthToken, newRealm, newSid } from '../../lib/ids.ts'
import { createSecrets } from '../../lib/secrets.ts'
import type { Login } from './start-app.ts'
import { type Ended, type ProgramOptions, runProgram, startProgram } from './start-process.ts'
import { secretsIn } from './used-secrets.ts'

export const demo = ['--demo', '--bcrypt-cost', '4', '--throttle', 'off']

/** Runs a command of the operator on a data folder, which it names before anything else. */
export async function run(
  folder: string,
  words: readonly string[],
  options: ProgramOptions = {},
): Promise<Ended> {
  const ended = await runProgram([...words, '--data', folder], options)
  assert.ok(ended.stderr.startsWith(`data folder ${folder}\n`), ended.stderr)
  return ended
}

/** The same of one that does what it is asked. */
export async function succeed(
  folder: string,
  words: readonly string[],
  options: ProgramOptions = {},
): Promise<Ended> {
  const ended = await run(folder, words, options)
  assert.is(ended.code, 0, `${ended.stdout}${ended.stderr}`)
  const [command, file = ''] = [words[0], words.at(-1)]
  if (command === 'backup' && existsSync(file)) {
    assert.equal(secretsIn(readFileSync(file, 'latin1')), [], 'a secret lies in the backup')
  }
  return ended
}

/** The same of one that is refused, in words and not in a stack; gives what it says. */
export async function refused(
  folder: string,
  words: readonly string[],
  options: ProgramOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(folder, words, options)
  assert.is(code, 1, stdout)
  assert.is(stdout, '')
  assert.match(stderr, /^strowger: /m)
  assert.not.match(stderr, /^\s+at /m)
  return stderr
}

export async function makeDemo(folder: string, options: ProgramOptions = {}): Promise<void> {
  await (await startProgram(folder, demo, options)).kill()
}

export function keyOf(folder: string): string {
  return readFileSync(join(folder, 'strowger.key'), 'utf8').trim()
}

/** The permissions of a file, in octal. */
export function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8)
}

/** Does to the database of a stopped server what no program would. */
export function edit(folder: string, sql: string): void {
  const database = new Database(join(folder, 'strowger.db'))
  try {
    database.pragma('foreign_keys = OFF')
    database.pragma('ignore_check_constraints = ON')
    database.exec(sql)
  } finally {
    database.close()
  }
}

/** Puts accounts straight into the store of a stopped server, all below the root. */
export async function seedAccounts(folder: string, count: number): Promise<readonly Login[]> {
  const secrets = createSecrets(Buffer.from(keyOf(folder), 'hex'))
  const store = openSqliteStore(folder)
  try {
    const root = await store.findRoot()
    if (root === undefined) {
      throw new Error('the folder has no root account')
    }
    const logins: Login[] = []
    while (logins.length < count) {
      const sid = newSid('AC')
      const token = newAuthToken()
      const audit = { at: Date.now(), action: 'account.create', targetSid: sid, changes: {} }
      const stored = storedToken({ secrets }, sid, token)
      const child = childOf(root, sid)
      const result = await store.insertAccount({ ...child, token: stored }, root.lineage, audit)
      assert.is(result.outcome, 'inserted')
      logins.push({ sid, email: '', token })
    }
    return logins
  } finally {
    await store.close()
  }
}

function childOf(parent: PlacedAccount, sid: string) {
  const { organizationSid, role, type } = parent
  return {
    ...{ sid, parentSid: parent.sid, organizationSid, role, type, status: 'active' as const },
    ...{ friendlyName: 'one of many', email: undefined, document: {}, createdAt: Date.now() },
    ...{ realm: newRealm(sid.toLowerCase()), passwordHash: undefined, loginHash: undefined },
  }
}
