/** A middle and how far the runs lie apart. */
export type Spread = { readonly median: number; readonly least: number; readonly most: number }

/** Of at least one value. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other)
  return { median: quantile(sorted, 0.5), least: quantile(sorted, 0), most: quantile(sorted, 1) }
}

/** Of sorted values, between the two that are nearest. */
export function quantile(sorted: readonly number[], part: number): number {
  const at = (sorted.length - 1) * part
  const below = sorted[Math.floor(at)] ?? Number.NaN
  const above = sorted[Math.ceil(at)] ?? Number.NaN
  return below + (above - below) * (at - Math.floor(at))
}

/** Each of one by the one of the other that was measured beside it. */
export function ratiosOf(some: readonly number[], others: readonly number[]): Spread {
  return spreadOf(some.map((value, index) => value / (others[index] ?? Number.NaN)))
}

export function spreadText({ median, least, most }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${least.toFixed(digits)}-${most.toFixed(digits)})`
}
