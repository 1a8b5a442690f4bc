import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { newSealingKey, sealingKeyBytes } from '../lib/secrets.ts'

/**
 * Makes the data folder (0700) if it is missing and gives the sealing key: the one given in hex, else
 * that of `strowger.key`, else, where there is no database yet, a new one put there (0600). Throws
 * when the key is malformed, when others may read its file, or when a database is without its key.
 */
export function openDataFolder(folder: string, givenKey: string | undefined): Uint8Array {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  if (givenKey !== undefined) {
    return keyFrom(givenKey, 'STROWGER_KEY')
  }
  const file = join(folder, 'strowger.key')
  if (existsSync(file)) {
    if ((statSync(file).mode & 0o077) !== 0) {
      throw new Error(`others than its owner may use ${file}: run chmod 600 ${file}`)
    }
    return keyFrom(readFileSync(file, 'utf8'), file)
  }
  if (existsSync(join(folder, 'strowger.db'))) {
    throw new Error(
      `${folder} has a database but no strowger.key: put the key back from where it is kept, ` +
        'or give it in STROWGER_KEY. Without it no AuthToken can be read',
    )
  }
  const key = newSealingKey()
  // Renamed into place, so that a crash leaves the whole key or none.
  const draft = `${file}.new`
  writeFileSync(draft, `${Buffer.from(key).toString('hex')}\n`, { mode: 0o600, flush: true })
  renameSync(draft, file)
  return key
}

function keyFrom(text: string, source: string): Uint8Array {
  const hex = text.trim()
  if (!/^[0-9a-f]+$/i.test(hex) || hex.length !== 2 * sealingKeyBytes) {
    throw new Error(`${source} holds no sealing key: it has ${2 * sealingKeyBytes} hex digits`)
  }
  return Buffer.from(hex, 'hex')
}
