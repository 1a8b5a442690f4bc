import type { InstallationKind, NewAccount, OrganizationRecord } from '../db/store.ts'
import { type NewCredentials, newCredentials, passwordHashes, storedToken } from './credentials.ts'
import { newAuthToken, newRealm, newSid } from './ids.ts'
import { checkPassword } from './password-policy.ts'
import type { Services } from './services.ts'

/** The administrator of a new installation; exactly one of the two secrets logs it in for the first time. */
export type FirstAdministrator = {
  readonly sid: string
  readonly email: string
  /** Undefined when the operator has given a password. */
  readonly authToken: string | undefined
}

type First = {
  readonly kind: InstallationKind
  readonly organizationSid: string
  readonly sid: string
  readonly createdAt: number
}

const email = 'administrator@company.com'
const friendlyName = 'Default Administrator Account'
const domainName = 'default.restcomm.com'

/** The first data that Restcomm ships and its documents use (restcomm.md 15); known to everyone. */
const documented = {
  organizationSid: 'ORafbe225ad37541eba518a74248f0ac4c',
  sid: 'ACae6e420f425248d6a26948c17a9e2acf',
  createdAt: Date.UTC(2012, 3, 24),
  password: 'RestComm',
  authToken: '77f8c12cc7b8f8423e5c38b035249166',
}

/**
 * Makes the default organization and the root account of an empty store, with random SIDs and a
 * random AuthToken, or with the operator's password. Throws `invalid` for a password that the policy
 * refuses. No credential that anyone could know is ever made here.
 */
export async function installOrdinary(
  services: Services,
  password: string | undefined,
): Promise<FirstAdministrator> {
  const sid = newSid('AC')
  const first: First = {
    kind: 'ordinary',
    organizationSid: newSid('OR'),
    sid,
    createdAt: services.now(),
  }
  if (password !== undefined) {
    checkAdminPassword(services, password)
    await install(services, first, await newCredentials(services, { sid, email }, password))
    return { sid, email, authToken: undefined }
  }
  const authToken = newAuthToken()
  const token = storedToken(services, sid, authToken)
  await install(services, first, {
    token,
    passwordHash: undefined,
    loginHash: undefined,
  })
  return { sid, email, authToken }
}

/** Throws `invalid` when the password that the operator gives the root account is refused. */
export function checkAdminPassword(services: Services, password: string | undefined): void {
  if (password !== undefined) {
    checkPassword(password, { email, friendlyName }, services.policy.passwords)
  }
}

/** Makes the documented organization and administrator, active, with the documented AuthToken and password. */
export async function installDemo(services: Services): Promise<FirstAdministrator> {
  const { sid, authToken, password, organizationSid, createdAt } = documented
  await install(
    services,
    { kind: 'demo', organizationSid, sid, createdAt },
    {
      token: storedToken(services, sid, authToken),
      ...(await passwordHashes(services, email, password)),
    },
  )
  return { sid, email, authToken }
}

async function install(
  services: Services,
  first: First,
  credentials: NewCredentials,
): Promise<void> {
  const { kind, organizationSid, sid, createdAt } = first
  const organization: OrganizationRecord = {
    sid: organizationSid,
    domainName,
    status: 'active',
    createdAt,
    updatedAt: createdAt,
  }
  const root: NewAccount = {
    sid,
    parentSid: undefined,
    organizationSid,
    friendlyName,
    email,
    status: 'active',
    role: 'Administrator',
    type: 'Full',
    realm: newRealm(services.policy.crossbar.realmSuffix),
    createdAt,
    document: {},
    ...credentials,
  }
  await services.store.install(kind, organization, root, {
    at: services.now(),
    action: 'installation.create',
    targetSid: sid,
    changes: { kind: { to: kind } },
  })
}
