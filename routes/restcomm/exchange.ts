import type { PlacedAccount } from '../../db/store.ts'
import type { Caller } from '../../lib/caller.ts'
import type { Services } from '../../lib/services.ts'
import type { Resource } from '../../serializers/restcomm/document.ts'
import type { Face } from '../../serializers/restcomm/face.ts'
import type { FlatForm } from '../flat-form.ts'
import type { Route } from '../route.ts'

/** What a handler gets: who asks, what for, and with which parameters. */
export type Exchange = {
  readonly services: Services
  readonly face: Face
  /** Levels of the tree as this dialect allows them. */
  readonly maxDepth: number
  readonly caller: Caller
  /** The account that the path names, if there is one. */
  readonly target: PlacedAccount | undefined
  /** What the last parameter of the route's path holds. */
  readonly name: string
  /** Throws 400 for a malformed form, so that a handler decides first whether the caller may ask. */
  readonly form: () => FlatForm
  /** Throws 400 for a malformed query. */
  readonly query: () => FlatForm
}

/** What a handler answers: one resource or a list of them, with 200; or nothing, with 204. */
export type Answer =
  | { readonly one: Resource }
  | 'nothing'
  | {
      readonly many: AsyncIterable<readonly Resource[]>
      readonly element: Resource['element']
    }

export type Handler = (exchange: Exchange) => Promise<Answer>
/** What it answers again, of a thing with this SID that an equal request has made or changed. */
export type Again = (exchange: Exchange, sid: string) => Promise<Answer>
export type RestcommRoute = Route<Handler, Again>
