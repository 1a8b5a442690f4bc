import type { StoredToken } from '../db/store.ts'
import { newAuthToken } from './ids.ts'
import { md5Hex } from './secrets.ts'
import type { Services } from './services.ts'

export type NewCredentials = {
  readonly token: StoredToken
  readonly passwordHash: string | undefined
}

/**
 * The credentials of an account that gets a password, or none: an AuthToken, random or, as Restcomm
 * derives it, the MD5 of the password; and the password's hash, which takes a turn in the queue.
 */
export async function newCredentials(
  services: Services,
  sid: string,
  password: string | undefined,
): Promise<NewCredentials> {
  if (password === undefined) {
    return { token: storedToken(services, sid, newAuthToken()), passwordHash: undefined }
  }
  const isDerived = services.policy.identities === 'restcomm'
  return {
    token: storedToken(services, sid, isDerived ? md5Hex(password) : newAuthToken()),
    passwordHash: await services.passwords.hash(password),
  }
}

/** An AuthToken in the two forms in which it is stored. */
export function storedToken(
  { secrets }: Pick<Services, 'secrets'>,
  sid: string,
  token: string,
): StoredToken {
  return { sealed: secrets.sealToken(sid, token), digest: secrets.digestToken(token) }
}
