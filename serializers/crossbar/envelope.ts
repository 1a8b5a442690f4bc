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

/** The whole answer of a success. `dataText` is the JSON of its data in one line, which may be known. */
export function successText(envelope: Envelope, dataText: string, isPretty: boolean): string {
  const before = envelope.page && pageKeys(envelope.page)
  const behind = behindData(envelope)
  if (isPretty) {
    return JSON.stringify({ ...before, data: envelope.data, ...behind }, null, 2)
  }
  const begin = before === undefined ? '{' : `${JSON.stringify(before).slice(0, -1)},`
  return `${begin}"data":${dataText},${JSON.stringify(behind).slice(1)}`
}

function pageKeys({ pageSize, startKey, nextStartKey }: PageKeys) {
  return { page_size: pageSize, start_key: startKey, next_start_key: nextStartKey }
}

function behindData({ revision, now, version, requestId, authToken }: Omit<Envelope, 'data'>) {
  return {
    revision,
    timestamp: isoToTheSecond(now),
    version,
    request_id: requestId,
    status: 'success',
    auth_token: authToken,
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
  const behind = behindData({ ...envelope, revision: digest.hex() })
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
