import type { PlacedAccount } from '../../db/store.ts'
import type { Caller } from '../../lib/caller.ts'
import type { Services } from '../../lib/services.ts'
import type { FlatForm } from '../flat-form.ts'
import type { Route } from '../route.ts'

/** What a handler gets: who asks, what for, and with which parameters. */
export type Exchange = {
  readonly services: Services
  readonly maxDepth: number
  readonly caller: Caller
  /** The account that the path names, if there is one. */
  readonly target: PlacedAccount | undefined
  /** The last part of the path. */
  readonly name: string
  /** The path of a list as its links spell it, without the prefix that the server is mounted below. */
  readonly listPath: string
  readonly form: () => FlatForm
  readonly query: () => FlatForm
  /** A path of this server as it stands in an answer: absolute when the operator has named the public URL. */
  readonly publicUrl: (path: string) => string
}

export type Answer = {
  readonly status: 200 | 201 | 204
  /** Nothing for 204. */
  readonly body?: object
}

export type Handler = (exchange: Exchange) => Promise<Answer>
/** What it answers again, of a thing with this SID that an equal request has made or changed. */
export type Again = (exchange: Exchange, sid: string) => Promise<Answer>
export type TwilioRoute = Route<Handler, Again>
