import type { AuditEntry, Store } from '../db/store.ts'
import { type AuditAction, targeted } from './audit.ts'
import type { KnownLogin, LoginFailure } from './services.ts'

const everyMs = 60_000
const perAccount = 10
const mostRows = 100

export type FailedLogins = {
  /** Counts a failure; nothing is written yet. */
  note(failure: LoginFailure, login: KnownLogin): void
  /** Writes what was counted so far. */
  flush(): Promise<void>
  /** Writes the rest; the timer ends. */
  stop(): Promise<void>
}

export type FailedLoginsOptions = {
  readonly store: Pick<Store, 'recordAudit'>
  /** UTC milliseconds. */
  readonly now: () => number
  /** Told of rows that could not be written, and of failures for which there was no room. */
  readonly lost: (count: number, error?: unknown) => void
  readonly everyMs?: number
}

type Counted = { entry: Omit<AuditEntry, 'changes'>; reason: LoginFailure; attempts: number }

/**
 * Counts failed logins of known accounts and writes them once a minute: a row for each login, reason
 * and address, of an account ten and one for all its other addresses, a hundred in all. So a flood of
 * wrong passwords writes no more than that, and none of it while anyone waits for an answer.
 */
export function createFailedLogins(options: FailedLoginsOptions): FailedLogins {
  const { store, now, lost } = options
  let pending = new Map<string, Map<string, Counted>>()
  let rows = 0
  let dropped = 0
  let timer: NodeJS.Timeout | undefined

  async function flush(): Promise<void> {
    const entries = [...pending.values()].flatMap((counted) => [...counted.values()].map(entryOf))
    const withoutRoom = dropped
    pending = new Map()
    rows = 0
    dropped = 0
    clearTimeout(timer)
    timer = undefined
    if (withoutRoom > 0) {
      lost(withoutRoom)
    }
    if (entries.length > 0) {
      await store.recordAudit(entries).catch((error) => lost(entries.length, error))
    }
  }

  return {
    note(reason, login) {
      const counted = pending.get(login.accountSid) ?? new Map<string, Counted>()
      const key = keyIn(counted, reason, login)
      const present = counted.get(key)
      if (present === undefined && rows >= mostRows) {
        dropped += 1
        return
      }
      rows += present === undefined ? 1 : 0
      const attempts = 1 + (present?.attempts ?? 0)
      const entry = failedEntry(login, now(), key === others)
      pending.set(login.accountSid, counted.set(key, { entry, reason, attempts }))
      timer ??= setTimeout(flush, options.everyMs ?? everyMs).unref()
    },
    flush,
    stop: flush,
  }
}

/** What the failures from further addresses are counted under. */
const others = ''

function keyIn(
  counted: ReadonlyMap<string, Counted>,
  reason: LoginFailure,
  { sid, origin }: KnownLogin,
): string {
  const key = `${sid} ${reason} ${origin.address}`
  return counted.has(key) || counted.size < perAccount ? key : others
}

const action: AuditAction = 'login.failed'

/** The newest of them stands for all; nobody is the actor, for nobody has proved to be. */
function failedEntry(
  { sid, accountSid, origin }: KnownLogin,
  at: number,
  isOther: boolean,
): Counted['entry'] {
  return isOther
    ? { at, action, ...targeted(accountSid) }
    : { at, action, ...targeted({ sid, accountSid }), ...origin }
}

function entryOf({ entry, reason, attempts }: Counted): AuditEntry {
  const isOther = entry.address === undefined
  return {
    ...entry,
    changes: {
      ...(!isOther && { reason: { to: reason } }),
      attempts: { to: String(attempts) },
    },
  }
}
