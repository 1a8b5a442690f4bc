import { existsSync, rmSync } from 'node:fs'
import { areTellable, requireAllOpen, resealTokens } from '../../lib/rekey.ts'
import { createSecrets, newSealingKey } from '../../lib/secrets.ts'
import {
  keyFileOf,
  keyFrom,
  newKeyFileOf,
  putKeyFile,
  readKeyFile,
  readSealingKey,
  rekeyMarkOf,
  requireDatabase,
} from '../data-folder.ts'
import { putFile, replaceWith } from '../files.ts'
import type { CommandContext, OperatorCommand } from './command.ts'

export const rekey: OperatorCommand = {
  words: ['rekey'],
  args: [],
  options: [],
  meaning: 'seal every AuthToken under a new key, while the server is stopped',
  about: [
    'Makes a new sealing key and seals every AuthToken anew; the AuthTokens and Passwords themselves',
    'stay. If it is interrupted, even by a power cut, run it again: it goes on where it stopped, and',
    'until it is done no server starts on the folder. Both keys are kept until then, the new one in',
    'strowger.key.new; at the end it takes the place of strowger.key. Backups made before open under',
    'the old key only: make a new one. The disk needs room for the database a second time.',
    'Refused while a server runs on the folder.',
    '',
    'An installation that gives its key in STROWGER_KEY gives the new one (64 hex digits, such as',
    'openssl rand -hex 32 prints) in STROWGER_NEW_KEY, and from then on in STROWGER_KEY. When it was',
    'interrupted, it must be given the same two again.',
  ],
  run: runRekey,
}

async function runRekey(context: CommandContext): Promise<number> {
  const { folder, maintenance, terminal } = context
  requireDatabase(folder)
  const tokens = maintenance.openResealing(folder)
  try {
    const change = keyChange(context)
    const from = createSecrets(change.oldKey)
    const to = createSecrets(change.newKey)
    if (!areTellable(from, to)) {
      throw new Error('STROWGER_NEW_KEY is the key of STROWGER_KEY: give another')
    }
    if (!change.isBegun) {
      requireAllOpen(tokens, from)
      change.begin()
    }
    const progress = terminal.progress('sealing AuthTokens')
    const changed = resealTokens(tokens, { from, to, now: context.now, progress })
    tokens.purge()
    change.finish()
    terminal.say(`sealed the AuthTokens of ${changed} accounts under the new key`)
    terminal.say(change.advice)
    terminal.say('Backups made before open under the old key only: make a new one.')
  } finally {
    tokens.close()
  }
  return 0
}

type KeyChange = {
  readonly oldKey: Uint8Array
  readonly newKey: Uint8Array
  readonly isBegun: boolean
  /** Marks the folder and makes the new key durable, before anything is sealed under it. */
  begin(): void
  /** Makes the new key the only one. */
  finish(): void
  readonly advice: string
}

function keyChange({ folder, givenKey, givenNewKey }: CommandContext): KeyChange {
  if (givenKey === undefined && givenNewKey === undefined) {
    return changeOfFile(folder)
  }
  if (givenKey === undefined || givenNewKey === undefined) {
    throw new Error(
      'a key that is kept in the environment is changed with both: STROWGER_KEY, the key as it is, ' +
        'and STROWGER_NEW_KEY, the one to come; see rekey --help',
    )
  }
  const mark = rekeyMarkOf(folder)
  if (existsSync(newKeyFileOf(folder))) {
    throw new Error('a rekey of strowger.key is not done: go on with it without STROWGER_KEY')
  }
  return {
    oldKey: keyFrom(givenKey, 'STROWGER_KEY'),
    newKey: keyFrom(givenNewKey, 'STROWGER_NEW_KEY'),
    isBegun: existsSync(mark),
    begin: () => putFile(mark, 'a rekey to the key of STROWGER_NEW_KEY is not done\n'),
    finish: () => rmSync(mark),
    advice: 'From now on give the new key in STROWGER_KEY.',
  }
}

function changeOfFile(folder: string): KeyChange {
  const newKeyFile = newKeyFileOf(folder)
  if (existsSync(rekeyMarkOf(folder))) {
    throw new Error(
      'a rekey to the key of STROWGER_NEW_KEY is not done: give STROWGER_KEY and STROWGER_NEW_KEY as then',
    )
  }
  const isBegun = existsSync(newKeyFile)
  const newKey = isBegun ? readKeyFile(newKeyFile) : newSealingKey()
  return {
    oldKey: readSealingKey(folder, undefined),
    newKey,
    isBegun,
    begin: () => putKeyFile(newKeyFile, newKey),
    finish: () => replaceWith(newKeyFile, keyFileOf(folder)),
    advice: `${keyFileOf(folder)} holds it.`,
  }
}
