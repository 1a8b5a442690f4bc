import type { DatabaseReading } from '../../db/maintenance.ts'
import { counted, requireOpen } from '../../lib/sealed-tokens.ts'
import { createSecrets } from '../../lib/secrets.ts'
import type { Terminal } from '../terminal.ts'

/** Of a backup with its key that was made the database of a folder past `restore`. */
export const keyInside =
  'the sealing key lies in it, as in a backup --with-key: strowger restore puts that into a folder'

/** Throws when the key does not open every AuthToken of the database. */
export function requireAllOpen(
  database: DatabaseReading,
  key: Uint8Array,
  terminal: Terminal,
): void {
  const total = database.counts().get('accounts') ?? 0
  const progress = terminal.progress('opening AuthTokens')
  requireOpen(counted(database.sealedValues(), total, progress), createSecrets(key))
}
