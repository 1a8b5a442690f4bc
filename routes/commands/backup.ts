import { existsSync, lstatSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { CopiedDatabase, Snapshot } from '../../db/maintenance.ts'
import { databaseOf, readSealingKey, requireDatabase, requireNoRekey } from '../data-folder.ts'
import { publishAs, removeDatabase } from '../files.ts'
import type { CommandContext, OperatorCommand } from './command.ts'
import { keyInside, requireAllOpen } from './fitting-key.ts'

export const backup: OperatorCommand = {
  words: ['backup'],
  args: ['FILE'],
  options: [{ flag: 'with-key', meaning: 'put the sealing key into the copy' }],
  meaning: 'copy the database to a new file, also while the server runs',
  about: [
    'The copy is checked (integrity, the rows of every table) before it gets its name, and is of one',
    'moment. It is written with mode 0600; a file that is there already is never overwritten.',
    '',
    'Without --with-key the copy is of use only together with the sealing key, which is kept apart:',
    'strowger.key of the data folder, or what STROWGER_KEY holds. With --with-key the one file is all',
    'that restore needs, and all that a thief needs to read every AuthToken: guard it like the key.',
  ],
  run: runBackup,
}

async function runBackup(context: CommandContext): Promise<number> {
  const { folder, maintenance, terminal } = context
  const file = resolve(context.args[0] ?? '')
  requireVacant(file)
  requireDatabase(folder)
  requireNoRekey(folder)
  const snapshot = maintenance.openSnapshot(folder, 'orOlder')
  try {
    // Asked again: one that began in between has marked the folder before its first change.
    requireNoRekey(folder)
    if (snapshot.counts().has('sealing_key')) {
      throw new Error(`${databaseOf(folder)}: ${keyInside}`)
    }
    const key = context.options['with-key'] === true ? fittingKey(context, snapshot) : undefined
    const counts = await copyChecked(context, snapshot, file, key)
    const rows = [...counts.values()].reduce((sum, count) => sum + count, 0)
    terminal.say(`wrote ${file}: ${counts.size} tables with ${rows} rows, checked`)
    terminal.say(keyAdvice(context, key !== undefined))
  } finally {
    snapshot.close()
  }
  return 0
}

function requireVacant(file: string): void {
  if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) {
    throw new Error(`${file} is there already and is not overwritten: name another`)
  }
  if (!existsSync(dirname(file))) {
    throw new Error(`there is no folder ${dirname(file)}`)
  }
}

/** A backup with the wrong key would be found out only when it is needed. */
function fittingKey(
  { folder, givenKey, terminal }: CommandContext,
  snapshot: Snapshot,
): Uint8Array {
  const key = readSealingKey(folder, givenKey)
  requireAllOpen(snapshot, key, terminal)
  return key
}

async function copyChecked(
  { maintenance, terminal }: CommandContext,
  snapshot: Snapshot,
  file: string,
  key: Uint8Array | undefined,
): Promise<ReadonlyMap<string, number>> {
  const draft = `${file}.draft`
  removeDatabase(draft)
  try {
    await snapshot.copyTo(draft, terminal.progress('copying'))
    const counts = snapshot.counts()
    const copy = maintenance.openCopy(draft)
    try {
      requireSame(copy, counts)
      if (key !== undefined) {
        copy.putKey(key)
      }
    } finally {
      copy.close()
    }
    publishAs(draft, file)
    return counts
  } catch (error) {
    removeDatabase(draft)
    throw error
  }
}

function requireSame(copy: CopiedDatabase, counts: ReadonlyMap<string, number>): void {
  const damage = [...copy.damage()]
  if (damage.length > 0) {
    throw new Error(`the copy is not whole, so it was not kept:\n${damage.join('\n')}`)
  }
  const copied = copy.counts()
  for (const [table, rows] of counts) {
    if (copied.get(table) !== rows) {
      throw new Error(`the copy has ${copied.get(table)} rows of ${table} and not ${rows}`)
    }
  }
}

function keyAdvice({ folder, givenKey }: CommandContext, hasKey: boolean): string {
  if (hasKey) {
    return 'The sealing key is in it: whoever has this file can read every AuthToken.'
  }
  const key = givenKey === undefined ? `${folder}/strowger.key` : 'the value of STROWGER_KEY'
  return `The sealing key is not in it. Keep ${key} too, in another place: without it no AuthToken can be read.`
}
