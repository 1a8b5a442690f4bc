import type { Store } from '../db/store.ts'

/** The same store, telling after each call how many seconds it took. */
export function timedStore(store: Store, called: (method: string, seconds: number) => void): Store {
  const timed = { ...store }
  for (const [name, method] of Object.entries(store)) {
    Object.assign(timed, {
      async [name](...args: unknown[]) {
        const begun = performance.now()
        try {
          return await Reflect.apply(method, store, args)
        } finally {
          called(name, (performance.now() - begun) / 1000)
        }
      },
    })
  }
  return timed
}
