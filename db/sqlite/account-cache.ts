import { keep } from '../kept.ts'
import type { AccountKey, LineageStep, PlacedAccount } from '../store.ts'
import type { Connection } from './connection.ts'

export type AccountCache = {
  /** Forgets everything if another process has written; to be called before each use. */
  refresh(): void
  get(key: AccountKey): PlacedAccount | undefined
  step(sid: string): LineageStep | undefined
  /** As `put`, but at once. Gives it back. */
  putStep(step: LineageStep): LineageStep
  /**
   * Keeps an account that was put before: most are read once and never again. Only of what was read
   * outside of a write, behind the last `refresh`, with nothing awaited between.
   */
  put(account: PlacedAccount, documentLength: number): void
}

/** With all their texts in all dialects, some 10 KiB each beside their documents. */
const standardMost = 5_000
/** Of the JSON of all documents. What it is parsed to may take twenty bytes for each. */
const mostCharacters = 10_000_000

/**
 * Accounts as they were read. SQLite itself says which of them no longer are: triggers of this
 * connection name each row that it changes, in the statement that changes it, so no write can forget
 * to. A lineage is good as long as each of its steps is the one that is kept here, so a change far
 * above takes the whole branch out by taking out one step. When there are `most`, or their documents
 * are too long together, it begins anew.
 */
export function accountCache(connection: Connection, most = standardMost): AccountCache {
  const accounts = new Map<string, PlacedAccount>()
  const sidsByEmail = new Map<string, string>()
  const steps = new Map<string, LineageStep>()
  let characters = 0

  function clear(): void {
    characters = 0
    accounts.clear()
    sidsByEmail.clear()
    steps.clear()
  }

  function get(key: AccountKey): PlacedAccount | undefined {
    const account = accounts.get(sidOf(key, sidsByEmail) ?? '')
    return account?.lineage.every((step) => steps.get(step.sid) === step) ? account : undefined
  }

  watchChanges(connection, accounts, steps)
  const wasPut = metBefore(most)
  return {
    refresh: whenOthersWrote(connection, clear),
    get,
    step: (sid) => steps.get(sid),
    putStep(step) {
      if (steps.size >= most * stepsForEach) {
        clear()
      }
      steps.set(step.sid, step)
      return step
    },
    put(account, documentLength) {
      if (!wasPut(account.sid)) {
        return
      }
      if (accounts.size >= most || characters + documentLength > mostCharacters) {
        clear()
      }
      characters += documentLength
      accounts.set(account.sid, keep(account))
      if (account.email !== undefined) {
        sidsByEmail.set(account.email, account.sid)
      }
      for (const step of account.lineage) {
        steps.set(step.sid, step)
      }
    },
  }
}

const stepsForEach = 4

/** Whether it was asked about the same text before, at most `most` others ago. */
function metBefore(most: number): (text: string) => boolean {
  const met = new Set<string>()
  return (text) => {
    if (met.has(text)) {
      return true
    }
    if (met.size >= most) {
      met.clear()
    }
    met.add(text)
    return false
  }
}

/** Other keys fit one account only as long as no other has the name too. */
function sidOf(key: AccountKey, sidsByEmail: ReadonlyMap<string, string>): string | undefined {
  if ('sid' in key) {
    return key.sid
  }
  return 'email' in key ? sidsByEmail.get(key.email) : undefined
}

/** A row that is changed leaves the accounts; only where it changes what stands below it, the steps too. */
function watchChanges(
  connection: Connection,
  accounts: Map<string, PlacedAccount>,
  steps: Map<string, LineageStep>,
): void {
  connection.function('forget_account', (sid) => Number(accounts.delete(String(sid))))
  connection.function('forget_step', (sid) => Number(steps.delete(String(sid))))
  connection.exec(`
    CREATE TEMP TRIGGER cached_account_changed AFTER UPDATE ON main.accounts
    BEGIN
      SELECT forget_account(OLD.sid);
    END;

    CREATE TEMP TRIGGER cached_step_changed
    AFTER UPDATE OF sid, path, status, revision, is_reseller ON main.accounts
    BEGIN
      SELECT forget_step(OLD.sid);
    END;

    CREATE TEMP TRIGGER cached_account_removed AFTER DELETE ON main.accounts
    BEGIN
      SELECT forget_account(OLD.sid), forget_step(OLD.sid);
    END;
  `)
}

/** So long a change by hand may go unseen. To ask takes 20 us: every millisecond that was a fortieth of the time of all reads. */
const unseenForMs = 10

/** Only this process writes while it serves, so this is for whoever opens the file by hand. */
function whenOthersWrote(connection: Connection, clear: () => void): () => void {
  const othersChanges = connection.prepare<[], number>('PRAGMA data_version').pluck()
  let seen: number | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  return () => {
    const at = performance.now()
    if (at - askedAt < unseenForMs) {
      return
    }
    askedAt = at
    const now = othersChanges.get()
    if (now !== seen) {
      seen = now
      clear()
    }
  }
}
