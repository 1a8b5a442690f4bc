import type { DefaultState } from 'koa'
import type { Middleware } from './context.ts'
import type { Route } from './route.ts'
import type { Routing } from './routing.ts'

/** A dialect as the app mounts and describes it. */
export type Dialect = {
  readonly name: string
  /** The first is the one that is described. */
  readonly prefixes: readonly [string, ...string[]]
  /** Answers everything below the prefixes, its own errors included. */
  readonly middleware: Middleware<DefaultState>
  readonly served: Routing['served']
  /** What OPTIONS is answered; 204 unless said otherwise. */
  readonly optionsStatus?: 200
  readonly description: DialectDescription
}

/** What the API description needs beside the routes: the JSON schemas by name. */
export type DialectDescription = {
  readonly title: string
  readonly routes: readonly Route<unknown>[]
  readonly schemas: Readonly<Record<string, object>>
  /** The schemas of the JSON bodies that the routes name. */
  readonly bodies?: Readonly<Record<string, object>>
  readonly errorSchema: string
  readonly mediaTypes: readonly string[]
  /** What every route may answer beside its own. */
  readonly commonRefusals: readonly number[]
  /** Whether what is read has a revision, and is 304 to who has that already. */
  readonly hasRevisions?: true
  /** Whether a session does in place of Basic. */
  readonly hasSessions?: true
}
