import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { Network } from '../lib/config.ts'
import type { Delivery, DeliveryOutcome, WorkerOptions } from '../lib/webhooks/delivery.ts'
import { webhookSignature } from '../lib/webhooks/signature.ts'
import { eventJson } from '../serializers/event.ts'
import { type AddressTest, withinNetworks } from './networks.ts'
import { isPublicAddress } from './public-addresses.ts'

/** Finds the addresses of a host name, as `dns.lookup` does. */
export type Resolve = (
  hostname: string,
  options: { readonly all: true },
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void

export type SenderOptions = {
  /** Networks that webhooks may lead to though they are not public. */
  readonly allowPrivate: readonly Network[]
  readonly timeoutMs?: number
  readonly resolve?: Resolve
}

const standardTimeoutMs = 10_000
/** Half of the threads that `routes/main.ts` asks for. */
const mostLookups = 8
const mostAnswerBytes = 64 * 1024
const maxHeaderSize = 16 * 1024

/** An address at which no webhook may lead. */
class RefusedAddress extends Error {}

/**
 * Sends events by POST, signed as Standard Webhooks says. It follows no redirect and looks at nothing
 * of the answer but its status. Private addresses are refused where the connection is made, after the
 * name was resolved (security.md L3): what a name meant before does not count.
 */
export function createWebhookSender(options: SenderOptions): WorkerOptions['deliver'] {
  const { timeoutMs = standardTimeoutMs, resolve = systemLookup } = options
  const isAllowedPrivate = withinNetworks(options.allowPrivate)
  const isAllowed = (address: string) => isPublicAddress(address) || isAllowedPrivate(address)
  const lookup = guardedLookup(resolve, isAllowed)
  return async (delivery, signal) => {
    const timeout = AbortSignal.timeout(timeoutMs)
    try {
      const url = new URL(delivery.url)
      requireAllowedLiteral(url, isAllowed)
      const status = await post(url, delivery, lookup, AbortSignal.any([signal, timeout]))
      return { status }
    } catch (error) {
      signal.throwIfAborted()
      return timeout.aborted ? { error: 'timeout' } : failureOf(error)
    }
  }
}

/** A host that is an address is never looked up. */
function requireAllowedLiteral({ hostname }: URL, isAllowed: AddressTest): void {
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) !== 0 && !isAllowed(host)) {
    throw new RefusedAddress()
  }
}

/**
 * Gives the socket only such addresses as it may connect to. A look-up holds a thread of Node's pool
 * until the resolver gives up, long after the sending was given up; passwords are hashed in that pool.
 */
function guardedLookup(resolve: Resolve, isAllowed: AddressTest): LookupFunction {
  let underWay = 0
  return (hostname, options, callback) => {
    if (underWay >= mostLookups) {
      callback(new Error('too many names are being looked up'), [])
      return
    }
    underWay += 1
    resolve(hostname, { ...options, all: true }, (error, found) => {
      underWay -= 1
      const allowed = error === null ? found.filter(({ address }) => isAllowed(address)) : []
      const [first] = allowed
      if (first === undefined) {
        callback(error ?? new RefusedAddress(), options.all === true ? [] : '')
      } else if (options.all === true) {
        callback(null, allowed)
      } else {
        callback(null, first.address, first.family)
      }
    })
  }
}

/** Gives the status of the answer, when that has ended or is longer than anyone reads. */
function post(
  url: URL,
  { event, secrets, at }: Delivery,
  lookup: LookupFunction,
  signal: AbortSignal,
): Promise<number> {
  const body = JSON.stringify(eventJson(event))
  const timestamp = String(Math.floor(at / 1000))
  const options: RequestOptions = {
    method: 'POST',
    ...{ agent: false, lookup, signal, maxHeaderSize },
    headers: {
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(body)),
      'User-Agent': 'Strowger',
      'webhook-id': event.sid,
      'webhook-timestamp': timestamp,
      'webhook-signature': webhookSignature(secrets, event.sid, timestamp, body),
    },
  }
  return new Promise((resolve, reject) => {
    const begin = url.protocol === 'https:' ? httpsRequest : httpRequest
    const request = begin(url, options, (response) => {
      const { statusCode = 0 } = response
      const ended = () => {
        resolve(statusCode)
        request.destroy()
      }
      request.off('error', reject).on('error', ended)
      readToTheEnd(response, ended)
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** Some receivers break off their work when nobody waits for the end of their answer. */
function readToTheEnd(response: IncomingMessage, ended: () => void): void {
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > mostAnswerBytes) {
      ended()
    }
  })
  response.once('error', ended)
  response.once('close', ended)
}

function failureOf(error: unknown): DeliveryOutcome {
  if (error instanceof RefusedAddress) {
    return { error: 'address refused' }
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return {
    error: wordsByCode[code] ?? (/TLS|SSL|CERT|SIGNATURE/.test(code) ? 'TLS' : 'unreachable'),
  }
}

const wordsByCode: Readonly<Record<string, string>> = {
  ENOTFOUND: 'name not found',
  EAI_AGAIN: 'name not found',
  ECONNRESET: 'closed early',
  EPIPE: 'closed early',
  HPE_INVALID_CONSTANT: 'no HTTP',
}
