import bodyParser from 'koa-bodyparser'
import type { JsonObject, JsonValue } from '../../db/store.ts'
import { isJsonObject, withoutPrivate } from '../../lib/documents.ts'
import type { Context } from '../context.ts'
import { HttpError } from '../http-error.ts'
import { ValidationError } from './errors.ts'
import { required } from './validation/faults.ts'
import { type JsonFault, readJson } from './validation/limits.ts'

/** Of a body (decisions.md 22). */
const mostBytes = 1024 * 1024
/** Of a document that is stored: with our keys, an envelope and a client's blanks it is a body again. */
export const mostDocumentBytes = mostBytes - 16 * 1024
const jsonTypes = ['json', 'application/x-json', 'application/x-www-form-urlencoded']

const textOptions = {
  enableTypes: ['text'],
  extendTypes: { text: jsonTypes },
  textLimit: String(mostBytes),
  // A character for each byte: a decoder of UTF-8 leaves U+FFFD where there is none, and tells nobody.
  encoding: 'binary',
}
const readAsText = bodyParser(textOptions)

/** Whether a body says that it is longer than 1 MiB. */
export function isTooLong(ctx: Context): boolean {
  return (ctx.request.length ?? 0) > mostBytes
}

/**
 * The text of a body of JSON, which Kazoo's clients send under its own type, under curl's standard one
 * or under none. Throws 415 for another type or an encoding, 413 for one longer than 1 MiB.
 */
export async function readBodyText(ctx: Context): Promise<string> {
  const isPresent = ctx.req.headers['transfer-encoding'] !== undefined || ctx.request.length
  if (!isPresent) {
    return ''
  }
  ctx.req.headers['content-type'] ??= 'application/json'
  const encoding = ctx.get('Content-Encoding')
  if (ctx.request.is(jsonTypes) === false || !['', 'identity'].includes(encoding)) {
    throw new HttpError(415, 'The body is to be application/json')
  }
  if (isTooLong(ctx)) {
    throw tooLong()
  }
  await readAsText(ctx, async () => {}).catch((error: unknown) => {
    const status = error instanceof Error && 'status' in error ? error.status : undefined
    throw status === 413 ? tooLong() : asClientFault(status, error)
  })
  const { body } = ctx.request
  return typeof body === 'string' ? utf8From(Buffer.from(body, 'latin1')) : ''
}

function utf8From(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw brokenJson('encoding')
  }
}

/**
 * The `data` of a request's envelope, whose keys are read in any letter case (kazoo.md 1.1). `echo` is
 * false where it may be a secret: then no fault shows it (D8).
 */
export function readData(text: string, { echo }: { readonly echo: boolean }): JsonObject {
  if (text.trim() === '') {
    return {}
  }
  const read = readJson(text)
  if (!read.ok) {
    throw brokenJson(read.fault)
  }
  const data = dataOf(read.value)
  if (data === undefined) {
    throw new ValidationError({ data: { required } })
  }
  if (!isJsonObject(data)) {
    const fault = { message: 'Value is not of type object', target: 'object' }
    throw new ValidationError({ data: { type: echo ? { ...fault, value: data } : fault } })
  }
  return withoutPrivate(data, [])
}

function dataOf(envelope: JsonObject): JsonValue | undefined {
  return Object.entries(envelope).find(([key]) => key.toLowerCase() === 'data')?.[1]
}

const faultText: Readonly<Record<JsonFault | 'encoding', string>> = {
  encoding: 'The body is no valid UTF-8',
  syntax: 'The body is no JSON',
  notObject: 'The body is no JSON object',
  tooDeep: 'The body is nested too deep',
  tooManyNodes: 'The body has too many values',
  protoKey: 'The body has the key __proto__',
}

export function brokenJson(fault: keyof typeof faultText): ValidationError {
  return new ValidationError({ json: { invalid: { message: faultText[fault], target: 'body' } } })
}

function asClientFault(status: unknown, error: unknown): unknown {
  return status === 400 || status === 415
    ? new HttpError(400, 'The body did not arrive as its headers say')
    : error
}

function tooLong(): HttpError {
  return new HttpError(413, `The body is longer than ${mostBytes} bytes`, { Connection: 'close' })
}
