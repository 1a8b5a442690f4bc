import type {
  Progress,
  Resealing,
  SealedAccount,
  SealedValue,
  SealedWebhook,
} from '../db/maintenance.ts'
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
 * Seals every AuthToken, with its digest, and every secret of a webhook under the new key, 500 accounts or
 * webhooks in a transaction. What is
 * under the new key already stays, so that it goes on where an earlier run was ended; the one audit row
 * comes with the first chunk. Gives how many accounts it changed; throws at a token that neither key opens.
 */
export function resealTokens(tokens: Resealing, rekeying: Rekeying): number {
  const total = tokens.count()
  let [seen, changed] = [0, 0]
  let hasBegun = false
  for (const page of accountPages(tokens)) {
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
    rekeying.progress(seen, total)
  }
  resealWebhooks(tokens, rekeying)
  requireAllOpen(tokens, rekeying.to)
  return changed
}

function resealWebhooks(tokens: Resealing, rekeying: Rekeying): void {
  for (const page of webhookPages(tokens)) {
    const resealed = page.filter((webhook) => !isSigningAnew(webhook, rekeying))
    if (resealed.length > 0) {
      tokens.writeWebhooks(resealed.map((webhook) => signingAnew(webhook, rekeying)))
    }
  }
}

function isSigningAnew(
  { secret, previousSecret = secret }: SealedWebhook,
  { to }: Rekeying,
): boolean {
  return to.hasSealed(secret) && to.hasSealed(previousSecret)
}

function signingAnew({ sid, secret, previousSecret }: SealedWebhook, { from, to }: Rekeying) {
  const sealAnew = (sealed: Uint8Array): Uint8Array =>
    to.hasSealed(sealed) ? sealed : to.sealToken(sid, from.openToken(sid, sealed))
  return {
    sid,
    secret: sealAnew(secret),
    previousSecret: previousSecret && sealAnew(previousSecret),
  }
}

/** Throws at the first value that the key does not open. */
export function requireAllOpen(tokens: Resealing, secrets: Secrets): void {
  requireOpen(allValues(tokens), secrets)
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

function* allValues(tokens: Resealing): Iterable<SealedValue> {
  for (const page of accountPages(tokens)) {
    for (const { sid, token, secondaryToken } of page) {
      yield { sid, which: 'AuthToken', ...token }
      if (secondaryToken !== undefined) {
        yield { sid, which: 'secondary AuthToken', ...secondaryToken }
      }
    }
  }
  for (const page of webhookPages(tokens)) {
    for (const { sid, secret, previousSecret } of page) {
      yield { sid, which: 'secret', sealed: secret, digest: undefined }
      if (previousSecret !== undefined) {
        yield { sid, which: 'previous secret', sealed: previousSecret, digest: undefined }
      }
    }
  }
}

function* accountPages(tokens: Resealing): Iterable<readonly SealedAccount[]> {
  let page = tokens.page(0, chunk)
  while (page.length > 0) {
    yield page
    page = tokens.page(page.at(-1)?.id ?? 0, chunk)
  }
}

function* webhookPages(tokens: Resealing): Iterable<readonly SealedWebhook[]> {
  let page = tokens.webhookPage('', chunk)
  while (page.length > 0) {
    yield page
    page = tokens.webhookPage(page.at(-1)?.sid ?? '', chunk)
  }
}
