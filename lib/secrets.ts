import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hash,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import bcrypt from 'bcrypt'
import { keep } from '../db/kept.ts'

/** Length of the sealing key in bytes. */
export const sealingKeyBytes = 32

const keyIdBytes = 4
const nonceBytes = 12
const tagBytes = 16

export type Secrets = {
  /** Seals an AuthToken so that it opens only under this key and for this SID. */
  sealToken(sid: string, token: string): Uint8Array
  /** Opens a sealed AuthToken. Throws when it was sealed under another key or for another SID. */
  openToken(sid: string, sealed: Uint8Array): string
  /** Whether a sealed AuthToken says that it was sealed under this key. */
  hasSealed(sealed: Uint8Array): boolean
  /** The keyed digest by which a presented AuthToken is recognised. */
  digestToken(token: string): Uint8Array
}

/**
 * Secrets under one sealing key of 32 bytes. A sealed value is the id of the key, the nonce, the tag
 * and the text under AES-256-GCM. Keys are held as KeyObjects: with a Buffer each opening took 18 us
 * on Node 24, with a KeyObject 3.9. They last as long as the server, so what is made under them is kept.
 */
export function createSecrets(key: Uint8Array): Secrets {
  if (key.length !== sealingKeyBytes) {
    throw new Error(`a sealing key has ${sealingKeyBytes} bytes, not ${key.length}`)
  }
  const sealingKey = createSecretKey(key)
  const digestKey = createSecretKey(derived(key, 'strowger token digest'))
  const keyId = derived(key, 'strowger key id').subarray(0, keyIdBytes)

  const hasSealed = (sealed: Uint8Array) =>
    Buffer.compare(sealed.subarray(0, keyIdBytes), keyId) === 0

  return keep({
    sealToken(sid, token) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce, { authTagLength: tagBytes })
      cipher.setAAD(Buffer.from(sid))
      const text = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()])
      return Buffer.concat([keyId, nonce, cipher.getAuthTag(), text])
    },
    openToken(sid, sealed) {
      if (!hasSealed(sealed)) {
        throw new Error(`the AuthToken of ${sid} was sealed under another key`)
      }
      const nonceEnd = keyIdBytes + nonceBytes
      const nonce = sealed.subarray(keyIdBytes, nonceEnd)
      const cipher = createDecipheriv('aes-256-gcm', sealingKey, nonce, { authTagLength: tagBytes })
      cipher.setAAD(Buffer.from(sid)).setAuthTag(sealed.subarray(nonceEnd, nonceEnd + tagBytes))
      const text = cipher.update(sealed.subarray(nonceEnd + tagBytes))
      // Under GCM nothing is left to come; it throws where the tag is another.
      cipher.final()
      return text.toString('utf8')
    },
    hasSealed,
    digestToken: (token) => createHmac('sha256', digestKey).update(token).digest(),
  })
}

/** Whether two digests, or two secrets of one length, are the same, in a time that does not tell where they differ. */
export function equalDigests(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}

/** HMAC-SHA256 in base64. */
export function signature(key: Uint8Array, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64')
}

/** Lower-case hex MD5, for what `--compat restcomm` copies of the original. Protects nothing. */
export function md5Hex(text: string): string {
  return hash('md5', text)
}

/** Lower-case hex SHA-1, for what Kazoo's clients send in place of a password. Protects nothing. */
export function sha1Hex(text: string): string {
  return hash('sha1', text)
}

/** The same of a text that comes in pieces. */
export function md5InPieces(): { add(piece: string): void; hex(): string } {
  const digest = createHash('md5')
  return {
    add(piece) {
      digest.update(piece)
    },
    hex: () => digest.digest('hex'),
  }
}

/** SHA-256, for secrets with so many random bits that nobody can try them all. */
export function sha256(text: string): Uint8Array {
  return hash('sha256', text, 'buffer')
}

export function newSealingKey(): Uint8Array {
  return randomBytes(sealingKeyBytes)
}

/** bcrypt ignores everything behind it; longer passwords are refused before they are hashed. */
export const mostPasswordBytes = 72

export function hashPassword(password: string, cost: number): Promise<string> {
  return bcrypt.hash(password, cost)
}

/** Whether bcrypt reads all of a password: its first 72 bytes, and as some write it no further than a NUL. */
export function isWhollyRead(password: string): boolean {
  return Buffer.byteLength(password) <= mostPasswordBytes && !password.includes('\0')
}

export function matchesHash(password: string, hash: string): Promise<boolean> {
  return bcrypt.compare(password, hash)
}

function derived(key: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', purpose, 32))
}
