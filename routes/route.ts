/** What the API description says of one operation, written beside its handler. */
export type Operation = {
  readonly summary: string
  readonly description?: string
  readonly query?: readonly Parameter[]
  readonly form?: readonly Parameter[]
  /** The name of the schema of a body of JSON, below `data`. */
  readonly json?: string
  /** Whether anyone may ask, without credentials. */
  readonly open?: true
  readonly answer: {
    /** 200 unless said otherwise. */
    readonly status?: 201 | 204
    /** What it carries: the name of a component schema, or a list of it; nothing for 204. */
    readonly schema?: string
    readonly list?: true
    /** The media types in which it comes, where that is no envelope. */
    readonly files?: readonly string[]
  }
  /** The refusals that clients should expect beside those that every route has. */
  readonly refusals: readonly number[]
}

export type Parameter = {
  readonly name: string
  readonly required?: true
  readonly description: string
  readonly values?: readonly string[]
  readonly maxLength?: number
}

/** One route of a dialect; `path` is behind the dialect's prefix, in the router's syntax. */
export type Route<Handler, Again = unknown> = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly operation: Operation
  readonly handler: Handler
  /** Answers again what an equal request has done; a route with it takes an `Idempotency-Key`. */
  readonly again?: Again
}
