import { setTimeout as pause } from 'node:timers/promises'
import { eventJson } from '../../serializers/event.ts'
import { requireDatabase } from '../data-folder.ts'
import type { CommandContext, OperatorCommand } from './command.ts'

export const eventsTail: OperatorCommand = {
  words: ['events', 'tail'],
  args: [],
  options: [{ flag: 'account', value: 'SID', meaning: 'of this account and those below it alone' }],
  meaning: 'print the events that webhooks are told of, as they are committed',
  about: [
    'Prints each change of an account or a callflow that is committed from now on, as JSON in one line,',
    'until it is interrupted. Reads the database beside a running server, and shows an event whether or',
    'not a webhook is told of it; its id is the one that every attempt to deliver it has.',
  ],
  run: tailEvents,
}

const lookEveryMs = 200

async function tailEvents(context: CommandContext): Promise<number> {
  const { folder, options, maintenance, terminal } = context
  requireDatabase(folder)
  const account = options.account === undefined ? undefined : String(options.account)
  const log = maintenance.openEventLog(folder)
  try {
    if (account !== undefined && !log.hasAccount(account)) {
      throw new Error(`--account: there is no account ${account}`)
    }
    const stopped = context.untilStopped()
    let place = log.end()
    while (!stopped.aborted) {
      const { events, end } = log.after(place, account)
      for (const event of events) {
        terminal.say(JSON.stringify(eventJson(event)))
      }
      place = end
      if (events.length === 0) {
        await pause(lookEveryMs, undefined, { signal: stopped }).catch(() => {})
      }
    }
  } finally {
    log.close()
  }
  return 0
}
