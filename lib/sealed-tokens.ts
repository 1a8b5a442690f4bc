import type { Progress, SealedToken } from '../db/maintenance.ts'
import { equalDigests, type Secrets } from './secrets.ts'

/** A line for each sealed AuthToken that does not open under the key, or whose digest is not its own. */
export function* sealedFaults(tokens: Iterable<SealedToken>, secrets: Secrets): Iterable<string> {
  for (const token of tokens) {
    const fault = faultOf(token, secrets)
    if (fault !== undefined) {
      yield `accounts ${token.sid}: its ${token.which} ${fault}`
    }
  }
}

/** Throws at the first AuthToken that the key does not open. */
export function requireOpen(tokens: Iterable<SealedToken>, secrets: Secrets): void {
  for (const fault of sealedFaults(tokens, secrets)) {
    throw new Error(`the sealing key is not that of the database: ${fault}`)
  }
}

/** The same tokens, telling how many of `total` accounts have been gone through. */
export function* counted(
  tokens: Iterable<SealedToken>,
  total: number,
  progress: Progress,
): Iterable<SealedToken> {
  let passed = 0
  for (const token of tokens) {
    yield token
    passed += token.which === 'AuthToken' ? 1 : 0
    progress(passed, total)
  }
}

function faultOf({ sid, sealed, digest }: SealedToken, secrets: Secrets): string | undefined {
  if (!secrets.hasSealed(sealed)) {
    return 'was sealed under another key'
  }
  try {
    const token = secrets.openToken(sid, sealed)
    return equalDigests(secrets.digestToken(token), digest) ? undefined : 'has a foreign digest'
  } catch {
    return 'does not open: it is damaged, or of another account'
  }
}
