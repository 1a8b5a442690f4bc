import { isKept, keep } from '../db/kept.ts'

/**
 * The same function, which makes the answer for a kept value once for as long as that is in use; what it
 * has made is kept too. For pure functions of values that never change, as those that the store has read.
 */
export function remembered<Value extends object, Made>(
  make: (value: Value) => Made,
): (value: Value) => Made {
  const made = new WeakMap<Value, { readonly of: Made }>()
  return (value) => {
    const known = made.get(value)
    if (known !== undefined) {
      return known.of
    }
    const of = make(value)
    if (isKept(value)) {
      made.set(value, { of })
      if (typeof of === 'object' && of !== null) {
        keep(of)
      }
    }
    return of
  }
}
