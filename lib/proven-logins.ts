import { LRUCache } from 'lru-cache'
import { isKept } from '../db/kept.ts'
import type { PlacedAccount } from '../db/store.ts'
import { equalDigests } from './secrets.ts'

/** Which AuthToken was right for a name, and whose account it was. */
export type ProvenLogins = {
  /** The account as it was when this name came with this AuthToken; the store knows whether it still is so. */
  find(name: string, token: string): PlacedAccount | undefined
  note(name: string, token: string, account: PlacedAccount): void
}

const rememberedLogins = 2_000
/** What is compared with where there is nobody: one more look would be told by the clock. */
const tokenOfNobody = Buffer.from('-'.repeat(32))

/**
 * Spares a client that sends the same credentials with every request all but the first look-up. It is
 * asked by name and secret together: a wrong secret finds nothing for a known name as for an unknown
 * one, and both cost the same from there on (security.md C5). An account that the store does not keep is not
 * noted, and one that it has let go of is not held back here with all texts that were made of it.
 */
export function createProvenLogins(): ProvenLogins {
  const logins = new LRUCache<string, { token: Buffer; account: WeakRef<PlacedAccount> }>({
    max: rememberedLogins,
  })
  return {
    find(name, token) {
      const login = logins.get(name)
      const isSame = equalDigests(Buffer.from(token), login?.token ?? tokenOfNobody)
      return isSame ? login?.account.deref() : undefined
    },
    note(name, token, account) {
      if (isKept(account)) {
        logins.set(name, { token: Buffer.from(token), account: new WeakRef(account) })
      }
    },
  }
}
