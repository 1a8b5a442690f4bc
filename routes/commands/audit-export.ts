import type { AuditRange, AuditReading } from '../../db/store.ts'
import { ConfigError } from '../../lib/config.ts'
import { isSid } from '../../lib/ids.ts'
import { isoTime } from '../../lib/iso-time.ts'
import { auditObject } from '../../serializers/audit.ts'
import { isoWithOffset } from '../../serializers/dates.ts'
import type { Terminal } from '../terminal.ts'
import type { CommandContext, OperatorCommand } from './command.ts'

/** The given options by flag. */
type ExportOptions = Readonly<Record<string, string | true>>

export const auditExport: OperatorCommand = {
  words: ['audit', 'export'],
  args: [],
  options: [
    { flag: 'account', value: 'SID', meaning: 'of this account, its keys, callflows and logins' },
    { flag: 'from', value: 'TIME', meaning: 'not before this time: ISO 8601, or a date in UTC' },
    { flag: 'to', value: 'TIME', meaning: 'not after this time; a date is its first moment' },
  ],
  meaning: 'write the audit as JSON lines, also while the server runs',
  about: [
    'One row a line to standard output, the oldest first, in the form in which the API gives them:',
    'who did what to which account, from where, and from what to what. Nothing is changed.',
  ],
  async run({ folder, options, maintenance, terminal }: CommandContext): Promise<number> {
    const reading = maintenance.openAudit(folder)
    try {
      await exportAudit(reading, options, terminal)
    } finally {
      reading.close()
    }
    return 0
  },
}

/** Says each row that the options ask for as a line of JSON, while anyone reads. Throws for options that are none. */
async function exportAudit(
  reading: AuditReading,
  options: ExportOptions,
  terminal: Terminal,
): Promise<void> {
  const range = rangeFrom(options)
  if (range.accountSid !== undefined && !reading.hasAccount(range.accountSid)) {
    throw new ConfigError([`--account: there is no account ${range.accountSid}`])
  }
  let count = 0
  for (const row of reading.rows(range)) {
    terminal.say(JSON.stringify(auditObject(row, isoWithOffset(new Date(row.at)))))
    count += 1
    if (count % rowsAtOnce === 0 && !(await terminal.isHeard())) {
      return
    }
  }
}

const rowsAtOnce = 100

function rangeFrom({ account, from, to }: ExportOptions): AuditRange {
  return {
    ...(account !== undefined && { accountSid: sidFrom(String(account)) }),
    ...(from !== undefined && { from: timeFrom('from', String(from)) }),
    ...(to !== undefined && { to: timeFrom('to', String(to)) }),
  }
}

function sidFrom(text: string): string {
  if (!isSid(text)) {
    throw new ConfigError([`--account: ${text} is no SID`])
  }
  return text
}

function timeFrom(flag: string, text: string): number {
  const date = isoTime(text)
  if (date === undefined) {
    throw new ConfigError([`--${flag}: ${text} is no time such as 2027-01-31T00:00:00Z`])
  }
  return date.getTime()
}
