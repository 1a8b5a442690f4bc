import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs'
import { resolve } from 'node:path'
import type { CopiedDatabase } from '../../db/maintenance.ts'
import { databaseOf, keyFileOf, makeFolder, putKeyFile, readSealingKey } from '../data-folder.ts'
import { removeDatabase, replaceWith } from '../files.ts'
import type { CommandContext, OperatorCommand } from './command.ts'
import { requireAllOpen } from './fitting-key.ts'

export const restore: OperatorCommand = {
  words: ['restore'],
  args: ['FILE'],
  options: [],
  meaning: 'put a backup into an empty data folder',
  about: [
    'The folder may be missing, or hold nothing but a strowger.key. The backup is checked before it is',
    'put there: that it is whole, of Strowger and not newer than this program, and that the key opens',
    'every AuthToken in it. The key is the one in STROWGER_KEY, else the strowger.key of the folder,',
    'else the one in the backup (backup --with-key), which becomes the strowger.key of the folder.',
    'Refused while a server runs on the folder.',
  ],
  run: runRestore,
}

/** What may lie in a folder that counts as empty: the key, and what a process or a crash has left. */
const leftovers = [
  'strowger.lock',
  'strowger.lock-journal',
  'strowger.pid',
  'strowger.key.draft',
  'strowger.db.draft',
]
const staleLog = ['strowger.db-wal', 'strowger.db-shm', 'strowger.db.draft-journal']
const allowed = ['strowger.key', ...leftovers, ...staleLog]

async function runRestore(context: CommandContext): Promise<number> {
  const { folder, maintenance } = context
  const file = resolve(context.args[0] ?? '')
  requireBackup(file)
  requireDatabaseFormat(file)
  const isNew = !existsSync(folder)
  makeFolder(folder)
  try {
    const lock = maintenance.lock(folder)
    try {
      requireEmpty(folder)
      placeCopy(context, file)
    } finally {
      lock.release()
    }
  } catch (error) {
    if (isNew) {
      rmSync(folder, { recursive: true, force: true })
    }
    throw error
  }
  return 0
}

function requireBackup(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found?.isFile() !== true) {
    throw new Error(`there is no file ${file}`)
  }
  for (const other of [`${file}-wal`, `${file}-journal`]) {
    if ((statSync(other, { throwIfNoEntry: false })?.size ?? 0) > 0) {
      throw new Error(
        `${file} is no backup but a database in use: its newest rows are in ${other}. ` +
          'Make the copy with strowger backup',
      )
    }
  }
}

function requireDatabaseFormat(file: string): void {
  const descriptor = openSync(file, 'r')
  try {
    const begin = Buffer.alloc(16)
    readSync(descriptor, begin)
    if (begin.toString('latin1') !== 'SQLite format 3\0') {
      throw new Error(`${file} is no backup of Strowger`)
    }
  } finally {
    closeSync(descriptor)
  }
}

function requireEmpty(folder: string): void {
  const other = readdirSync(folder).find((name) => !allowed.includes(name))
  if (other !== undefined) {
    throw new Error(`${folder} is not empty, it has ${other}: restore into another folder`)
  }
}

function placeCopy(context: CommandContext, file: string): void {
  const { folder, terminal } = context
  const database = databaseOf(folder)
  const draft = `${database}.draft`
  removeDatabase(draft)
  try {
    copyFileSync(file, draft)
    const copy = openChecked(context, file, draft)
    let counts: ReadonlyMap<string, number>
    try {
      const inCopy = copy.takeKey()
      counts = copy.counts()
      const key = chosenKey(context, file, inCopy)
      requireAllOpen(copy, key, terminal)
      if (context.givenKey === undefined && !existsSync(keyFileOf(folder))) {
        putKeyFile(keyFileOf(folder), key)
      }
    } finally {
      copy.close()
    }
    // What an earlier database left would be replayed onto this one.
    removeDatabase(database)
    replaceWith(draft, database)
    terminal.say(`restored ${file}: ${counts.get('accounts') ?? 0} accounts, checked`)
  } catch (error) {
    removeDatabase(draft)
    throw error
  }
}

function openChecked({ maintenance }: CommandContext, file: string, draft: string): CopiedDatabase {
  const copy = maintenance.openCopy(draft)
  const damage = [...copy.damage(), ...copy.danglingRows()]
  if (damage.length > 0) {
    copy.close()
    throw new Error(`${file} is damaged:\n${damage.join('\n')}`)
  }
  return copy
}

function chosenKey(
  { folder, givenKey }: CommandContext,
  file: string,
  inCopy: Uint8Array | undefined,
): Uint8Array {
  if (givenKey !== undefined || existsSync(keyFileOf(folder))) {
    return readSealingKey(folder, givenKey)
  }
  if (inCopy === undefined) {
    throw new Error(
      `${file} holds no sealing key: put the strowger.key of its time into ${folder}, or give the ` +
        'key in STROWGER_KEY, and restore again',
    )
  }
  return inCopy
}
