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

/** What a patch through Crossbar is to change. */
export type KazooPatch = { readonly name?: string; readonly enabled?: boolean }

export type NewKazooAccount = { readonly name: string; readonly enabled?: boolean }

/** The nearest reseller above; the root is one (kazoo.md 4.1). */
export function resellerOf(account: ModelAccount): ModelAccount | undefined {
  const above = upwards(account.parent)
  return above.find(({ isReseller }) => isReseller) ?? above.at(-1) ?? account
}

/** How many that are not closed are below an account. */
export function livingBelow({ accounts }: TreeModel, account: ModelAccount): number {
  const below = branchOf(accounts, account).filter((lower) => lower !== account)
  return below.filter((lower) => !isClosed(lower)).length
}

/** What a create is answered; the new account is then for the caller to `addBelow`. */
export function kazooCreates(
  model: TreeModel,
  by: ModelAccount,
  parent: ModelAccount | undefined,
  { name }: NewKazooAccount,
): Outcome {
  const refusal = refusalOf(model, by, parent)
  if (refusal !== undefined) {
    return refusal
  }
  return isTaken(model, name, undefined) || upwards(parent).length >= model.maxDepth ? 400 : 201
}

export function addBelow(
  model: TreeModel,
  by: ModelAccount,
  parent: ModelAccount,
  { name, enabled = true }: NewKazooAccount,
): ModelAccount {
  const account: ModelAccount = {
    parent,
    email: undefined,
    status: enabled && worst(parent) === badness.active ? 'active' : 'suspended',
    role: by.role,
    organization: parent.organization,
    friendlyName: name,
    isReseller: false,
  }
  model.accounts.push(account)
  return account
}

/** Makes the change, if it may be made; on itself an account's `enabled` is passed over. */
export function kazooPatches(
  model: TreeModel,
  by: ModelAccount,
  target: ModelAccount | undefined,
  { name, enabled }: KazooPatch,
): Outcome {
  const refusal = refusalOf(model, by, target)
  if (refusal !== undefined || target === undefined) {
    return refusal ?? 404
  }
  if (name !== undefined && name !== target.friendlyName && isTaken(model, name, target)) {
    return 400
  }
  target.friendlyName = name ?? target.friendlyName
  const isOn = ['active', 'uninitialized'].includes(target.status)
  if (enabled !== undefined && enabled !== isOn && by !== target) {
    target.status = enabled ? 'active' : 'suspended'
  }
  return 200
}

/** Deletes the account, if it may be deleted; with others below it that live it may not. */
export function kazooDeletes(
  model: TreeModel,
  by: ModelAccount,
  target: ModelAccount | undefined,
): Outcome {
  const isRootItself = by === model.root && target === by
  if (isRootItself && worst(by) === badness.active) {
    return 405
  }
  const refusal = refusalOf(model, by, target)
  if (refusal !== undefined || target === undefined) {
    return refusal ?? 404
  }
  if (livingBelow(model, target) > 0) {
    return 409
  }
  target.status = 'closed'
  return 200
}

/** Moves the branch, if it may be moved: by the root alone. */
export function kazooMoves(
  model: TreeModel,
  by: ModelAccount,
  target: ModelAccount | undefined,
  to: ModelAccount | undefined,
): Outcome {
  const refusal = refusalOf(model, by, target)
  if (refusal !== undefined || target === undefined) {
    return refusal ?? 404
  }
  if (by !== model.root || target === model.root) {
    return 403
  }
  if (to === undefined || isClosed(to)) {
    return 404
  }
  const branch = branchOf(model.accounts, target)
  if (branch.includes(to)) {
    return 403
  }
  const deepest = Math.max(...branch.map((lower) => upwards(lower).length))
  if (deepest - upwards(target.parent).length + upwards(to).length > model.maxDepth) {
    return 400
  }
  target.parent = to
  for (const account of branch) {
    account.organization = to.organization
  }
  return 200
}

/** Makes the account a reseller or ends that, if the root asks and none below it is one. */
export function kazooSetsReseller(
  model: TreeModel,
  by: ModelAccount,
  target: ModelAccount | undefined,
  isReseller: boolean,
): Outcome {
  const refusal = refusalOf(model, by, target)
  if (refusal !== undefined || target === undefined) {
    return refusal ?? 404
  }
  if (by !== model.root || target === model.root) {
    return 403
  }
  const below = branchOf(model.accounts, target).filter((lower) => lower !== target)
  if (below.some((lower) => lower.isReseller && !isClosed(lower))) {
    return 409
  }
  target.isReseller = isReseller
  return isReseller ? 201 : 200
}

/** Whoever is not active is unknown, and what is closed is gone (decisions.md 8 and 16). */
function refusalOf(
  { root }: TreeModel,
  by: ModelAccount,
  target: ModelAccount | undefined,
): Outcome | undefined {
  if (worst(by) !== badness.active) {
    return 401
  }
  if (['User', 'Guest'].includes(by.role)) {
    return 403
  }
  if (target === undefined) {
    return by === root ? 404 : 403
  }
  const isInReach = by.role === 'Administrator' ? upwards(target).includes(by) : by === target
  if (!isInReach) {
    return 403
  }
  return isClosed(target) ? 404 : undefined
}

/** Names are compared by their letters and digits; one without any is never taken (kazoo.md D15). */
function isTaken({ accounts }: TreeModel, name: string, self: ModelAccount | undefined): boolean {
  const bare = bareName(name)
  const others = accounts.filter((account) => account !== self && !isClosed(account))
  return bare !== '' && others.some(({ friendlyName }) => bareName(friendlyName) === bare)
}

export function bareName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
}
