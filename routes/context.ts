import type { DefaultContext, Middleware as KoaMiddleware, ParameterizedContext } from 'koa'
import type { PlacedAccount } from '../db/store.ts'
import type { Caller } from '../lib/caller.ts'
import type { SegmentedPath } from './path.ts'

/** What the middleware of a request notes for those behind it and for the log line. */
export type State = {
  requestId: string
  /** The client's address, behind the proxies that are believed. */
  address: string
  dialect: string
  /** The pattern that the path fitted, never the path itself. */
  route: string
  /** The caller, once it is known. */
  accountSid: string | undefined
  /** The API key that it used, if it used one. */
  apiKeySid: string | undefined
  /** The raw path behind the dialect's prefix. */
  dialectPath: string
  /** The same in its parts. */
  path: SegmentedPath
  /** Behind the authentication: who asks. */
  caller: Caller
  /** Behind the authentication: the account that the path names, if there is one. */
  target: PlacedAccount | undefined
}

export type Context<S = State> = ParameterizedContext<S, DefaultContext, unknown>
export type Middleware<S = State> = KoaMiddleware<S, DefaultContext, unknown>
