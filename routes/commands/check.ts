import type { Faults, Snapshot } from '../../db/maintenance.ts'
import { counted, sealedFaults } from '../../lib/sealed-tokens.ts'
import { createSecrets } from '../../lib/secrets.ts'
import { treeFaults } from '../../lib/tree-check.ts'
import { readSealingKey, requireDatabase, requireNoRekey } from '../data-folder.ts'
import type { CommandContext, OperatorCommand } from './command.ts'
import { keyInside } from './fitting-key.ts'

export const check: OperatorCommand = {
  words: ['check'],
  args: [],
  options: [],
  meaning: 'look for damage in the database, also while the server runs',
  about: [
    "Looks at one moment of the database and changes nothing: SQLite's integrity check, every",
    'reference, every fact that may be there once, the tree of accounts (paths, root, depth, counts,',
    'closed branches) and whether every sealed AuthToken opens under the sealing key.',
    'Prints what it looked at, and each fault in one line; the exit code is 1 when there is one.',
  ],
  run: runCheck,
}

type Part = {
  readonly what: string
  readonly faults: () => Faults
}

async function runCheck(context: CommandContext): Promise<number> {
  const { folder, maintenance, terminal } = context
  requireDatabase(folder)
  const snapshot = maintenance.openSnapshot(folder)
  let found = 0
  try {
    for (const { what, faults } of partsOf(context, snapshot)) {
      terminal.say(what)
      for (const fault of faultsOf(faults)) {
        found += 1
        terminal.say(`FAULT ${fault}`)
      }
    }
  } finally {
    snapshot.close()
  }
  terminal.say(found === 0 ? 'no fault' : `${found} ${found === 1 ? 'fault' : 'faults'}`)
  return found === 0 ? 0 : 1
}

/** In a damaged file any reading may end in an error, which is then a fault like the others. */
function* faultsOf(faults: Part['faults']): Faults {
  try {
    yield* faults()
  } catch (error) {
    yield `strowger.db: ${error instanceof Error ? error.message : String(error)}`
  }
}

function partsOf(context: CommandContext, snapshot: Snapshot): readonly Part[] {
  const counts = snapshot.counts()
  const rows = [...counts].map(([table, count]) => `${table} ${count}`).join(', ')
  const accounts = counts.get('accounts') ?? 0
  return [
    {
      what: `file: integrity of ${counts.size} tables`,
      faults: () => fileFaults(snapshot, counts),
    },
    { what: `references between rows: ${rows}`, faults: snapshot.danglingRows },
    { what: 'facts that may be there once', faults: snapshot.repeatedFacts },
    { what: `columns of ${accounts} accounts`, faults: snapshot.badColumns },
    {
      what: `tree of ${accounts} accounts`,
      faults: () => treeFaults(snapshot.places(), snapshot.pendingSweeps()),
    },
    {
      what: `sealed AuthTokens of ${accounts} accounts`,
      faults: () => seals(context, snapshot, accounts),
    },
  ]
}

function* fileFaults(snapshot: Snapshot, counts: ReadonlyMap<string, number>): Faults {
  yield* snapshot.damage()
  if (counts.has('sealing_key')) {
    yield `strowger.db: ${keyInside}`
  }
}

function* seals(
  { folder, givenKey, terminal }: CommandContext,
  snapshot: Snapshot,
  accounts: number,
): Faults {
  requireNoRekey(folder)
  const secrets = createSecrets(readSealingKey(folder, givenKey))
  const progress = terminal.progress('opening AuthTokens')
  yield* sealedFaults(counted(snapshot.sealedValues(), accounts, progress), secrets)
}
