import type { Callflow } from './callflow.ts'
import { type Cycles, cyclesOf } from './cycles.ts'
import { type FoundReference, referencesOf } from './references.ts'
import { type ShadowedPattern, shadowedPatterns } from './shadows.ts'
import type { TakenLiterals } from './taken-literals.ts'

/**
 * What is wrong with the callflows of an account; every list but the cycles is in the order of the
 * callflows given.
 */
export type CallflowReport = {
  readonly dangling: readonly DanglingReference[]
  /** Patterns that surely take no number; `shadows.ts` says what is sure. */
  readonly shadowed: readonly ShadowedPattern[]
  /** Callflows that no number, no pattern and no callflow that is itself reached leads to. */
  readonly unreachable: readonly string[]
  /** Of flows only: a metaflow calls when a party of the call presses its keys, so it never runs on by itself. */
  readonly cycles: Cycles['cycles']
  /** There are more dangling references, or may be more shadowed patterns or cycles. */
  readonly truncated: boolean
}

export type DanglingReference = {
  readonly callflow: string
  readonly path: string
  /** Undefined where the module names none. */
  readonly id: string | undefined
}

/** The longest list of dangling references and of shadowed patterns. */
export const maxFaults = 10_000

/**
 * The report on all callflows of an account. `calledFromOutside` are ids that something other than a
 * callflow calls, such as the account's preflow, `literals` the patterns of one number that lose it.
 */
export function checkCallflows(
  callflows: readonly Callflow[],
  calledFromOutside: readonly string[] = [],
  literals: TakenLiterals = { taken: new Map(), isWhole: true },
): CallflowReport {
  const ids = new Set(callflows.map(({ id }) => id))
  const references = new Map(callflows.map((callflow) => [callflow.id, referencesOf(callflow)]))
  const shadowed = shadowedPatterns(callflows, literals.taken)
  const reached = reachedFrom([...entriesOf(callflows, shadowed), ...calledFromOutside], references)
  const calls = new Map(
    [...references].map(([id, found]) => [
      id,
      targetsOf(found.filter((reference) => reference.in === 'flow')).filter((to) => ids.has(to)),
    ]),
  )
  const dangling = callflows.flatMap(({ id }) => danglingOf(id, references.get(id) ?? [], ids))
  const { cycles, truncated } = cyclesOf(calls)
  return {
    dangling: dangling.slice(0, maxFaults).map((found) => ({ ...found, path: found.path() })),
    shadowed: shadowed.slice(0, maxFaults),
    unreachable: callflows.flatMap(({ id }) => (reached.has(id) ? [] : [id])),
    cycles,
    truncated:
      truncated || dangling.length > maxFaults || shadowed.length > maxFaults || !literals.isWhole,
  }
}

function danglingOf(
  callflow: string,
  references: readonly FoundReference[],
  ids: ReadonlySet<string>,
) {
  return references.flatMap(({ path, id }) =>
    id !== undefined && ids.has(id) ? [] : [{ callflow, path, id }],
  )
}

/** The callflows that a caller reaches by a number or by a pattern that is not shadowed. */
function entriesOf(
  callflows: readonly Callflow[],
  shadowed: readonly ShadowedPattern[],
): readonly string[] {
  const lost = new Map<string, Set<string>>()
  for (const { callflow, pattern } of shadowed) {
    lost.set(callflow, (lost.get(callflow) ?? new Set()).add(pattern))
  }
  return callflows.flatMap(({ id, numbers, patterns }) =>
    numbers.length > 0 || patterns.some((pattern) => !lost.get(id)?.has(pattern)) ? [id] : [],
  )
}

function reachedFrom(
  entries: readonly string[],
  references: ReadonlyMap<string, readonly FoundReference[]>,
): ReadonlySet<string> {
  const reached = new Set(entries)
  for (const id of reached) {
    for (const target of targetsOf(references.get(id) ?? [])) {
      reached.add(target)
    }
  }
  return reached
}

/** Each once. */
function targetsOf(references: readonly FoundReference[]): string[] {
  return [...new Set(references.flatMap(({ id }) => (id === undefined ? [] : [id])))]
}
