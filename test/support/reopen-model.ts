import type { AccountStatus } from '../../db/store.ts'
import { bareName } from './kazoo-model.ts'
import {
  badness,
  branchOf,
  isClosed,
  type ModelAccount,
  type Outcome,
  type TreeModel,
  upwards,
  worst,
} from './tree-model.ts'

type Seen = {
  readonly name: string
  readonly status: AccountStatus
  readonly namedAt: number
  readonly closedAt: number
  readonly before: AccountStatus | undefined
}

/** When the accounts of a model got their names and were closed, and how they stood until then. */
export class Past {
  readonly #seen = new Map<ModelAccount, Seen>()
  #time = 0

  /** To be called after each command. */
  look({ accounts }: TreeModel): void {
    this.#time += 1
    for (const account of accounts) {
      this.#seen.set(account, this.#seenNow(account))
    }
  }

  /** What was seen of an account. Throws for one that was not. */
  of(account: ModelAccount): Seen {
    const seen = this.#seen.get(account)
    if (seen === undefined) {
      throw new Error('the account was never looked at')
    }
    return seen
  }

  #seenNow(account: ModelAccount): Seen {
    const { friendlyName: name, status } = account
    const seen = this.#seen.get(account)
    const isRenamed = seen === undefined || bareName(seen.name) !== bareName(name)
    const isJustClosed = status === 'closed' && seen?.status !== 'closed'
    return {
      name,
      status,
      namedAt: isRenamed ? this.#time : seen.namedAt,
      closedAt: isJustClosed ? this.#time : (seen?.closedAt ?? 0),
      before: isJustClosed ? seen?.status : seen?.before,
    }
  }
}

/** Makes the branch live again, if it may be; the outcome is that of the Restcomm dialect. */
export function reopens(
  model: TreeModel,
  past: Past,
  by: ModelAccount,
  target: ModelAccount | undefined,
): Outcome {
  if (worst(by) !== badness.active || by.role !== 'Administrator') {
    return 403
  }
  if (target === undefined) {
    return by === model.root ? 404 : 403
  }
  if (by === target || !upwards(target).includes(by)) {
    return 403
  }
  if (upwards(target).findLast(({ status }) => status === 'closed') !== target) {
    return 400
  }
  if (
    branchOf(model.accounts, target).some((account) => isNameGone(model, past, account, target))
  ) {
    return 409
  }
  target.status = past.of(target).before ?? 'active'
  return 200
}

/** The same as Crossbar says it. */
export function inCrossbar(outcome: Outcome, by: ModelAccount): Outcome {
  if (outcome === 200 || outcome === 404) {
    return outcome
  }
  if (outcome === 403) {
    return worst(by) === badness.active ? 403 : 401
  }
  return outcome === 400 ? 409 : 400
}

/** Whether an account that is to live again has a name that another got after the close. */
function isNameGone(
  { accounts }: TreeModel,
  past: Past,
  account: ModelAccount,
  top: ModelAccount,
): boolean {
  const name = bareName(account.friendlyName)
  const own = upwards(account)
  const between = own.slice(0, own.indexOf(top))
  if (name === '' || between.some(({ status }) => status === 'closed')) {
    return false
  }
  const { closedAt } = past.of(top)
  return accounts.some(
    (other) =>
      !isClosed(other) &&
      bareName(other.friendlyName) === name &&
      past.of(other).namedAt > closedAt,
  )
}
