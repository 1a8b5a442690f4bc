import { LRUCache } from 'lru-cache'
import { RE2JS } from 're2js'

// Kazoo runs patterns with PCRE, which a stored expression can stall for ever. Here RE2's automaton
// runs them in time linear in the number. What it can't take (back-references, look-around, atomic
// groups, possessive repetition) does not compile.

/** In code points. */
export const maxPatternLength = 1024

/**
 * In instructions of the automaton. No pattern of `maxPatternLength` needs as many unless it
 * repeats by count. Measured at this limit: 2 ms and 0.3 MB to compile, 3 ms for a number of 128
 * characters (`(?:a?){500}`); without it 1,020 characters of `a{999}` took 260 ms and 108 MB.
 */
export const maxPatternSize = 1100

export type CompiledPattern = {
  readonly text: string
  /** In instructions. */
  readonly size: number
  /** The leftmost place where the pattern fits, as Erlang's `re:run/2` finds it: not anchored. */
  readonly search: (number: string) => Found | undefined
}

export type Found = {
  /** All that the pattern took. */
  readonly text: string
  /** What each group holds; undefined for one that took no part. */
  readonly groups: readonly (string | undefined)[]
  /** What the groups with a name hold, those that took part. */
  readonly names: Readonly<Record<string, string>>
}

export type CompilePattern = (text: string) => CompiledPattern | undefined

/** The pattern ready to run; undefined when it is malformed, too long, too large or not of RE2's syntax. */
export function compilePattern(text: string): CompiledPattern | undefined {
  if (isTooLong(text) || !text.isWellFormed() || estimatedSize(text) > maxPatternSize) {
    return undefined
  }
  const expression = parse(text)
  if (expression === undefined || expression.programSize() > maxPatternSize) {
    return undefined
  }
  return { text, size: expression.programSize(), search: (number) => search(expression, number) }
}

/**
 * `compilePattern` that remembers the patterns used last, 60 MB of them at most: one takes 11 KB and
 * 0.2 KB for each instruction.
 */
export function createPatternCache(): CompilePattern {
  const cache = new LRUCache<string, CompiledPattern>({
    maxSize: 250_000,
    sizeCalculation: ({ size }) => size + 50,
  })
  return (text) => {
    const known = cache.get(text)
    const pattern = known ?? compilePattern(text)
    if (known === undefined && pattern !== undefined) {
      cache.set(text, pattern)
    }
    return pattern
  }
}

function isTooLong(text: string): boolean {
  return text.length > maxPatternLength && [...text].length > maxPatternLength
}

function parse(text: string): RE2JS | undefined {
  try {
    return RE2JS.compile(text)
  } catch {
    return undefined
  }
}

function search(expression: RE2JS, number: string): Found | undefined {
  const matcher = expression.matcher(number)
  if (!matcher.find()) {
    return undefined
  }
  const groups = Array.from(
    { length: matcher.groupCount() },
    (_, index) => matcher.group(index + 1) ?? undefined,
  )
  const named = Object.entries(matcher.getNamedGroups())
  const names = Object.fromEntries(
    named.flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  )
  return { text: matcher.group() ?? '', groups, names }
}

const token =
  /\\Q[\s\S]*?(?:\\E|$)|\\[pPx]\{[^}]*\}|\\[\s\S]|\[\^?\]?(?:\\[\s\S]|\[:\^?\w+:\]|[^\]\\])*\]|\{(?<low>\d+)(?<comma>,(?<high>\d*))?\}|\((?:\?(?:P?<\w+>|[A-Za-z-]*:))?|[\s\S]/gu

/** How large the automaton becomes, from the text alone and never much too low, so that nothing large is built. */
function estimatedSize(text: string): number {
  let sum = 0
  let last = 0
  const outer: number[] = []
  for (const { 0: read, groups } of text.matchAll(token)) {
    if (read.startsWith('(')) {
      outer.push(sum + last)
      sum = 0
      last = read.endsWith(':') ? 0 : 2
    } else if (read === ')' && outer.length > 0) {
      last += sum
      sum = outer.pop() ?? 0
    } else if (groups?.low !== undefined) {
      last *= Math.max(Number(groups.low), Number(groups.high ?? 0), 1)
      last += groups.comma === undefined ? 0 : 1
    } else if (/^[?*+]$/.test(read)) {
      last += 1
    } else {
      sum += last
      last = read.startsWith('\\Q') ? read.length : 1
    }
  }
  return outer.reduce((size, one) => size + one, sum + last)
}
