import type { BranchCounts, PlacedAccount } from '../../db/store.ts'
import type { Caller } from '../caller.ts'
import type { Services } from '../services.ts'
import { type ChangeConditions, requireClosable } from './change.ts'

/** What a close would hit. Each account has a realm, so as many of those become free. */
export type ClosePreview = {
  readonly sid: string
  readonly accounts: number
  readonly realms: number
  readonly byStatus: BranchCounts['accounts']
} & Omit<BranchCounts, 'accounts'>

/**
 * Counts what closing an account would close, and changes nothing. For whoever may close it, and refused
 * for what the close is refused for; what `terms` ask of the other rows is not asked.
 */
export async function previewClose(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  conditions: ChangeConditions = {},
): Promise<ClosePreview> {
  const account = requireClosable(services, caller, target, conditions)
  const counts = await services.store.countBranch(account.sid, services.now())
  if (counts === undefined) {
    throw new Error('an account is gone, though rows are never deleted')
  }
  const { accounts: byStatus, ...rest } = counts
  const accounts = Object.values(byStatus).reduce((sum, number) => sum + number, 0)
  return { sid: account.sid, accounts, realms: accounts, byStatus, ...rest }
}
