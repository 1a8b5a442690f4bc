import { LRUCache } from 'lru-cache'
import { newAuthToken } from './ids.ts'
import { equalDigests, hashPassword, isWhollyRead, matchesHash } from './secrets.ts'
import type { WorkQueue } from './work-queue.ts'

const rememberedPasswords = 10_000

export type Passwords = {
  hash(password: string): Promise<string>
  /**
   * Whether the password fits the hash. Without a hash it costs the same and is always false, so
   * that accounts that are unknown or have no password cannot be told by the clock. `begin` is called
   * when the turn has come and may throw, before anything is hashed.
   */
  matches(
    sid: string,
    password: string,
    hash: string | undefined,
    begin?: () => void,
  ): Promise<boolean>
}

/**
 * Passwords through bcrypt, one at a time behind `queue`. A password that was found right is
 * remembered as a digest for as long as the row holds the same hash, so that a client which sends
 * its password with every request pays for one hash and not for each.
 */
export async function createPasswords(
  queue: WorkQueue,
  cost: number,
  digest: (text: string) => Uint8Array,
): Promise<Passwords> {
  const decoy = await hashPassword(newAuthToken(), cost)
  const right = new LRUCache<string, { hash: string; digest: Uint8Array }>({
    max: rememberedPasswords,
  })
  return {
    hash: (password) => queue.run(() => hashPassword(password, cost)),
    async matches(sid, password, hash, begin = () => {}) {
      const known = right.get(sid)
      const offered = digest(password)
      if (known !== undefined && known.hash === hash && equalDigests(known.digest, offered)) {
        return true
      }
      const fits = await queue.run(async () => {
        begin()
        // What lies beyond the bytes that bcrypt reads would fit whatever it is.
        return (await matchesHash(password, hash ?? decoy)) && isWhollyRead(password)
      })
      if (hash === undefined || !fits) {
        return false
      }
      right.set(sid, { hash, digest: offered })
      return true
    },
  }
}
