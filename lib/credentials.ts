import type { AccountCredentials } from '../db/store.ts'
import { newAuthToken } from './ids.ts'
import { md5Hex } from './secrets.ts'
import type { Services } from './services.ts'

/**
 * The credentials of an account after its password was set: a new AuthToken, random or, as Restcomm
 * derives it, the MD5 of the password; and the password's hash, which takes a turn in the queue.
 */
export async function credentialsFrom(
  services: Services,
  sid: string,
  password: string,
): Promise<AccountCredentials> {
  const token = services.policy.identities === 'restcomm' ? md5Hex(password) : newAuthToken()
  return {
    ...sealedToken(services, sid, token),
    passwordHash: await services.passwords.hash(password),
  }
}

/** An AuthToken in the two forms in which it is stored. */
export function sealedToken(
  { secrets }: Pick<Services, 'secrets'>,
  sid: string,
  token: string,
): Pick<AccountCredentials, 'sealedToken' | 'tokenDigest'> {
  return { sealedToken: secrets.sealToken(sid, token), tokenDigest: secrets.digestToken(token) }
}
