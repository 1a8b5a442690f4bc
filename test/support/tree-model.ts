import type { AccountStatus } from '../../db/store.ts'

/** What the tree is to be like, told in plain words and kept in memory. */
export type ModelAccount = {
  parent: ModelAccount | undefined
  /** Undefined of one that was born through Crossbar. */
  readonly email: string | undefined
  status: AccountStatus
  role: string
  organization: string
  friendlyName: string
  isReseller: boolean
}

export type Change = {
  readonly friendlyName?: string
  readonly status?: AccountStatus
  readonly role?: string
  readonly password?: string
}

export type NewModelAccount = {
  readonly email: string
  readonly status: AccountStatus
  readonly role: string | undefined
}

/** The HTTP status of an answer: 200 or 201, or why it was refused. */
export type Outcome = 200 | 201 | 400 | 401 | 403 | 404 | 405 | 409

export const badness: Readonly<Record<AccountStatus, number>> = {
  active: 0,
  uninitialized: 1,
  inactive: 2,
  suspended: 2,
  closed: 3,
}

/** The account and everyone above it, the nearest first. */
export function upwards(account: ModelAccount | undefined): ModelAccount[] {
  return account === undefined ? [] : [account, ...upwards(account.parent)]
}

/** How badly an account stands, with all that stand above it. */
export function worst(account: ModelAccount | undefined): number {
  return Math.max(0, ...upwards(account).map(({ status }) => badness[status]))
}

/** The status that decides how an account stands; of equally bad ones the nearest. */
export function effectiveStatus(account: ModelAccount): AccountStatus {
  const decisive = upwards(account).find(({ status }) => badness[status] === worst(account))
  return decisive?.status ?? account.status
}

export function isClosed(account: ModelAccount): boolean {
  return worst(account) === badness.closed
}

/** The account and everything below it, the closed too. */
export function branchOf(
  accounts: readonly ModelAccount[],
  top: ModelAccount,
): readonly ModelAccount[] {
  return accounts.filter((lower) => upwards(lower).includes(top))
}

/** The rules of the tree (decisions.md 6 to 9, 12, 16, 17; restcomm.md 6 to 11), and who is in it. */
export class TreeModel {
  readonly accounts: ModelAccount[]
  readonly root: ModelAccount
  readonly maxDepth: number

  constructor(root: ModelAccount, maxDepth: number) {
    this.root = root
    this.accounts = [root]
    this.maxDepth = maxDepth
  }

  /** What a create is answered; the new account is then for the caller to `add`. */
  creates(by: ModelAccount, { email }: NewModelAccount): Outcome {
    if (worst(by) !== badness.active || !['Administrator', 'Developer'].includes(by.role)) {
      return 403
    }
    if (upwards(by).length >= this.maxDepth) {
      return 400
    }
    return this.accounts.some((account) => account.email === email.toLowerCase()) ? 409 : 200
  }

  add(by: ModelAccount, { email, status, role }: NewModelAccount): ModelAccount {
    const account = {
      parent: by,
      email: email.toLowerCase(),
      status,
      role: by.role === 'Administrator' ? (role ?? by.role) : by.role,
      organization: by.organization,
      friendlyName: email.toLowerCase(),
      isReseller: false,
    }
    this.accounts.push(account)
    return account
  }

  /** Makes the change, if it may be made. */
  changes(by: ModelAccount, target: ModelAccount | undefined, change: Change): Outcome {
    const refusal = this.#reaches(by, target) ?? (target && changeRefusal(by, target, change))
    if (refusal !== undefined || target === undefined) {
      return refusal ?? 404
    }
    const { status, role, friendlyName, password } = change
    target.status = status ?? target.status
    if (password !== undefined && target.status === 'uninitialized') {
      target.status = 'active'
    }
    target.role = role ?? target.role
    target.friendlyName = friendlyName ?? target.friendlyName
    return 200
  }

  /** Moves the branch, if it may be moved. */
  migrates(by: ModelAccount, target: ModelAccount | undefined, organization: string): Outcome {
    if (by !== this.root) {
      return 403
    }
    if (target === undefined) {
      return 404
    }
    if (target.parent !== this.root || isClosed(target) || target.organization === organization) {
      return 400
    }
    for (const account of branchOf(this.accounts, target)) {
      account.organization = organization
    }
    return 200
  }

  #reaches(by: ModelAccount, target: ModelAccount | undefined): Outcome | undefined {
    const standing = worst(by)
    const actsOnItself = standing === badness.uninitialized && by === target
    if ((standing !== badness.active && !actsOnItself) || ['User', 'Guest'].includes(by.role)) {
      return 403
    }
    if (target === undefined) {
      return by === this.root ? 404 : 403
    }
    const isInReach = by.role === 'Administrator' ? upwards(target).includes(by) : by === target
    return isInReach ? undefined : 403
  }
}

function changeRefusal(
  by: ModelAccount,
  target: ModelAccount,
  change: Change,
): Outcome | undefined {
  if (isClosed(target)) {
    return 400
  }
  const { status, role } = change
  if (status !== undefined && status !== target.status) {
    const isUpward = badness[status] < badness[target.status]
    if (target.parent === undefined || (by === target && isUpward)) {
      return 403
    }
  }
  if (status === 'active' && worst(target.parent) !== badness.active) {
    return 400
  }
  if (role !== undefined) {
    const isOwn = by === target && role !== target.role
    return by.role !== 'Administrator' || isOwn ? 403 : undefined
  }
  return undefined
}
