import type { Progress, SealedValue } from '../db/maintenance.ts'
import { equalDigests, type Secrets } from './secrets.ts'

/** A line for each sealed value that does not open under the key, or whose digest is not its own. */
export function* sealedFaults(tokens: Iterable<SealedValue>, secrets: Secrets): Iterable<string> {
  for (const token of tokens) {
    const fault = faultOf(token, secrets)
    if (fault !== undefined) {
      yield `${tables[token.which]} ${token.sid}: its ${token.which} ${fault}`
    }
  }
}

const tables = {
  AuthToken: 'accounts',
  'secondary AuthToken': 'accounts',
  secret: 'webhooks',
  'previous secret': 'webhooks',
} as const

/** Throws at the first value that the key does not open. */
export function requireOpen(tokens: Iterable<SealedValue>, secrets: Secrets): void {
  for (const fault of sealedFaults(tokens, secrets)) {
    throw new Error(`the sealing key is not that of the database: ${fault}`)
  }
}

/** The same values, telling how many of `total` accounts have been gone through. */
export function* counted(
  tokens: Iterable<SealedValue>,
  total: number,
  progress: Progress,
): Iterable<SealedValue> {
  let passed = 0
  for (const token of tokens) {
    yield token
    passed += token.which === 'AuthToken' ? 1 : 0
    progress(passed, total)
  }
}

function faultOf({ sid, sealed, digest }: SealedValue, secrets: Secrets): string | undefined {
  if (!secrets.hasSealed(sealed)) {
    return 'was sealed under another key'
  }
  try {
    const token = secrets.openToken(sid, sealed)
    const isOwn = digest === undefined || equalDigests(secrets.digestToken(token), digest)
    return isOwn ? undefined : 'has a foreign digest'
  } catch {
    return 'does not open: it is damaged, or of another account'
  }
}
