import type { Lineage, PlacedAccount } from '../../db/store.ts'
import { type Account, accountFor } from '../account.ts'
import { isRoot } from '../account-tree.ts'
import { auditEntry, secretChanged } from '../audit.ts'
import type { Caller } from '../caller.ts'
import { storedToken } from '../credentials.ts'
import { DomainError } from '../errors.ts'
import { onFreshReading } from '../fresh-reading.ts'
import { newAuthToken } from '../ids.ts'
import { authorize } from '../permissions.ts'
import { quotaReached } from '../quotas.ts'
import type { Services } from '../services.ts'

const chunk = 500

/**
 * Gives back a closed branch: its root with the status that it had before the close, and below it what
 * that close had closed; whatever was closed by itself before stays so. Every account that lives again
 * has a new AuthToken and no secondary one; passwords, API keys and callflows are as they were. The
 * rows below are made ready 500 at a time while the branch is still closed, and then the root's row
 * opens all of it in one transaction with its audit row (see `db/sqlite/reopenings.ts`).
 *
 * For those above who may change the branch, in the role of Administrator. Throws as `authorize` does;
 * `forbidden` for the own account; `notClosed`; `closedAbove` for what lies in the closed branch of
 * another; `takenMeanwhile` where a living account elsewhere has got a realm of the branch, or, while
 * names are to be unique, a name; `quotaReached` where others have taken its place. Numbers are each
 * account's own, so nobody can have taken those. And as `precondition` does, which sees the branch in
 * the attempt that is written.
 */
export async function reopenAccount(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  precondition: (branch: PlacedAccount) => void = () => {},
): Promise<Account> {
  const branch = requireReopenable(caller, target)
  // Before anything is begun, so that this refusal ends no reopening of somebody else.
  precondition(branch)
  try {
    return await onFreshReading(services, caller, branch, (callerNow, branchNow) => {
      const current = requireReopenable(callerNow, branchNow)
      precondition(current)
      return reopen(services, callerNow, current)
    })
  } catch (error) {
    await services.store.giveUpReopening(branch.sid)
    services.branchClosed()
    throw error
  }
}

async function reopen(
  services: Services,
  caller: Caller,
  branch: PlacedAccount,
): Promise<Account | 'stale'> {
  const { store, policy, secrets } = services
  const { sid, lineage, statusBeforeClose: to = 'active' } = branch
  const changes = { status: { from: 'closed', to }, authToken: secretChanged }
  const terms = {
    limit: chunk,
    maxChildren: policy.quotas.children,
    uniqueNames: policy.crossbar.ensureUniqueName,
    newToken: (of: string) => storedToken(services, of, newAuthToken()),
  }
  while (true) {
    const audit = auditEntry(caller, services.now(), 'account.reopen', sid, changes)
    const result = await store.reopenBranch(lineage, terms, audit)
    switch (result.outcome) {
      case 'more':
        await new Promise((resume) => setImmediate(resume))
        break
      case 'stale':
        return 'stale'
      case 'quotaReached':
        throw quotaReached(policy.quotas, 'children')
      case 'taken':
        throw new DomainError({ kind: 'takenMeanwhile', field: result.field, sid: result.sid })
      case 'changed':
        return accountFor(caller, result.account, secrets)
    }
  }
}

/** The account, if it is the root of a closed branch that the caller may open. */
function requireReopenable(caller: Caller, target: PlacedAccount | undefined): PlacedAccount {
  const account = authorize(caller, 'reopenAccount', target)
  if (account.sid === caller.account.sid) {
    throw new DomainError({ kind: 'forbidden', rule: isRoot(account) ? 'root' : 'own' })
  }
  const closed = topmostClosed(account.lineage)
  if (closed === undefined) {
    throw new DomainError({ kind: 'notClosed' })
  }
  if (closed !== account.sid) {
    throw new DomainError({ kind: 'closedAbove', sid: closed })
  }
  return account
}

function topmostClosed(lineage: Lineage): string | undefined {
  return lineage.find(({ status }) => status === 'closed')?.sid
}
