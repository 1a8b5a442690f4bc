import { setImmediate } from 'node:timers/promises'
import { invalid } from '../errors.ts'
import type { Callflow } from './callflow.ts'
import {
  type CompiledPattern,
  type CompilePattern,
  compilePattern,
  type Found,
} from './patterns.ts'

// Which callflow takes a number, as Kazoo decides it (its module cf_flow):
// 1. The callflow that lists the number.
// 2. Of all patterns that fit, the one with the longest capture: the longest of its groups, or all
//    that it took when it has no group; in bytes of UTF-8. Of equally long ones the pattern whose
//    text comes last. Kazoo orders texts by CouchDB's collation, we by UTF-16 code units. (One text
//    stands in one living callflow only; were it in two, the callflow with the last id would have it.)
// 3. The callflow that lists `no_match`, for a number of digits alone, `+` in front allowed.

/** In code points; three times what a callflow can list. */
export const maxNumberLength = 128

export type NumberMatch =
  | { readonly by: 'number'; readonly callflow: Callflow }
  | PatternMatch
  | { readonly by: 'no_match'; readonly callflow: Callflow }

export type PatternMatch = {
  readonly by: 'pattern'
  readonly callflow: Callflow
  readonly pattern: string
  /** What Kazoo hands to the modules as `capture_group`; undefined when it is empty. */
  readonly capture: string | undefined
  readonly groups: Found['groups']
  readonly names: Found['names']
}

/** A pattern and the callflow that has it. */
export type PatternOwner = { readonly pattern: string; readonly callflowId: string }

const noMatch = 'no_match'

/**
 * The callflow of the account that takes the number and by what; undefined when none does. Patterns
 * that do not compile take nothing. Throws `invalid` for an empty number and one that is too long.
 * Gives way to other requests now and then, as an account may hold tens of thousands of patterns.
 */
export async function matchNumber(
  callflows: readonly Callflow[],
  number: string,
  compile: CompilePattern = compilePattern,
): Promise<NumberMatch | undefined> {
  checkNumber(number)
  const listing = callflowListing(callflows, number)
  if (listing !== undefined) {
    return { by: number === noMatch ? noMatch : 'number', callflow: listing }
  }
  if (number === noMatch) {
    return undefined
  }
  const fitting = await fittingPattern(callflows, number, compile)
  if (fitting !== undefined) {
    return fitting
  }
  const last = /^\+*[0-9]*$/.test(number) ? callflowListing(callflows, noMatch) : undefined
  return last && { by: noMatch, callflow: last }
}

/** Whether the first of two patterns that capture equally much takes the number. */
export function winsTie(first: PatternOwner, second: PatternOwner): boolean {
  return first.pattern === second.pattern
    ? first.callflowId > second.callflowId
    : first.pattern > second.pattern
}

function checkNumber(number: string): void {
  if (number === '') {
    throw invalid('number', { rule: 'required' })
  }
  if (number.length > maxNumberLength && [...number].length > maxNumberLength) {
    const fault = { rule: 'tooLong', limit: maxNumberLength, unit: 'characters' } as const
    throw invalid('number', { ...fault, value: number })
  }
}

function callflowListing(callflows: readonly Callflow[], number: string): Callflow | undefined {
  let found: Callflow | undefined
  for (const callflow of callflows) {
    if (callflow.numbers.includes(number) && (found === undefined || callflow.id < found.id)) {
      found = callflow
    }
  }
  return found
}

/** In instructions compiled and run, 1,000 of which take 5 ms at worst. */
const turnSize = 5000

/** How much was compiled and run, in what `turnSize` counts. */
export type Work = { done: number }

/** The pattern that takes a number, if any fits. */
export async function fittingPattern(
  callflows: readonly Callflow[],
  number: string,
  compile: CompilePattern,
  work: Work = { done: 0 },
): Promise<PatternMatch | undefined> {
  let best: PatternMatch | undefined
  let turnEnd = work.done + turnSize
  for (const callflow of callflows) {
    for (const text of callflow.patterns) {
      const pattern = compile(text)
      const match = pattern && patternMatch(callflow, pattern, number)
      if (match !== undefined && (best === undefined || isBetter(match, best))) {
        best = match
      }
      work.done += 50 + (pattern?.size ?? text.length)
      if (work.done > turnEnd) {
        turnEnd = work.done + turnSize
        await setImmediate()
      }
    }
  }
  return best
}

function patternMatch(
  callflow: Callflow,
  pattern: CompiledPattern,
  number: string,
): PatternMatch | undefined {
  const found = pattern.search(number)
  if (found === undefined) {
    return undefined
  }
  const { text, groups, names } = found
  const capture = groups.length === 0 ? text : longest(groups)
  return {
    ...{ by: 'pattern', callflow, pattern: pattern.text, groups, names },
    capture: capture === '' ? undefined : capture,
  }
}

/** The first of the longest. */
function longest(groups: Found['groups']): string {
  return groups
    .map((group) => group ?? '')
    .reduce((first, second) => (byteLength(second) > byteLength(first) ? second : first))
}

function isBetter(first: PatternMatch, second: PatternMatch): boolean {
  const difference = byteLength(first.capture ?? '') - byteLength(second.capture ?? '')
  return difference === 0 ? winsTie(ownerOf(first), ownerOf(second)) : difference > 0
}

function ownerOf({ pattern, callflow }: PatternMatch): PatternOwner {
  return { pattern, callflowId: callflow.id }
}

function byteLength(text: string): number {
  return Buffer.byteLength(text)
}
