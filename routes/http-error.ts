/** A request refused for its HTTP, before the domain saw it. The message is for the client. */
export class HttpError extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.name = 'HttpError'
    this.status = status
    this.headers = headers
  }
}

/** Logs an error that is ours and gives the answer that tells nothing of it but the request's id. */
export type UnexpectedError = (error: unknown, requestId: string) => HttpError
