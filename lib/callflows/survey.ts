import type { CallflowRecord, PlacedAccount } from '../../db/store.ts'
import { requireLiving } from '../accounts/read.ts'
import type { Caller } from '../caller.ts'
import { isJsonObject } from '../documents.ts'
import { invalid } from '../errors.ts'
import type { Services } from '../services.ts'
import { type Branches, branchesOf } from './branches.ts'
import type { Callflow } from './callflow.ts'
import { type CallflowReport, checkCallflows } from './check.ts'
import { matchNumber, type NumberMatch } from './match.ts'
import { normalizedNumber, textsOf } from './numbers.ts'
import type { CompilePattern } from './patterns.ts'
import { listCallflows } from './read.ts'
import { takenLiterals } from './taken-literals.ts'

/** The callflows of an account by id. */
export type CallflowsById = ReadonlyMap<string, Callflow>

/** What a number reaches; `match` and `branches` are undefined when no callflow takes it. */
export type Reached = {
  /** In the form in which numbers are kept. */
  readonly number: string
  readonly match: NumberMatch | undefined
  readonly branches: Branches | undefined
  readonly callflows: CallflowsById
}

/**
 * Which callflow of an account takes a number, which is read after that may be asked, and the ways a
 * call can then take. Throws as `requireLiving` does, and `invalid` for a number that is missing, empty or too long.
 */
export async function reachedBy(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  readNumber: () => string | undefined,
): Promise<Reached> {
  const callflows = await allCallflows(services, caller, target)
  const given = readNumber()
  if (given === undefined) {
    throw invalid('number', { rule: 'required' })
  }
  const { compilePattern, policy } = services
  return reach(callflows, normalizedNumber(given, policy.crossbar.numberForm), compilePattern)
}

/** The same for callflows that are at hand. Throws `invalid` for a number that is empty or too long. */
export async function reach(
  callflows: CallflowsById,
  number: string,
  compile?: CompilePattern,
): Promise<Reached> {
  const match = await matchNumber([...callflows.values()], number, compile)
  const branches = match && branchesOf(match.callflow, callflows)
  return { number, match, branches, callflows }
}

/** What is wrong with the callflows of an account. Throws as `requireLiving` does. */
export async function checkedCallflows(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
): Promise<{ readonly report: CallflowReport; readonly callflows: CallflowsById }> {
  const account = requireLiving(caller, 'readCallflows', target)
  const callflows = await allCallflows(services, caller, account)
  const { preflow } = account.document
  const always = isJsonObject(preflow) ? preflow.always : undefined
  const called = typeof always === 'string' ? [always] : []
  const all = [...callflows.values()]
  const literals = await takenLiterals(all, services.compilePattern)
  return { report: checkCallflows(all, called, literals), callflows }
}

/** All callflows of an account as the rules of calls see them. Throws as `requireLiving` does. */
export async function allCallflows(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
): Promise<CallflowsById> {
  const callflows = new Map<string, Callflow>()
  for await (const record of listCallflows(services, caller, target, { ascending: true })) {
    callflows.set(record.id, callflowFrom(record))
  }
  return callflows
}

export function callflowFrom({ id, document }: Pick<CallflowRecord, 'id' | 'document'>): Callflow {
  const numbers = textsOf(document, 'numbers')
  return { id, numbers, patterns: textsOf(document, 'patterns'), document }
}
