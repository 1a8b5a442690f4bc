import type {
  CallflowDraft,
  CallflowOutcome,
  CallflowRecord,
  JsonObject,
  NumberConflict,
  PlacedAccount,
} from '../../db/store.ts'
import { requireLiving } from '../accounts/read.ts'
import { type AuditTarget, auditEntry, differences } from '../audit.ts'
import type { Caller } from '../caller.ts'
import { onFreshReading } from '../fresh-reading.ts'
import { newCallflowId } from '../ids.ts'
import { quotaReached } from '../quotas.ts'
import type { Services } from '../services.ts'
import { textsOf } from './numbers.ts'
import { requireCallflow } from './read.ts'

/** What came of a write: the callflow, or the numbers that others of the account have. */
export type CallflowResult = { readonly callflow: CallflowRecord } | CallflowConflicts

/** The numbers of a document that others of the account have. */
export type CallflowConflicts = { readonly conflicts: readonly NumberConflict[] }

/**
 * Makes a callflow of the document that `checkedDocument` gives, which throws to refuse. Throws as
 * `requireLiving` does; `quotaReached`.
 */
export async function createCallflow(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  checkedDocument: () => Promise<JsonObject>,
): Promise<CallflowResult> {
  const account = requireLiving(caller, 'changeCallflows', target)
  const draft = draftFrom(newCallflowId(), account.sid, await checkedDocument())
  return onFreshReading(services, caller, account, async (callerNow, accountNow) => {
    const { lineage } = requireLiving(callerNow, 'changeCallflows', accountNow)
    const changes = differences({}, { document: JSON.stringify(draft.document) })
    const at = services.now()
    const audit = auditEntry(callerNow, at, 'callflow.create', auditTarget(draft), changes)
    const { callflows: atMost } = services.policy.quotas
    return resultOf(services, await services.store.insertCallflow(draft, lineage, audit, atMost))
  })
}

/**
 * Puts another document in the place of a callflow's. `documentFor` works it out from the callflow as
 * it is in the attempt that is written, and throws to refuse. Throws as `requireLiving` does, and
 * `notFound` for a callflow that is not this account's.
 */
export async function changeCallflow(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  id: string,
  documentFor: (before: CallflowRecord) => Promise<JsonObject>,
): Promise<CallflowResult> {
  const account = requireLiving(caller, 'changeCallflows', target)
  return onFreshReading(services, caller, account, async (callerNow, accountNow) => {
    const { lineage, sid } = requireLiving(callerNow, 'changeCallflows', accountNow)
    const before = await requireCallflow(services, sid, id)
    const draft = draftFrom(id, sid, await documentFor(before))
    const changes = differences(
      { document: JSON.stringify(before.document) },
      { document: JSON.stringify(draft.document) },
    )
    const at = services.now()
    const audit = auditEntry(callerNow, at, 'callflow.change', auditTarget(draft), changes)
    return resultOf(services, await services.store.changeCallflow(before, draft, lineage, audit))
  })
}

/**
 * Takes a callflow away and gives it as it was; `precondition` sees it in the attempt that is written
 * and throws to refuse. Throws as `changeCallflow` does.
 */
export async function removeCallflow(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  id: string,
  precondition: (before: CallflowRecord) => void,
): Promise<CallflowRecord> {
  const account = requireLiving(caller, 'changeCallflows', target)
  return onFreshReading(services, caller, account, async (callerNow, accountNow) => {
    const { lineage, sid } = requireLiving(callerNow, 'changeCallflows', accountNow)
    const before = await requireCallflow(services, sid, id)
    precondition(before)
    const audit = auditEntry(callerNow, services.now(), 'callflow.remove', auditTarget(before), {})
    const outcome = await services.store.removeCallflow(before, lineage, audit)
    return outcome === 'stale' ? 'stale' : before
  })
}

/** Which numbers and patterns of a document other callflows of the account have; `id` is the own. */
export function conflictsOf(
  { store }: Services,
  accountSid: string,
  id: string,
  document: JsonObject,
): Promise<readonly NumberConflict[]> {
  return store.conflictingNumbers(draftFrom(id, accountSid, document))
}

function draftFrom(id: string, accountSid: string, document: JsonObject): CallflowDraft {
  const numbers = textsOf(document, 'numbers')
  return { id, accountSid, document, numbers, patterns: textsOf(document, 'patterns') }
}

function resultOf({ policy }: Services, result: CallflowOutcome): CallflowResult | 'stale' {
  switch (result.outcome) {
    case 'stale':
      return 'stale'
    case 'quotaReached':
      throw quotaReached(policy.quotas, 'callflows')
    case 'duplicate':
      return { conflicts: result.conflicts }
    case 'stored':
      return { callflow: result.callflow }
  }
}

/** Ids of callflows have no letters of their kind; what is recorded of them gives them some. */
function auditTarget({ id, accountSid }: Pick<CallflowDraft, 'id' | 'accountSid'>): AuditTarget {
  return { sid: `CF${id}`, accountSid }
}

/** The id of the callflow that is recorded under this SID. */
export function callflowIdOf(recordedSid: string): string {
  return recordedSid.replace(/^CF/, '')
}
