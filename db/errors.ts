/** `full`: no space is left for a change. `unavailable`: the disk or the file refuses otherwise. */
export type StoreFault = 'full' | 'unavailable'

/** The store could not do what it was asked for. A change that ends so was not made, or not for certain. */
export class StoreError extends Error {
  readonly fault: StoreFault
  /** What the database calls it. */
  readonly code: string

  constructor(fault: StoreFault, cause: Error & { readonly code: string }) {
    super(`the store is ${fault}: ${cause.message}`)
    this.name = 'StoreError'
    this.fault = fault
    this.code = cause.code
  }
}
