import type { Callflow } from './callflow.ts'
import { fittingPattern, maxNumberLength, type PatternOwner, type Work, winsTie } from './match.ts'
import type { CompilePattern } from './patterns.ts'

/** In what `Work` counts, 5,000 of which take 25 ms at worst: 150 patterns of one number beside 100 plain others. */
const mostWork = 1_000_000

const literal = /^\^((?:[0-9A-Za-z#]|\\[*+#])+)\$$/

/** The one number that a pattern such as `^1234$` fits; undefined for any other pattern. */
export function literalNumber(pattern: string): string | undefined {
  return literal.exec(pattern)?.[1]?.replaceAll('\\', '')
}

/** By the text of a pattern of one number: the pattern that takes this number from it. */
export type TakenLiterals = {
  readonly taken: ReadonlyMap<string, PatternOwner>
  /** Whether every one was tried. */
  readonly isWhole: boolean
}

/** Tries each pattern of one number on it, against all that fit others, letting other work pass. */
export async function takenLiterals(
  callflows: readonly Callflow[],
  compile: CompilePattern,
): Promise<TakenLiterals> {
  const taken = new Map<string, PatternOwner>()
  const work: Work = { done: 0 }
  const others = callflows.flatMap((callflow) => {
    const patterns = callflow.patterns.filter((pattern) => literalNumber(pattern) === undefined)
    return patterns.length === 0 ? [] : [{ ...callflow, patterns }]
  })
  for (const callflow of callflows) {
    for (const pattern of callflow.patterns) {
      const number = literalNumber(pattern)
      if (number === undefined || number.length > maxNumberLength) {
        continue
      }
      if (work.done > mostWork) {
        return { taken, isWhole: false }
      }
      const rival = await fittingPattern(others, number, compile, work)
      // Nothing captures more than the whole number, as it does itself.
      const owner = { pattern, callflowId: callflow.id }
      const rivalOwner = rival && { pattern: rival.pattern, callflowId: rival.callflow.id }
      if (rivalOwner !== undefined && rival?.capture === number && winsTie(rivalOwner, owner)) {
        taken.set(pattern, rivalOwner)
      }
    }
  }
  return { taken, isWhole: true }
}
