import type {
  CallflowDraft,
  CallflowOutcome,
  CallflowRecord,
  IdempotentRequest,
  JsonObject,
  NumberConflict,
  PlacedAccount,
} from '../../db/store.ts'
import { requireLiving } from '../accounts/read.ts'
import { type AuditTarget, auditEntry, differences } from '../audit.ts'
import type { Caller } from '../caller.ts'
import { onFreshReading } from '../fresh-reading.ts'
import { earlierResult, type Made, sameRequest } from '../idempotency.ts'
import { newCallflowId } from '../ids.ts'
import { quotaReached } from '../quotas.ts'
import type { Services } from '../services.ts'
import { textsOf } from './numbers.ts'
import { requireCallflow } from './read.ts'

/** What came of a write: the callflow, or the numbers that others of the account have. */
export type CallflowResult = { readonly callflow: CallflowRecord } | CallflowConflicts

/** The numbers of a document that others of the account have. */
export type CallflowConflicts = { readonly conflicts: readonly NumberConflict[] }

/** What came of a create: the callflow, or the numbers that others of the account have. */
export type CallflowCreated = Made<CallflowRecord> | CallflowConflicts

/**
 * Makes a callflow of the document that `checkedDocument` gives, which throws to refuse, or gives the
 * one that the same request made before, as it is now. Throws as `requireLiving` does; `quotaReached`;
 * `keyReused`; `notFound` for one that was made before and is removed.
 */
export async function createCallflow(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  checkedDocument: () => Promise<JsonObject>,
  idempotent: IdempotentRequest | undefined,
): Promise<CallflowCreated> {
  const account = requireLiving(caller, 'changeCallflows', target)
  const before = () => createdBefore(services, account.sid, idempotent)
  const checked = (await before()) ?? (await unlessCreated(checkedDocument, before))
  if ('made' in checked) {
    return checked
  }
  const draft = draftFrom(newCallflowId(), account.sid, checked.document)
  return onFreshReading(services, caller, account, async (callerNow, accountNow) => {
    const { lineage } = requireLiving(callerNow, 'changeCallflows', accountNow)
    const changes = differences({}, { document: JSON.stringify(draft.document) })
    const at = services.now()
    const audit = auditEntry(callerNow, at, 'callflow.create', auditTarget(draft), changes)
    const { callflows: atMost } = services.policy.quotas
    const { store } = services
    const outcome = await store.insertCallflow(draft, lineage, audit, idempotent, atMost)
    if (outcome.outcome === 'repeated') {
      return madeBefore(services, account.sid, sameRequest(idempotent, outcome.earlier))
    }
    const result = resultOf(services, outcome)
    return result === 'stale' || 'conflicts' in result
      ? result
      : { made: result.callflow, repeated: false }
  })
}

async function createdBefore(
  services: Services,
  accountSid: string,
  idempotent: IdempotentRequest | undefined,
): Promise<Made<CallflowRecord> | undefined> {
  const id = await earlierResult(services, idempotent)
  return id === undefined ? undefined : madeBefore(services, accountSid, id)
}

async function madeBefore(
  services: Services,
  accountSid: string,
  id: string,
): Promise<Made<CallflowRecord>> {
  return { made: await requireCallflow(services, accountSid, id), repeated: true }
}

/** The numbers that a check finds in use may be those of what an equal request has made meanwhile. */
async function unlessCreated(
  checkedDocument: () => Promise<JsonObject>,
  before: () => Promise<Made<CallflowRecord> | undefined>,
): Promise<{ readonly document: JsonObject } | Made<CallflowRecord>> {
  try {
    return { document: await checkedDocument() }
  } catch (error) {
    const created = await before()
    if (created === undefined) {
      throw error
    }
    return created
  }
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

/** Ids of callflows have no letters of their kind; the audit gives them some. */
function auditTarget({ id, accountSid }: Pick<CallflowDraft, 'id' | 'accountSid'>): AuditTarget {
  return { sid: `CF${id}`, accountSid }
}
