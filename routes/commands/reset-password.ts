import type { PlacedAccount, Store } from '../../db/store.ts'
import { effectiveStatus } from '../../lib/account-status.ts'
import { DomainError } from '../../lib/errors.ts'
import { accountToReset, type ResetServices, resetPassword } from '../../lib/password-reset.ts'
import { createPasswords } from '../../lib/passwords.ts'
import { requireOpen } from '../../lib/sealed-tokens.ts'
import { createSecrets, type Secrets } from '../../lib/secrets.ts'
import { createWorkQueue } from '../../lib/work-queue.ts'
import { readSealingKey, requireDatabase, requireNoRekey } from '../data-folder.ts'
import { policyOf } from '../start.ts'
import type { CommandContext, OperatorCommand } from './command.ts'

export const resetPasswordCommand: OperatorCommand = {
  words: ['reset-password'],
  args: ['ACCOUNT'],
  options: [],
  meaning: 'give an account another Password, while the server is stopped',
  about: [
    'ACCOUNT is a SID, the id without its two letters, or an e-mail. The Password is asked for twice on',
    'a terminal, or else is the first line of standard input; it is never an argument, which every',
    'process of the machine could read. As with any change of a Password, --password-policy holds, the',
    'account gets a new AuthToken, its sessions and its secondary AuthToken end, and the audit has a',
    'row of it. API keys stay. Refused while a server runs on the folder.',
  ],
  run: runResetPassword,
}

async function runResetPassword(context: CommandContext): Promise<number> {
  const { folder, maintenance, terminal } = context
  requireDatabase(folder)
  requireNoRekey(folder)
  const secrets = createSecrets(readSealingKey(folder, context.givenKey))
  const store = maintenance.openStore(folder)
  try {
    const services = await servicesOf(context, store, secrets)
    const account = await inWords(accountToReset(services, context.args[0] ?? ''))
    requireOpen([{ sid: account.sid, which: 'AuthToken', ...account.token }], secrets)
    const password = await terminal.askSecret(`new Password of ${nameOf(account)}`)
    const changed = await inWords(resetPassword(services, account, password))
    const status = effectiveStatus(changed.lineage)
    terminal.say(`${nameOf(changed)} has the new Password and a new AuthToken; it is ${status}`)
  } finally {
    await store.close()
  }
  return 0
}

async function servicesOf(
  { config, now }: CommandContext,
  store: Store,
  secrets: Secrets,
): Promise<ResetServices> {
  const passwords = await createPasswords(
    createWorkQueue(1),
    config.bcryptCost,
    secrets.digestToken,
  )
  return { store, secrets, passwords, policy: policyOf(config), now }
}

function nameOf({ sid, email }: PlacedAccount): string {
  return email === undefined ? sid : `${sid} (${email})`
}

/** What the domain refuses, as the operator is told it. */
async function inWords<T>(awaited: Promise<T>): Promise<T> {
  try {
    return await awaited
  } catch (error) {
    if (error instanceof DomainError) {
      throw new Error(wordsOf(error), { cause: error })
    }
    throw error
  }
}

function wordsOf({ refusal }: DomainError): string {
  switch (refusal.kind) {
    case 'notFound':
      return 'there is no such account: give its SID, its id or its e-mail'
    case 'closed':
      return 'the account is closed, by itself or with a branch, and stays so'
    case 'invalid':
      return (
        'the Password is too weak, longer than 72 bytes or with characters that no password may ' +
        'hold; see --password-policy. Nothing was changed'
      )
    default:
      return `refused: ${refusal.kind}`
  }
}
