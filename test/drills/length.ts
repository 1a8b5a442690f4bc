import { randomInt } from 'node:crypto'

/**
 * How long the drills are. `npm test` runs the short ones. `npm run drills` sets DRILLS=long; DRILLS=0.1
 * runs a tenth of the long ones. A failure names its seed, and DRILL_SEED takes the same choices again.
 */
export function lengthOf(short: number, long: number): number {
  const wanted = process.env.DRILLS ?? 'short'
  if (wanted === 'short') {
    return short
  }
  return wanted === 'long' ? long : Math.max(1, Math.round(long * Number(wanted)))
}

/** The bar for the time from a start, or from the end of a fault, to readiness. */
export const readyWithinMs = 2_000

export type Random = {
  /** A whole number from 0 up to, and without, `end`. */
  below(end: number): number
  oneOf<T>(items: readonly T[]): T | undefined
}

/** Gives `run` its chances. Throws what it throws, with the seed in front. */
export async function withSeed<T>(run: (random: Random) => Promise<T>): Promise<T> {
  const seed = Number(process.env.DRILL_SEED ?? randomInt(2 ** 31))
  try {
    return await run(seeded(seed))
  } catch (error) {
    if (error instanceof Error) {
      error.message = `DRILL_SEED=${seed}: ${error.message}`
    }
    throw error
  }
}

/** Mulberry32. */
export function seeded(seed: number): Random {
  let state = seed
  const below = (end: number) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end)
  }
  return { below, oneOf: (items) => items[below(items.length)] }
}

/** The one line in which a drill says what it has done. */
export function tell(drill: string, figures: Readonly<Record<string, number | string>>): void {
  const told = Object.entries(figures).map(([what, figure]) => `${figure} ${what}`)
  console.log(`  ${drill}: ${told.join(', ')}`)
}
