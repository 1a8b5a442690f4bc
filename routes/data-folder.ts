import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { newSealingKey, sealingKeyBytes } from '../lib/secrets.ts'
import { putFile } from './files.ts'

/** The names in a data folder. */
export const databaseOf = (folder: string) => join(folder, 'strowger.db')
export const keyFileOf = (folder: string) => join(folder, 'strowger.key')
/** The key that a rekey seals under, until it is done. */
export const newKeyFileOf = (folder: string) => join(folder, 'strowger.key.new')
/** There while a rekey between two keys of the environment is not done. */
export const rekeyMarkOf = (folder: string) => join(folder, 'strowger.rekey')

/**
 * Makes the data folder (0700) if it is missing and gives the sealing key: the one given in hex, else
 * that of `strowger.key`, else, where there is no database yet, a new one put there (0600). Throws
 * when the key is malformed, when others may read its file, when a database is without its key, or
 * when a rekey has not come to its end.
 */
export function openDataFolder(folder: string, givenKey: string | undefined): Uint8Array {
  makeFolder(folder)
  requireNoRekey(folder)
  const isNew =
    givenKey === undefined && !existsSync(keyFileOf(folder)) && !existsSync(databaseOf(folder))
  if (!isNew) {
    return readSealingKey(folder, givenKey)
  }
  const key = newSealingKey()
  putKeyFile(keyFileOf(folder), key)
  return key
}

/** Makes the data folder if it is missing, and lets nobody else into it. */
export function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
}

/** The sealing key of a folder, of which nothing is changed. Throws as `openDataFolder` does. */
export function readSealingKey(folder: string, givenKey: string | undefined): Uint8Array {
  if (givenKey !== undefined) {
    return keyFrom(givenKey, 'STROWGER_KEY')
  }
  const file = keyFileOf(folder)
  if (!existsSync(file)) {
    throw new Error(
      `${folder} has a database but no strowger.key: put the key back from where it is kept, ` +
        'or give it in STROWGER_KEY. Without it no AuthToken can be read',
    )
  }
  return readKeyFile(file)
}

/** Throws when the values of a folder lie partly under one key and partly under another. */
export function requireNoRekey(folder: string): void {
  if (existsSync(newKeyFileOf(folder)) || existsSync(rekeyMarkOf(folder))) {
    throw new Error(
      `a rekey of ${folder} was begun and is not done: run strowger rekey again, which goes on ` +
        'where it stopped',
    )
  }
}

/** Throws when the folder has no database, so that a mistyped folder is not made. */
export function requireDatabase(folder: string): void {
  if (!existsSync(databaseOf(folder))) {
    throw new Error(`${folder} has no database`)
  }
}

export function readKeyFile(file: string): Uint8Array {
  if ((statSync(file).mode & 0o077) !== 0) {
    throw new Error(`others than its owner may use ${file}: run chmod 600 ${file}`)
  }
  return keyFrom(readFileSync(file, 'utf8'), file)
}

export function putKeyFile(file: string, key: Uint8Array): void {
  putFile(file, `${Buffer.from(key).toString('hex')}\n`)
}

/** A key as it is written. Throws, naming its source, when it is none. */
export function keyFrom(text: string, source: string): Uint8Array {
  const hex = text.trim()
  if (!/^[0-9a-f]+$/i.test(hex) || hex.length !== 2 * sealingKeyBytes) {
    throw new Error(`${source} holds no sealing key: it has ${2 * sealingKeyBytes} hex digits`)
  }
  return Buffer.from(hex, 'hex')
}
