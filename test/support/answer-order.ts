import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { IncomingMessage } from 'node:http'

/** What the servers of this process had answered when they began a request. */
export type AnswerOrder = {
  /** How many requests that change something were answered before the one of this `X-Request-ID` was begun. */
  changesBefore(requestId: string | undefined): number
  stop(): void
}

const begun = 'http.server.request.start'
const answered = 'http.server.response.finish'

/** Node tells of it at once. A client hears of an answer when all is done that was put off to the end of a turn. */
export function watchAnswers(): AnswerOrder {
  const before = new Map<string, number>()
  let changes = 0
  const onBegun = (message: unknown) => {
    before.set(String(requestIn(message).headers['x-request-id']), changes)
  }
  const onAnswered = (message: unknown) => {
    changes += requestIn(message).method === 'GET' ? 0 : 1
  }
  subscribe(begun, onBegun)
  subscribe(answered, onAnswered)
  return {
    changesBefore(requestId = '') {
      const count = before.get(requestId)
      if (count === undefined) {
        throw new Error(`no server here has begun the request ${requestId}`)
      }
      return count
    },
    stop() {
      unsubscribe(begun, onBegun)
      unsubscribe(answered, onAnswered)
    },
  }
}

function requestIn(message: unknown): IncomingMessage {
  if (typeof message === 'object' && message !== null && 'request' in message) {
    const { request } = message
    if (request instanceof IncomingMessage) {
      return request
    }
  }
  throw new Error('Node tells of its requests in another form')
}
