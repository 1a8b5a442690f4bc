import type { AuditChanges, AuditRecord, AuditValues } from '../db/store.ts'

/** Of a value that is longer than this only the fact that it changed is told. */
const mostCharacters = 2000

/** Grows when a reader of the one before would misread the next. */
const version = 1

/** An event as webhooks and the command line tell of it; the same whenever it is asked for. */
export function eventJson(event: AuditRecord): object {
  return {
    version,
    id: event.sid,
    type: event.action,
    timestamp: new Date(event.at).toISOString(),
    data: {
      account_sid: event.accountSid,
      target_sid: event.targetSid,
      changes: shortened(event.changes),
      actor_sid: event.actorSid,
      actor_key_sid: event.actorKeySid,
      dialect: event.dialect,
      request_id: event.requestId,
    },
  }
}

function shortened(changes: AuditChanges): object {
  return Object.fromEntries(
    Object.entries(changes).map(([field, values]) => [field, shortValues(values)]),
  )
}

function shortValues({ from, to }: AuditValues): object {
  return { ...shortValue('from', from), ...shortValue('to', to) }
}

function shortValue(side: 'from' | 'to', text: string | undefined): object {
  if (text === undefined) {
    return {}
  }
  return text.length > mostCharacters ? { [`${side}_left_out`]: true } : { [side]: text }
}
