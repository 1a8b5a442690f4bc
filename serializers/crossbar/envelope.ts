import type { JsonObject, JsonValue } from '../../db/store.ts'
import { md5InPieces } from '../../lib/secrets.ts'
import { isoToTheSecond } from '../dates.ts'

/** What goes around the data of a success (kazoo.md 1.3). */
export type Envelope = {
  readonly data: JsonValue | object
  readonly revision: string
  readonly requestId: string
  /** The session's token, if the caller used or got one. */
  readonly authToken: string | undefined
  readonly page: PageKeys | undefined
  readonly now: Date
  /** The program's, for callers who are known. */
  readonly version: string | undefined
}

export type PageKeys = {
  readonly pageSize: number
  readonly startKey: string
  readonly nextStartKey: string | undefined
}

export function successEnvelope(envelope: Envelope): Readonly<Record<string, unknown>> {
  const { page, authToken, version } = envelope
  return {
    ...(page && {
      page_size: page.pageSize,
      start_key: page.startKey,
      ...(page.nextStartKey !== undefined && { next_start_key: page.nextStartKey }),
    }),
    data: envelope.data,
    revision: envelope.revision,
    timestamp: isoToTheSecond(envelope.now),
    ...(version !== undefined && { version }),
    request_id: envelope.requestId,
    status: 'success',
    ...(authToken !== undefined && { auth_token: authToken }),
  }
}

/**
 * The envelope of a list whose items come in pieces, as pieces of one text; its revision, the digest
 * of all of them, comes behind them.
 */
export async function* longListText(
  envelope: Omit<Envelope, 'data' | 'revision'>,
  pieces: AsyncIterable<readonly JsonObject[]>,
  isPretty: boolean,
): AsyncGenerator<string> {
  const digest = md5InPieces()
  digest.add('[')
  let before = ''
  yield isPretty ? '{\n  "data": [' : '{"data":['
  for await (const items of pieces) {
    digest.add(before + items.map((item) => JSON.stringify(item)).join())
    yield before + items.map((item) => itemText(item, isPretty)).join()
    before = ','
  }
  digest.add(']')
  const whole = successEnvelope({ ...envelope, data: [], revision: digest.hex() })
  const { data: _sent, ...behind } = whole
  yield isPretty
    ? `\n  ],${JSON.stringify(behind, null, 2).slice(1)}`
    : `],${JSON.stringify(behind).slice(1)}`
}

function itemText(item: JsonObject, isPretty: boolean): string {
  return isPretty
    ? `\n${JSON.stringify(item, null, 2).replace(/^/gm, '    ')}`
    : JSON.stringify(item)
}

/** What goes around an error (kazoo.md 1.4). */
export type ErrorEnvelope = {
  readonly status: number
  /** A token that consoles compare. */
  readonly message: string
  readonly data: object
  readonly requestId: string
  /** The session's token, if a caller who is known used one. */
  readonly authToken: string | undefined
}

/** `error` is the HTTP status as text. */
export function errorEnvelope(envelope: ErrorEnvelope): object {
  const { data, status, message, requestId, authToken } = envelope
  return {
    data,
    error: String(status),
    message,
    status: 'error',
    request_id: requestId,
    ...(authToken !== undefined && { auth_token: authToken }),
  }
}
