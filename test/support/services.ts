import { openSqliteStore } from '../../db/sqlite/index.ts'
import type { PlacedAccount } from '../../db/store.ts'
import type { Account } from '../../lib/account.ts'
import { createAccount, type NewAccountInput } from '../../lib/accounts/create.ts'
import { authenticate } from '../../lib/authenticate.ts'
import { installOrdinary } from '../../lib/bootstrap.ts'
import type { Caller } from '../../lib/caller.ts'
import { createPatternCache } from '../../lib/callflows/patterns.ts'
import { parseConfig } from '../../lib/config.ts'
import { createPasswords } from '../../lib/passwords.ts'
import { createProvenLogins } from '../../lib/proven-logins.ts'
import { noRateLimits } from '../../lib/rate-limits.ts'
import { createSecrets, newSealingKey } from '../../lib/secrets.ts'
import type { LoginFailure, Policy, Services } from '../../lib/services.ts'
import { createThrottle, noThrottle } from '../../lib/throttle.ts'
import { createWorkQueue } from '../../lib/work-queue.ts'
import { accountNow } from './records.ts'
import { temporaryFolder } from './temporary-folder.ts'

export const origin = { requestId: 'request-1', address: '192.0.2.1', dialect: 'test' }
export const rootPassword = 'open sesame'
export const password = 'correct horse'

export type TestServices = {
  readonly services: Services
  readonly root: Caller
  /** UTC milliseconds and the monotonic clock, to be set forward. */
  readonly clock: { now: number; monotonic: number }
  readonly loginFailures: LoginFailure[]
  /** How many branches were said to be closed. */
  closings(): number
  /** How many passwords were hashed so far. */
  hashes(): number
  /** Lets no password be hashed until what it gives is called. */
  holdHashes(): () => void
  /** Makes a child of the caller, who must be allowed to. */
  child(parent: Caller, input?: Partial<NewAccountInput>): Promise<PlacedAccount>
  /** The caller that an account is now, by its password. */
  login(account: Pick<PlacedAccount, 'sid'>, secret?: string): Promise<Caller>
}

const lengthPolicy: Policy = {
  identities: 'random',
  domainNames: 'dns',
  passwords: 'length',
  crossbar: parseConfig({}).crossbar,
  quotas: parseConfig({}).quotas,
}

/** Runs `body` on the real services over an installed store, with cheap hashes and clocks of its own. */
export async function withServices(
  body: (given: TestServices) => Promise<void>,
  policy: Partial<Policy> = {},
): Promise<void> {
  const folder = temporaryFolder()
  const store = openSqliteStore(folder.path)
  try {
    const given = await assemble(store, { ...lengthPolicy, ...policy })
    await body(given)
  } finally {
    await store.close()
    await folder.remove()
  }
}

async function assemble(store: Services['store'], policy: Policy): Promise<TestServices> {
  const clock = { now: Date.UTC(2026, 0, 1), monotonic: 1000 }
  const loginFailures: LoginFailure[] = []
  let closings = 0
  const secrets = createSecrets(newSealingKey())
  const queue = countedQueue()
  const services: Services = {
    store,
    secrets,
    passwords: await createPasswords(queue, 4, secrets.digestToken),
    provenLogins: createProvenLogins(),
    throttle: createThrottle(() => clock.monotonic),
    policy,
    now: () => clock.now,
    loginFailed: (failure) => loginFailures.push(failure),
    rateLimits: noRateLimits,
    compilePattern: createPatternCache(),
    drawings: createWorkQueue(1),
    branchClosed: () => {
      closings += 1
    },
  }
  const { sid } = await installOrdinary(services, rootPassword)
  const login: TestServices['login'] = async (account, secret = password) =>
    (await authenticate(services, { name: account.sid, secret }, origin, undefined)).caller
  return {
    services,
    root: await login({ sid }, rootPassword),
    clock,
    loginFailures,
    closings: () => closings,
    hashes: queue.count,
    holdHashes: queue.hold,
    async child(parent, input = {}) {
      const { sid: childSid } = await create(services, parent, newAccountInput(input))
      return accountNow(store, childSid)
    },
    login,
  }
}

/** Services over the store of an app that runs, for a look at what is made of them. */
export async function servicesOver(
  store: Services['store'],
  sealingKey: Uint8Array,
): Promise<Services> {
  const secrets = createSecrets(sealingKey)
  return {
    store,
    secrets,
    passwords: await createPasswords(createWorkQueue(1), 4, secrets.digestToken),
    provenLogins: createProvenLogins(),
    throttle: noThrottle,
    policy: lengthPolicy,
    now: Date.now,
    loginFailed() {},
    rateLimits: noRateLimits,
    compilePattern: createPatternCache(),
    drawings: createWorkQueue(1),
    branchClosed() {},
  }
}

/** Creates an account below the caller's own. */
export function create(
  services: Services,
  caller: Caller,
  input: NewAccountInput,
): Promise<Account> {
  return createAccount(services, caller, caller.account, input)
}

/** The real queue of hashes, which can be counted and held up. */
function countedQueue() {
  const queue = createWorkQueue(32)
  let runs = 0
  return {
    run<T>(work: () => Promise<T>): Promise<T> {
      runs += 1
      return queue.run(work)
    },
    count: () => runs,
    hold() {
      const gate = Promise.withResolvers<void>()
      void queue.run(() => gate.promise)
      return gate.resolve
    },
  }
}

let made = 0

/** What a client gives of an account whose e-mail no other has. */
export function newAccountInput(given: Partial<NewAccountInput> = {}): NewAccountInput {
  made += 1
  return {
    email: `input${made}@example.com`,
    password,
    friendlyName: `Input ${made}`,
    status: 'active',
    role: undefined,
    organizationSid: undefined,
    maxDepth: 16,
    ...given,
  }
}
