import type {
  AccountChange,
  AccountKey,
  AuditEntry,
  BranchOutcome,
  ChangeOutcome,
  InsertOutcome,
  Lineage,
  LoginKey,
  MoveOutcome,
  PlacedAccount,
  RequestReading,
  Store,
  WriteTerms,
} from '../store.ts'
import type { Connection } from './connection.ts'
import { isCurrent, type Sync, type Tables } from './tables.ts'

/**
 * Begins a transaction only where the caller is to be read too. The target alone is one row, for what
 * stands above it is known as a rule, and nothing of this process comes between where it is not; to begin
 * and end a transaction took a twentieth of the time of the whole request. What is known spares who has
 * been proven the look-up of an account in the own branch; every other account is read as one that is not
 * there, so that the clock tells nobody who exists (security.md C5).
 */
export function readingForRequest(
  connection: Connection,
  tables: Tables,
): Sync<Store['readForRequest']> {
  const { accounts } = tables
  const knownBelow = (proven: PlacedAccount | undefined, key: AccountKey) => {
    if (proven === undefined) {
      return undefined
    }
    const known = accounts.known(key)
    return known?.path.startsWith(proven.path) ? known : undefined
  }
  const read = connection.transaction((login: Named | undefined, targetKey?: AccountKey) => {
    const { accountKey, apiKey, session } = loginOf(tables, login)
    const account = accounts.readAgain(accountKey ?? nobody)
    const known = targetKey && knownBelow(session && account, targetKey)
    const target = targetKey && (known ?? accounts.readAgain(targetKey))
    return { account, apiKey, session, target }
  })
  return (login, targetKey) => {
    if (login === undefined || !('asRead' in login)) {
      return read(login, targetKey)
    }
    const { asRead } = login
    const account = accounts.known(asRead) === asRead ? asRead : undefined
    const known = targetKey && knownBelow(account, targetKey)
    const target = account && targetKey && (known ?? accounts.readAgain(targetKey))
    return { account, apiKey: undefined, session: undefined, target }
  }
}

/** What is looked for where there is no key: one look-up less would be told by the clock. */
const nobody: AccountKey = { sid: '' }

type Named = Exclude<LoginKey, { readonly asRead: PlacedAccount }>

type Login = Pick<RequestReading, 'apiKey' | 'session'> & {
  readonly accountKey: AccountKey | undefined
}

function loginOf({ apiKeys, sessions }: Tables, login: Named | undefined): Login {
  if (login !== undefined && 'apiKeySid' in login) {
    const apiKey = apiKeys.find(login.apiKeySid)
    return { accountKey: apiKey && { sid: apiKey.accountSid }, apiKey, session: undefined }
  }
  if (login !== undefined && 'sessionDigest' in login) {
    const session = sessions.find(login.sessionDigest)
    return { accountKey: session && { sid: session.accountSid }, apiKey: undefined, session }
  }
  return { accountKey: login, apiKey: undefined, session: undefined }
}

export function insertingAccount(tables: Tables): Sync<Store['insertAccount']> {
  const guard = guardedWrites(tables)
  return (account, parentLineage, entry, terms): InsertOutcome => {
    const parent = guard.current(parentLineage, entry)
    if (parent === undefined) {
      return { outcome: 'stale' }
    }
    if (isFull(tables, parent, terms?.maxChildren)) {
      return { outcome: 'quotaReached' }
    }
    if (isNameTaken(tables, account, terms)) {
      return { outcome: 'duplicate', field: 'name' }
    }
    const taken = tables.writes.insert(account, parent.path)
    if (taken !== undefined) {
      return { outcome: 'duplicate', field: taken }
    }
    if (account.status !== 'closed') {
      tables.writes.count(parentLineage, 1)
    }
    return { outcome: 'inserted', account: guard.recorded(account.sid, entry) }
  }
}

export function changingAccount(tables: Tables): Sync<Store['changeAccount']> {
  const guard = guardedWrites(tables)
  return (lineage, change, entry, terms): ChangeOutcome => {
    const before = guard.current(lineage, entry)
    if (before === undefined) {
      return { outcome: 'stale' }
    }
    const refusal = refusedTerms(tables, before, change, terms)
    if (refusal !== undefined) {
      return refusal
    }
    if (tables.writes.change(before.sid, change, entry.at) === 'realm') {
      return { outcome: 'duplicate', field: 'realm' }
    }
    if (change.status === 'closed' && before.status !== 'closed') {
      tables.writes.count(lineage.slice(0, -1), -(1 + before.descendantsCount))
      tables.branches.begin(before.path, before.sid)
    }
    if (change.status === 'closed' || endsToken(before, change)) {
      tables.sessions.removeOf(before.sid)
    }
    return { outcome: 'changed', account: guard.recorded(before.sid, entry) }
  }
}

/** Whether an AuthToken is void from now on. By which one a session was opened is not known, so all end. */
function endsToken({ secondaryToken }: PlacedAccount, change: AccountChange): boolean {
  const endsSecondary = change.secondaryToken !== undefined && secondaryToken !== undefined
  return change.token !== undefined || endsSecondary
}

function refusedTerms(
  tables: Tables,
  before: PlacedAccount,
  change: AccountChange,
  terms: WriteTerms = {},
): ChangeOutcome | undefined {
  const { friendlyName = before.friendlyName } = change
  if (isNameTaken(tables, { sid: before.sid, friendlyName }, terms)) {
    return { outcome: 'duplicate', field: 'name' }
  }
  const isRefused =
    (terms.onlyLeaf === true && before.descendantsCount > 0) ||
    (terms.noResellerBelow === true && tables.moves.hasReseller(before.path))
  return isRefused ? { outcome: 'hasDescendants' } : undefined
}

function isNameTaken(
  { accounts }: Tables,
  { sid, friendlyName }: Pick<PlacedAccount, 'sid' | 'friendlyName'>,
  terms: WriteTerms = {},
): boolean {
  return terms.uniqueName === true && accounts.takenNames({ name: friendlyName }, sid).name
}

/** Whether an account has as many living children as it may; they are counted only where they may be so many. */
export function isFull(
  { accounts }: Tables,
  { sid, descendantsCount }: PlacedAccount,
  maxChildren = Number.POSITIVE_INFINITY,
): boolean {
  return descendantsCount >= maxChildren && accounts.livingChildren(sid) >= maxChildren
}

export function movingBranch(tables: Tables): Sync<Store['moveBranch']> {
  const guard = guardedWrites(tables)
  return (lineage, parentLineage, { maxDepth, maxChildren }, entry): MoveOutcome => {
    const branch = guard.current(lineage, entry)
    const parent = guard.current(parentLineage, entry)
    if (branch === undefined || parent === undefined) {
      return { outcome: 'stale' }
    }
    const levels = parentLineage.length + tables.moves.levels(branch.path)
    if (levels > maxDepth) {
      return { outcome: 'tooDeep', levels }
    }
    if (branch.parentSid !== parent.sid && isFull(tables, parent, maxChildren)) {
      return { outcome: 'quotaReached' }
    }
    const moved = 1 + branch.descendantsCount
    tables.writes.count(lineage.slice(0, -1), -moved)
    tables.writes.count(parentLineage, moved)
    tables.moves.move(branch, parent, entry.at)
    return { outcome: 'changed', account: guard.recorded(branch.sid, entry) }
  }
}

export function migratingBranch(tables: Tables): Sync<Store['migrateBranch']> {
  const guard = guardedWrites(tables)
  return (lineage, organizationSid, entry): BranchOutcome => {
    const before = guard.current(lineage, entry)
    if (before === undefined) {
      return { outcome: 'stale' }
    }
    tables.writes.setOrganization(before.path, organizationSid, entry.at)
    return { outcome: 'changed', account: guard.recorded(before.sid, entry) }
  }
}

/** The two ends of every write to an account: is what it was decided on still so, and what came of it. */
export function guardedWrites(tables: Tables) {
  const { accounts, audit } = tables
  return {
    current: (lineage: Lineage, entry: AuditEntry): PlacedAccount | undefined =>
      isCurrent(tables, lineage, entry) ? accounts.find({ sid: targetOf(lineage) }) : undefined,
    recorded(sid: string, entry: AuditEntry): PlacedAccount {
      audit.insert(entry)
      const account = accounts.find({ sid })
      if (account === undefined) {
        throw new Error(`account ${sid} is gone in the middle of a transaction`)
      }
      return account
    },
  }
}

export function targetOf(lineage: Lineage): string {
  const last = lineage.at(-1)
  if (last === undefined) {
    throw new Error('a lineage is never empty')
  }
  return last.sid
}
