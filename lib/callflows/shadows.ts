import type { Callflow } from './callflow.ts'
import { type PatternOwner, winsTie } from './match.ts'
import { literalNumber, type TakenLiterals } from './taken-literals.ts'

// Whether one pattern always loses to another cannot be found out cheaply in general, so only what
// is sure is reported:
// 1. `^1234$` while a callflow lists the number 1234: a listed number goes before every pattern.
// 2. The same text in two callflows: one of them wins every tie. (A store with unique texts has none.)
// 3. A pattern that captures the whole of any number (`.*`, `^(.+)$`) and wins ties against it by
//    the order of texts: nothing captures more. (A number holds no line break, which `.` leaves out.)
// 4. The same without the tie, when the shadowed pattern captures less than the whole: it begins
//    with `^` and a fixed digit, `*`, `#` or `+` before its groups, as `^\*97([0-9]+)$` does.
// 5. `^1234$` while another pattern takes the number 1234, which is found out by trying it.
// A pattern that is not reported may still lose to every number that callers dial.

export type ShadowedPattern = {
  readonly callflow: string
  readonly pattern: string
  readonly by:
    | { readonly callflow: string; readonly number: string }
    | { readonly callflow: string; readonly pattern: string }
}

const universal = /^\^?(?:\.[*+]|\(\.[*+]\))\$?$/
const fixed = String.raw`(?:[0-9#]|\\[*+#])`
const simple = String.raw`(?:[0-9#.?*+]|\\[*+#d]|\[[0-9#*+-]*\]|\{\d+(?:,\d*)?\})`
const capturesLess = new RegExp(String.raw`^\^${fixed}(?![?*{])${simple}*\((?!\?)[^|]*$`)

/**
 * The patterns that surely take no number, each with what takes its numbers; by callflow in the given
 * order. `taken` are the patterns of one number that lose it to another pattern.
 */
export function shadowedPatterns(
  callflows: readonly Callflow[],
  taken: TakenLiterals['taken'],
): readonly ShadowedPattern[] {
  const owners = callflows.flatMap(({ id, patterns }) =>
    patterns.map((pattern) => ({ pattern, callflowId: id })),
  )
  const listings = new Map(
    callflows.flatMap(({ id, numbers }) => numbers.map((number) => [number, id] as const)),
  )
  const winners = winnersByText(owners)
  const widest = strongest(owners.filter(({ pattern }) => universal.test(pattern)))
  return owners.flatMap((owner) => {
    const by = shadowOf(owner, listings, winners, widest) ?? takerOf(owner, taken)
    return by === undefined ? [] : [{ callflow: owner.callflowId, pattern: owner.pattern, by }]
  })
}

function shadowOf(
  owner: PatternOwner,
  listings: ReadonlyMap<string, string>,
  winners: ReadonlyMap<string, PatternOwner>,
  widest: PatternOwner | undefined,
): ShadowedPattern['by'] | undefined {
  const number = literalNumber(owner.pattern)
  const listing = number === undefined ? undefined : listings.get(number)
  if (number !== undefined && listing !== undefined) {
    return { callflow: listing, number }
  }
  const winner = winners.get(owner.pattern)
  if (winner !== undefined && winner.callflowId !== owner.callflowId) {
    return { callflow: winner.callflowId, pattern: winner.pattern }
  }
  return widest !== undefined && (capturesLess.test(owner.pattern) || winsTie(widest, owner))
    ? { callflow: widest.callflowId, pattern: widest.pattern }
    : undefined
}

function takerOf(
  { pattern }: PatternOwner,
  taken: TakenLiterals['taken'],
): ShadowedPattern['by'] | undefined {
  const taker = taken.get(pattern)
  return taker && { callflow: taker.callflowId, pattern: taker.pattern }
}

function winnersByText(owners: readonly PatternOwner[]): ReadonlyMap<string, PatternOwner> {
  const winners = new Map<string, PatternOwner>()
  for (const owner of owners) {
    const known = winners.get(owner.pattern)
    if (known === undefined || winsTie(owner, known)) {
      winners.set(owner.pattern, owner)
    }
  }
  return winners
}

function strongest(owners: readonly PatternOwner[]): PatternOwner | undefined {
  return owners.reduce<PatternOwner | undefined>(
    (best, owner) => (best === undefined || winsTie(owner, best) ? owner : best),
    undefined,
  )
}
