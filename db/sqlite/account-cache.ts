import type { AccountKey, PlacedAccount } from '../store.ts'
import type { Connection } from './connection.ts'

export type AccountCache = {
  /** Forgets everything if anything was written since the last time; to be called before each use. */
  refresh(): void
  get(key: AccountKey): PlacedAccount | undefined
  /** Only of what was read behind the last `refresh`, with nothing awaited between. */
  put(key: AccountKey, account: PlacedAccount): void
}

const standardMost = 10_000
/** In characters of its JSON; larger ones, which may have a million, are read anew each time. */
const largestDocument = 10_000

/**
 * Accounts by SID and e-mail for as long as nobody writes: a change of one row can change how thousands
 * of others stand. SQLite itself is asked for that, so no write can forget to say so: it counts each row
 * that this connection changes, at once, and sees each commit of another. When there are `most`, it
 * begins anew.
 */
export function accountCache(connection: Connection, most = standardMost): AccountCache {
  const ownChanges = connection.prepare<[], number>('SELECT total_changes()').pluck()
  const othersChanges = connection.prepare<[], number>('PRAGMA data_version').pluck()
  let accounts = new Map<string, PlacedAccount>()
  let own: number | undefined
  let others: number | undefined
  return {
    refresh() {
      const ownNow = ownChanges.get()
      const othersNow = othersChanges.get()
      if (ownNow !== own || othersNow !== others) {
        own = ownNow
        others = othersNow
        accounts = new Map()
      }
    },
    get(key) {
      const name = nameOf(key)
      return name === undefined ? undefined : accounts.get(name)
    },
    put(key, account) {
      const name = nameOf(key)
      const isSmall = JSON.stringify(account.document).length <= largestDocument
      if (name !== undefined && isSmall) {
        if (accounts.size >= most) {
          accounts = new Map()
        }
        accounts.set(name, account)
      }
    },
  }
}

/** SIDs have no `@`, e-mails have one; other keys fit one account only as long as no other has the name too. */
function nameOf(key: AccountKey): string | undefined {
  if ('sid' in key) {
    return key.sid
  }
  return 'email' in key ? key.email : undefined
}
