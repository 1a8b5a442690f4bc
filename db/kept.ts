/**
 * The values that somebody keeps because they were asked for again. What is made of such a value is worth
 * keeping beside it; of any other it is not: most accounts are read once, and to keep what was made of them
 * took a sixth of the time of such a read.
 */
const kept = new WeakSet<object>()

/** Gives the value back, as one that is kept by who calls. */
export function keep<Value extends object>(value: Value): Value {
  kept.add(value)
  return value
}

export function isKept(value: object): boolean {
  return kept.has(value)
}
