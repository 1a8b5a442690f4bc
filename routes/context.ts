import type { DefaultContext, Middleware as KoaMiddleware, ParameterizedContext } from 'koa'

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
  /** The raw path behind the dialect's prefix. */
  dialectPath: string
}

export type Context<S = State> = ParameterizedContext<S, DefaultContext, unknown>
export type Middleware<S = State> = KoaMiddleware<S, DefaultContext, unknown>
