import * as assert from 'uvu/assert'
import type { Stored, StoredAccount } from './stored.ts'

/** An account as the last answered request left it. */
export type Known = {
  readonly sid: string
  readonly parentSid: string
  /** Whether it has or may get accounts below it; such a one is neither suspended nor moved. */
  readonly isBranch: boolean
  readonly name: string
  /** Its own. */
  readonly status: string
  /** Empty where no answer has told it. */
  readonly token: string
  readonly revision: number
  /** Names of its API keys by SID. */
  readonly keys: Readonly<Record<string, string>>
}

export type Dialect = 'restcomm' | 'twilio' | 'crossbar'

/** A request that a writer has sent. */
export type Intent = { readonly dialect: Dialect } & (
  | {
      readonly kind: 'create'
      readonly parentSid: string
      readonly isBranch: boolean
      readonly name: string
    }
  | { readonly kind: 'rename'; readonly sid: string; readonly name: string }
  | { readonly kind: 'status'; readonly sid: string; readonly status: string }
  | { readonly kind: 'token'; readonly sid: string; readonly password: string }
  | { readonly kind: 'move'; readonly sid: string; readonly parentSid: string }
  | { readonly kind: 'addKey'; readonly sid: string; readonly name: string }
  | {
      readonly kind: 'renameKey'
      readonly sid: string
      readonly keySid: string
      readonly name: string
    }
  | { readonly kind: 'removeKey'; readonly sid: string; readonly keySid: string }
)

/** What a writer knows: it alone changes the accounts below its own, one request after the other. */
export type Knowledge = {
  readonly topSid: string
  readonly accounts: Map<string, Known>
  /** The request that was sent and not answered, or answered by a fault of the server. */
  pending: Intent | undefined
}

/** An account after a change; `token` and `keySid` are what the answer told. */
export function changed(
  account: Known,
  intent: Exclude<Intent, { kind: 'create' }>,
  { token = '', keySid = '' }: { token?: string; keySid?: string } = {},
): Known {
  const revision = account.revision + 1
  switch (intent.kind) {
    case 'rename':
      return { ...account, revision, name: intent.name }
    case 'status':
      return { ...account, revision, status: intent.status }
    case 'token':
      return { ...account, revision, token }
    case 'move':
      return { ...account, revision, parentSid: intent.parentSid }
    case 'addKey':
      return { ...account, keys: { ...account.keys, [keySid]: intent.name } }
    case 'renameKey':
      return { ...account, keys: { ...account.keys, [intent.keySid]: intent.name } }
    case 'removeKey': {
      const { [intent.keySid]: _removed, ...keys } = account.keys
      return { ...account, keys }
    }
  }
}

/**
 * Compares what a writer knows with what is stored. The pending request may have been carried out, wholly
 * or not at all, and is then known too. Gives how many accounts had all their changes; throws otherwise.
 */
export function settle(knowledge: Knowledge, stored: Stored): number {
  const { pending, accounts, topSid } = knowledge
  assert.ok(stored.get(topSid), `${topSid} is lost`)
  for (const account of accounts.values()) {
    const found = stored.get(account.sid)
    assert.ok(found, `${account.sid} is lost`)
    const now = asKnown(found, account.isBranch)
    const known = account.token === '' ? { ...account, token: now.token } : account
    const isPending = pending !== undefined && pending.kind !== 'create' && pending.sid === now.sid
    if (isPending && isDone(known, pending, now, account.token !== '')) {
      accounts.set(now.sid, now)
    } else {
      assert.equal(now, known, `${account.sid} is not as it was acknowledged`)
    }
  }
  for (const found of stored.below(topSid)) {
    if (!accounts.has(found.sid)) {
      assert.ok(
        pending?.kind === 'create' && pending.name === found.name,
        `${found.sid} is nobody's`,
      )
      assert.is(found.parentSid, pending.parentSid)
      assert.is(found.revision, 1)
      accounts.set(found.sid, asKnown(found, pending.isBranch))
    }
  }
  knowledge.pending = undefined
  return accounts.size
}

function asKnown(found: StoredAccount, isBranch: boolean): Known {
  const { sid, parentSid, name, status, token, revision, keys } = found
  return { sid, parentSid, isBranch, name, status, token, revision, keys }
}

function isDone(
  before: Known,
  intent: Exclude<Intent, { kind: 'create' }>,
  now: Known,
  isTokenKnown: boolean,
): boolean {
  const token = intent.kind === 'token' ? now.token : before.token
  const keySid = Object.keys(now.keys).find((sid) => !(sid in before.keys)) ?? ''
  if (intent.kind === 'token' && token === before.token && isTokenKnown) {
    return false
  }
  const after = changed(before, intent, { token, keySid })
  return JSON.stringify(sorted(after)) === JSON.stringify(sorted(now))
}

function sorted({ keys, ...account }: Known): unknown {
  return [Object.entries(account).sort(), Object.entries(keys).sort()]
}
