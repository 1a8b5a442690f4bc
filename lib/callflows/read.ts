import type { CallflowPage, CallflowRecord, PlacedAccount } from '../../db/store.ts'
import { requireLiving } from '../accounts/read.ts'
import type { Caller } from '../caller.ts'
import { DomainError } from '../errors.ts'
import type { Services } from '../services.ts'

const chunk = 500

/** A callflow of an account. Throws as `requireLiving` does, and `notFound` for one that is not its own. */
export async function readCallflow(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  id: string,
): Promise<CallflowRecord> {
  const { sid } = requireLiving(caller, 'readCallflows', target)
  return requireCallflow(services, sid, id)
}

/** All callflows of an account in the order of their ids, in chunks between which other requests pass. */
export async function* listCallflows(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  { after: begin, ascending }: Omit<CallflowPage, 'limit'>,
): AsyncGenerator<CallflowRecord> {
  const { sid } = requireLiving(caller, 'readCallflows', target)
  let after = begin
  while (true) {
    const page = { ...(after !== undefined && { after }), ascending, limit: chunk }
    const records = await services.store.callflowsPage(sid, page)
    yield* records
    after = records.at(-1)?.id
    if (records.length < chunk) {
      return
    }
    await new Promise((resume) => setImmediate(resume))
  }
}

/** Those of these callflows that an account has; whoever asks may see what names them. */
export async function callflowsNamed(
  { store }: Services,
  accountSid: string,
  ids: readonly string[],
): Promise<readonly CallflowRecord[]> {
  const named = await Promise.all(ids.map((id) => store.findCallflow(accountSid, id)))
  return named.filter((each) => each !== undefined)
}

/** The callflow of this account. Throws `notFound` when it has none of this id. */
export async function requireCallflow(
  { store }: Services,
  accountSid: string,
  id: string,
): Promise<CallflowRecord> {
  const record = await store.findCallflow(accountSid, id)
  if (record === undefined) {
    throw new DomainError({ kind: 'notFound', what: 'callflow' })
  }
  return record
}
