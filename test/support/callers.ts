import type { LineageStep, PlacedAccount } from '../../db/store.ts'
import type { Caller } from '../../lib/caller.ts'
import { newAccount } from './records.ts'

/** An account with its place in the tree, as a store gives it, that is in no store. */
export function placedAccount(
  parent: PlacedAccount | undefined,
  overrides: Partial<PlacedAccount> = {},
): PlacedAccount {
  const fresh = newAccount(parent)
  const { sid = fresh.sid, status = fresh.status } = overrides
  const step: LineageStep = { sid, status, revision: 1, isReseller: false }
  return {
    ...fresh,
    path: `${parent?.path ?? ''}${sid}/`,
    closedBy: undefined,
    statusBeforeClose: undefined,
    secondaryToken: undefined,
    isReseller: false,
    updatedAt: fresh.createdAt,
    descendantsCount: 0,
    revision: 1,
    lineage: [...(parent?.lineage ?? []), step],
    ...overrides,
  }
}

/** A caller who is in no store: an active Administrator without a parent, unless told otherwise. */
export function callerOf(
  overrides: Partial<PlacedAccount> = {},
  standing: Caller['standing'] = 'full',
): Caller {
  return {
    account: placedAccount(undefined, overrides),
    standing,
    apiKey: undefined,
    origin: { requestId: 'request-1', address: '192.0.2.1', dialect: 'restcomm' },
  }
}
