import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** `AC` an account, `OR` an organization, `SK` an API key, `WH` a webhook. */
export type SidKind = 'AC' | 'OR' | 'SK' | 'WH'

/** A new random SID: the two letters of its kind and 128 random bits in lower-case hex. */
export function newSid(kind: SidKind): string {
  return kind + randomBytes(16).toString('hex')
}

/** A new id of a callflow, which Kazoo writes without letters of its kind: 128 random bits in lower-case hex. */
export function newCallflowId(): string {
  return randomBytes(16).toString('hex')
}

/** Whether a text has the form of a callflow's id. */
export function isCallflowId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text)
}

/** Whether a text has the form of a SID: 34 letters or digits. Restcomm's own fixtures hold some that are not hex. */
export function isSid(text: string): boolean {
  return /^[0-9A-Za-z]{34}$/.test(text)
}

/** A new AuthToken: 128 random bits in lower-case hex. Go's SDK refuses any other character. */
export function newAuthToken(): string {
  return randomBytes(16).toString('hex')
}

/** Whether a text could be an AuthToken; no password may look like one, so that a token is never hashed. */
export function isAuthToken(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text)
}

/**
 * A new secret of an API key: `sk`, 192 random bits in hex and a checksum of both, so that a scanner
 * finds one that leaked and a mistyped one is known without a look-up. Letters and digits only, as
 * Go's SDK demands.
 */
export function newKeySecret(): string {
  const body = `sk${randomBytes(24).toString('hex')}`
  return body + checksum(body)
}

/** Whether a text has the form of a key's secret and its checksum is right. */
export function isKeySecret(text: string): boolean {
  const body = text.slice(0, -checksumLength)
  return /^sk[0-9a-f]{56}$/.test(text) && checksum(body) === text.slice(-checksumLength)
}

const checksumLength = 8

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(checksumLength, '0')
}

const webhookSecretBytes = 32
const webhookSecretMark = 'whsec_'

/** A new secret of a webhook in the form of Standard Webhooks, for which clients have libraries. */
export function newWebhookSecret(): string {
  return webhookSecretMark + randomBytes(webhookSecretBytes).toString('base64')
}

/** The bytes that such a secret stands for, which are what signs. */
export function webhookSecretKey(secret: string): Uint8Array {
  return Buffer.from(secret.slice(webhookSecretMark.length), 'base64')
}

/** A random realm below a suffix: three bytes as hex, as Kazoo makes them; one that is taken is drawn again. */
export function newRealm(suffix: string): string {
  return `${randomBytes(3).toString('hex')}.${suffix}`
}

/** A new session token of three random parts with dots between: Monster UI dies on a token without one. */
export function newSessionToken(): string {
  return Array.from({ length: 3 }, () => randomBytes(16).toString('base64url')).join('.')
}

const requestIdLength = 32
const requestIdsAtOnce = 128
let requestIds = ''

/**
 * 128 random bits in lower-case hex by which a request is found in the log and the audit. They are drawn
 * many at once, since each call for random bytes is one of the system; no secret may be made so.
 */
export function newRequestId(): string {
  if (requestIds === '') {
    requestIds = randomBytes((requestIdLength / 2) * requestIdsAtOnce).toString('hex')
  }
  const id = requestIds.slice(0, requestIdLength)
  requestIds = requestIds.slice(requestIdLength)
  return id
}
