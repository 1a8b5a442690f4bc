import type { Store } from '../db/store.ts'

/** The same store, telling after each call how many seconds it took. */
export function timedStore(store: Store, called: (method: string, seconds: number) => void): Store {
  return new Proxy(store, {
    get(target, property, receiver) {
      const method: unknown = Reflect.get(target, property, receiver)
      if (typeof method !== 'function' || typeof property !== 'string') {
        return method
      }
      return async (...args: unknown[]) => {
        const begun = performance.now()
        try {
          return await Reflect.apply(method, target, args)
        } finally {
          called(property, (performance.now() - begun) / 1000)
        }
      }
    },
  })
}
