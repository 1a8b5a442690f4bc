import type { PlacedAccount } from '../../db/store.ts'
import { namedAccountKey } from '../../lib/account-key.ts'
import { effectiveStatus } from '../../lib/account-status.ts'
import type { NumberMatch } from '../../lib/callflows/match.ts'
import { normalizedNumber } from '../../lib/callflows/numbers.ts'
import { callflowFrom, reach } from '../../lib/callflows/survey.ts'
import { DomainError } from '../../lib/errors.ts'
import { visibleText } from '../../serializers/callflow/label.ts'
import { flowText } from '../../serializers/callflow/text.ts'
import { requireDatabase } from '../data-folder.ts'
import type { CommandContext, OperatorCommand } from './command.ts'

export const callflowMatch: OperatorCommand = {
  words: ['callflow', 'match'],
  args: ['ACCOUNT', 'NUMBER'],
  options: [],
  meaning: 'show what a number reaches, also while the server runs',
  about: [
    'ACCOUNT is a SID, the id without its two letters, or an e-mail; NUMBER is as a caller dials it.',
    'Draws the callflow that takes the number as a tree, with the callflows that it calls. A number',
    'that is listed goes before every pattern; of the patterns that fit, the one that captures most',
    'wins, then the one whose text comes last; then comes the callflow of the number no_match.',
    'The exit code is 1 when none takes the number.',
  ],
  run: runCallflowMatch,
}

async function runCallflowMatch(context: CommandContext): Promise<number> {
  const { config, folder, maintenance, terminal } = context
  const [name = '', given = ''] = context.args
  requireDatabase(folder)
  const snapshot = maintenance.openSnapshot(folder)
  try {
    const account = requireLivingAccount(name, snapshot.findAccount(namedAccountKey(name)))
    const stored = snapshot.callflowsOf(account.sid).map(callflowFrom)
    const callflows = new Map(stored.map((callflow) => [callflow.id, callflow]))
    const number = normalizedNumber(given, config.crossbar.numberForm)
    const { match } = await inWords(reach(callflows, number))
    if (match === undefined) {
      terminal.say(`No callflow of ${account.sid} takes ${visibleText(number)}`)
      return 1
    }
    terminal.say(`${visibleText(number)} is taken ${byWhat(match)}`)
    terminal.say(flowText(match.callflow, callflows).trimEnd())
    return 0
  } finally {
    snapshot.close()
  }
}

function requireLivingAccount(name: string, account: PlacedAccount | undefined): PlacedAccount {
  if (account === undefined || effectiveStatus(account.lineage) === 'closed') {
    const why = account === undefined ? 'there is no such account' : 'the account is closed'
    throw new Error(`${visibleText(name)}: ${why}`)
  }
  return account
}

function byWhat(match: NumberMatch): string {
  switch (match.by) {
    case 'number':
      return 'as a listed number'
    case 'no_match':
      return 'by no_match, as nothing else takes it'
    case 'pattern': {
      const capture = match.capture === undefined ? '' : `, capturing ${visibleText(match.capture)}`
      return `by the pattern ${visibleText(match.pattern)}${capture}`
    }
  }
}

async function inWords<T>(awaited: Promise<T>): Promise<T> {
  try {
    return await awaited
  } catch (error) {
    throw error instanceof DomainError ? new Error('NUMBER: empty or too long') : error
  }
}
