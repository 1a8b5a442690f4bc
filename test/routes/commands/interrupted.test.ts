import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { makeDemo, modeOf, seedAccounts, succeed } from '../../support/commands.ts'
import { inNewFolder, killProgram } from '../../support/start-process.ts'

const accounts = 3000

test('a backup and a restore that are killed at any moment leave the whole or nothing, and can be repeated', () =>
  inNewFolder(async (folder) => {
    await makeDemo(folder)
    await seedAccounts(folder, accounts)
    const file = `${folder}.backup`
    const wholeBackup = () => assertWhole(file)
    const backup = ['backup', file, '--with-key', '--data', folder]
    const draft = `${file}.draft`
    const drafts = await killUntilDone(backup, draft, { file, draft }, wholeBackup)
    assert.ok(drafts > 0, 'the backup was never caught in the middle')
    assert.not.ok(existsSync(draft))

    const other = `${folder}-restored`
    const database = join(other, 'strowger.db')
    const restore = ['restore', file, '--data', other]
    const made = { file: database, draft: `${database}.draft` }
    const halves = await killUntilDone(restore, join(other, 'strowger.pid'), made, () => {
      assertWhole(database)
      assert.ok(existsSync(join(other, 'strowger.key')))
    })
    assert.ok(halves > 0, 'the restore was never caught in the middle')
    assert.equal(readdirSync(other).sort(), ['strowger.db', 'strowger.key', 'strowger.lock'])
    assert.match((await succeed(other, ['check'])).stdout, /\nno fault\n$/)
  }))

/** Kills the command at several moments after it has made the file `begun`, then lets it end; gives how often only its draft was there. */
async function killUntilDone(
  words: readonly string[],
  begun: string,
  { file, draft }: { readonly file: string; readonly draft: string },
  assertDone: () => void,
): Promise<number> {
  let caught = 0
  for (const afterMs of [0, 10, 30, 60_000]) {
    const { code } = await killProgram(words, begun, afterMs)
    if (existsSync(file)) {
      assert.ok(code === 0 || code === undefined)
      assertDone()
      return caught
    }
    assert.is(code, undefined)
    caught += existsSync(draft) ? 1 : 0
  }
  throw new Error('the command did not end')
}

function assertWhole(file: string): void {
  assert.is(modeOf(file), '600')
  const database = new Database(file, { readonly: true })
  try {
    assert.is(database.pragma('integrity_check', { simple: true }), 'ok')
    assert.is(database.prepare('SELECT count(*) FROM accounts').pluck().get(), accounts + 1)
  } finally {
    database.close()
  }
}

test.run()
