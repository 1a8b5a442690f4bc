/**
 * The same function, which makes each answer once for as long as the value that it was made of is in
 * use. For pure functions of values that never change, as those that the store has read. An answer is
 * kept when it is asked for again: most of what a long list passes by never is.
 */
export function remembered<Value extends object, Made>(
  make: (value: Value) => Made,
): (value: Value) => Made {
  const met = new WeakSet<Value>()
  const made = new WeakMap<Value, { readonly of: Made }>()
  return (value) => {
    const known = made.get(value)
    if (known !== undefined) {
      return known.of
    }
    const of = make(value)
    if (met.has(value)) {
      made.set(value, { of })
    } else {
      met.add(value)
    }
    return of
  }
}
