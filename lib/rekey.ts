import type { Progress, Resealing, SealedAccount, SealedToken } from '../db/maintenance.ts'
import type { StoredToken } from '../db/store.ts'
import { commandEntry, secretChanged } from './audit.ts'
import { storedToken } from './credentials.ts'
import { requireOpen } from './sealed-tokens.ts'
import type { Secrets } from './secrets.ts'

const chunk = 500

export type Rekeying = {
  /** What the tokens are sealed under now. */
  readonly from: Secrets
  readonly to: Secrets
  /** UTC milliseconds. */
  readonly now: () => number
  readonly progress: Progress
}

/**
 * Seals every AuthToken and makes its digest under the new key, 500 accounts in a transaction. What is
 * under the new key already stays, so that it goes on where an earlier run was ended; the one audit row
 * comes with the first chunk. Gives how many accounts it changed; throws at a token that neither key opens.
 */
export function resealTokens(tokens: Resealing, rekeying: Rekeying): number {
  const total = tokens.count()
  let [after, seen, changed] = [0, 0, 0]
  let hasBegun = false
  for (let page = tokens.page(after, chunk); page.length > 0; page = tokens.page(after, chunk)) {
    hasBegun ||= page.some(({ token }) => rekeying.to.hasSealed(token.sealed))
    const resealed = page
      .filter((account) => !isDone(account, rekeying))
      .map((account) => anew(account, rekeying))
    const root = page[0]?.sid
    if (resealed.length > 0 && root !== undefined) {
      const entry = commandEntry(rekeying.now(), 'installation.rekey', root, {
        sealingKey: secretChanged,
      })
      tokens.write(resealed, hasBegun ? undefined : entry)
      hasBegun = true
    }
    changed += resealed.length
    seen += page.length
    after = page.at(-1)?.id ?? after
    rekeying.progress(seen, total)
  }
  requireAllOpen(tokens, rekeying.to)
  return changed
}

/** Throws at the first token that the key does not open. */
export function requireAllOpen(tokens: Resealing, secrets: Secrets): void {
  requireOpen(allTokens(tokens), secrets)
}

/** Whether the two keys can be told apart by what they have sealed. */
export function areTellable(one: Secrets, other: Secrets): boolean {
  return !one.hasSealed(other.sealToken('', ''))
}

function isDone({ token, secondaryToken = token }: SealedAccount, { to }: Rekeying): boolean {
  return to.hasSealed(token.sealed) && to.hasSealed(secondaryToken.sealed)
}

function anew({ id, sid, token, secondaryToken }: SealedAccount, { from, to }: Rekeying) {
  const sealAnew = ({ sealed, digest }: StoredToken): StoredToken =>
    to.hasSealed(sealed)
      ? { sealed, digest }
      : storedToken({ secrets: to }, sid, from.openToken(sid, sealed))
  return {
    id,
    sid,
    token: sealAnew(token),
    secondaryToken: secondaryToken && sealAnew(secondaryToken),
  }
}

function* allTokens(tokens: Resealing): Iterable<SealedToken> {
  let page = tokens.page(0, chunk)
  while (page.length > 0) {
    for (const { sid, token, secondaryToken } of page) {
      yield { sid, which: 'AuthToken', ...token }
      if (secondaryToken !== undefined) {
        yield { sid, which: 'secondary AuthToken', ...secondaryToken }
      }
    }
    page = tokens.page(page.at(-1)?.id ?? 0, chunk)
  }
}
