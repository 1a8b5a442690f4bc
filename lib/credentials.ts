import type { AccountRecord, StoredToken } from '../db/store.ts'
import { newAuthToken } from './ids.ts'
import { md5Hex, sha1Hex } from './secrets.ts'
import type { Services } from './services.ts'

type PasswordHashes = Pick<AccountRecord, 'passwordHash' | 'loginHash'>

export type NewCredentials = PasswordHashes & { readonly token: StoredToken }

/**
 * The credentials of an account that gets a password, or none: an AuthToken, random or, as Restcomm
 * derives it, the MD5 of the password; and the password's hashes.
 */
export async function newCredentials(
  services: Pick<Services, 'secrets' | 'passwords' | 'policy'>,
  { sid, email }: Pick<AccountRecord, 'sid' | 'email'>,
  password: string | undefined,
): Promise<NewCredentials> {
  if (password === undefined) {
    const token = storedToken(services, sid, newAuthToken())
    return { token, passwordHash: undefined, loginHash: undefined }
  }
  const isDerived = services.policy.identities === 'restcomm'
  return {
    token: storedToken(services, sid, isDerived ? md5Hex(password) : newAuthToken()),
    ...(await passwordHashes(services, email, password)),
  }
}

/**
 * The hash that a password is checked against, and those for what Crossbar's login sends in its place,
 * which cannot be derived from the first nor from each other (kazoo.md 2.2). Each of the three takes a
 * turn in the queue.
 */
export async function passwordHashes(
  { passwords }: Pick<Services, 'passwords'>,
  email: string | undefined,
  password: string,
): Promise<PasswordHashes> {
  const passwordHash = await passwords.hash(password)
  if (email === undefined) {
    return { passwordHash, loginHash: undefined }
  }
  const md5 = await passwords.hash(md5Hex(`${email}:${password}`))
  const sha1 = await passwords.hash(sha1Hex(`${email}:${password}`))
  return { passwordHash, loginHash: `${md5} ${sha1}` }
}

/** How a Kazoo client makes what it sends in place of a password, from e-mail and password. */
export type DigestMethod = 'md5' | 'sha1'

/** Of an account's login hash, the one for digests of this method; rows of before have none for SHA-1. */
export function loginHashFor(
  { loginHash }: Pick<AccountRecord, 'loginHash'>,
  method: DigestMethod,
): string | undefined {
  const [md5, sha1] = loginHash?.split(' ') ?? []
  return method === 'md5' ? md5 : sha1
}

/** An AuthToken in the two forms in which it is stored. */
export function storedToken(
  { secrets }: Pick<Services, 'secrets'>,
  sid: string,
  token: string,
): StoredToken {
  return { sealed: secrets.sealToken(sid, token), digest: secrets.digestToken(token) }
}
