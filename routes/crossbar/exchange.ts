import type { JsonObject, JsonValue, PlacedAccount } from '../../db/store.ts'
import type { Caller, Origin } from '../../lib/caller.ts'
import type { Services } from '../../lib/services.ts'
import type { PageKeys } from '../../serializers/crossbar/envelope.ts'
import type { Route } from '../route.ts'

/** What a handler gets when nobody has to be logged in. */
export type OpenExchange = {
  readonly services: Services
  readonly origin: Origin
  /** What the last parameter of the route's path holds. */
  readonly name: string
  /**
   * The `data` of the body, without its private keys. The body is read when this is first called, so
   * after the caller is known to be allowed (D6). Throws `HttpError` for a body that is not taken,
   * `ValidationError` for a malformed envelope.
   */
  readonly data: () => Promise<JsonObject>
  /** The session's token, if one was sent. */
  readonly sessionToken: string | undefined
}

/** What a handler gets: who asks, what for, and with which parameters. */
export type Exchange = OpenExchange & {
  readonly caller: Caller
  /** The account that the path names, if there is one. */
  readonly target: PlacedAccount | undefined
  /** Levels of the tree, the root's included. */
  readonly maxDepth: number
  /** Read when this is called, as the body is. Throws `ValidationError` for one that is no UTF-8. */
  readonly query: () => URLSearchParams
  /** The first of these media types that the client likes best; undefined when it takes none. */
  readonly accepts: <Type extends string>(types: readonly Type[]) => Type | undefined
  /** The revision that the client has seen, from If-Match. */
  readonly ifMatch: string | undefined
}

export type File = { readonly type: string; readonly text: string }

export type Answer = {
  readonly data: JsonValue | object
  readonly status?: 201
  /** What follows on the items of `data`, of a list that is too long to be held. */
  readonly rest?: AsyncIterable<readonly JsonObject[]>
  /** Without one it is a digest of the data, and of what leads to the next page. */
  readonly revision?: string
  readonly page?: PageKeys
  /** Path of what was made. */
  readonly location?: string
  /** What is sent in place of an envelope. */
  readonly file?: File
  /** A session that was opened. */
  readonly authToken?: string
}

/** What it answers again, of a thing with this SID that an equal request has made or changed. */
export type Again = (exchange: Exchange, sid: string) => Promise<Answer>
export type CrossbarRoute = Route<(exchange: Exchange) => Promise<Answer>, Again>
export type OpenRoute = Route<(exchange: OpenExchange) => Promise<Answer>>
