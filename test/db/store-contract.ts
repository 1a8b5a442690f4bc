import { test } from 'uvu'
import type { Store } from '../../db/store.ts'
import { insertingKeys, removingKeys, renamingKeys, touchingKeys } from './contract/api-keys.ts'
import { auditing, auditingChanges, pagingAudit, pruningAudit } from './contract/auditing.ts'
import { changingCallflows, insertingCallflows, pagingCallflows } from './contract/callflows.ts'
import {
  changing,
  changingAtOnce,
  changingOneRow,
  refusingStaleChanges,
} from './contract/changing.ts'
import type { Check } from './contract/check.ts'
import {
  closing,
  hidingClosedBranches,
  sweeping,
  sweepingMany,
  sweepingNested,
} from './contract/closing.ts'
import { deliveringEvents } from './contract/deliveries.ts'
import { filteringFamilies, pagingFamilies, pagingKeys } from './contract/families.ts'
import { finding, findingWhole, placing } from './contract/finding.ts'
import {
  inserting,
  insertingAtOnce,
  insertingBesideChanges,
  keepingNamesTaken,
  refusingDuplicates,
  refusingStaleInserts,
} from './contract/inserting.ts'
import { installing, installingOnce } from './contract/installing.ts'
import { migrating, migratingBack, refusingMigrations } from './contract/migrating.ts'
import { findingOrganizations, insertingOrganizations } from './contract/organizations.ts'
import { paging, pagingWhileRowsAreAdded } from './contract/paging.ts'
import { readingForRequests } from './contract/reading.ts'
import {
  countingBranches,
  interruptingReopenings,
  keepingQuotas,
  refusingReopenings,
  reopening,
  reopeningOnlyRoots,
} from './contract/reopening.ts'
import { repeatingChanges } from './contract/repeated-changes.ts'
import { forgetting, repeating, repeatingAtOnce } from './contract/repeating.ts'
import { secondTokens } from './contract/second-tokens.ts'
import { keepingWebhooks, queueingEvents } from './contract/webhooks.ts'

export type OpenStore = { readonly store: Store; readonly close: () => Promise<void> }

const parts: readonly ((check: Check) => void)[] = [
  ...[installing, installingOnce, finding, findingWhole, placing],
  ...[inserting, refusingDuplicates, keepingNamesTaken],
  ...[refusingStaleInserts, insertingBesideChanges, insertingAtOnce],
  ...[changing, changingOneRow, refusingStaleChanges, changingAtOnce],
  ...[migrating, migratingBack, refusingMigrations],
  ...[
    closing,
    hidingClosedBranches,
    sweeping,
    sweepingNested,
    sweepingMany,
    paging,
    pagingWhileRowsAreAdded,
  ],
  ...[pagingFamilies, filteringFamilies, pagingKeys, readingForRequests, secondTokens],
  ...[
    reopening,
    reopeningOnlyRoots,
    interruptingReopenings,
    refusingReopenings,
    keepingQuotas,
    countingBranches,
  ],
  ...[insertingKeys, renamingKeys, removingKeys, touchingKeys],
  ...[insertingCallflows, changingCallflows, pagingCallflows],
  ...[keepingWebhooks, queueingEvents, deliveringEvents],
  ...[repeating, repeatingAtOnce, repeatingChanges, forgetting],
  ...[findingOrganizations, insertingOrganizations, auditing, auditingChanges],
  ...[pagingAudit, pruningAudit],
]

/** What every implementation of the store must do; `open` gives an empty one. */
export function storeContract(name: string, open: () => OpenStore): void {
  const check: Check = (says, body) => {
    test(`${name}: ${says}`, async () => {
      const { store, close } = open()
      try {
        await body(store)
      } finally {
        await close()
      }
    })
  }
  for (const part of parts) {
    part(check)
  }
}
