import type { RequestListener } from 'node:http'
import type { Logger } from 'pino'
import type { Store } from '../db/store.ts'
import type { FirstAdministrator } from '../lib/bootstrap.ts'
import { checkAdminPassword, installDemo, installOrdinary } from '../lib/bootstrap.ts'
import { createPatternCache } from '../lib/callflows/patterns.ts'
import type { Config } from '../lib/config.ts'
import { createPasswords } from '../lib/passwords.ts'
import { createProvenLogins } from '../lib/proven-logins.ts'
import { createRateLimits, noRateLimits } from '../lib/rate-limits.ts'
import { createSecrets } from '../lib/secrets.ts'
import type { Policy, Services } from '../lib/services.ts'
import { createThrottle, noThrottle } from '../lib/throttle.ts'
import { createWorkQueue } from '../lib/work-queue.ts'
import { createApp } from './app.ts'
import { type Background, createBackground } from './background.ts'
import { createMetrics } from './metrics.ts'
import { type Check, checkRoom, readinessOf } from './readiness.ts'
import { timedStore } from './timed-store.ts'

const waitingHashes = 32
const waitingDrawings = 8

export type Started = {
  readonly listener: RequestListener
  readonly background: Background
  /** Makes the first data where there is none, and gives the way in to it. */
  readonly install: () => Promise<FirstAdministrator | undefined>
}

export type StartOptions = {
  readonly store: Store
  readonly sealingKey: Uint8Array
  readonly adminPassword: string | undefined
  readonly log: Logger
  /** UTC milliseconds. */
  readonly now: () => number
  /** The data folder, of whose disk the room is watched. */
  readonly folder: string
  /** Whether the server is about to end. */
  readonly isStopping: () => boolean
}

/**
 * Puts the server together over an open store. Throws when the data is of the other kind than the demo
 * switch says or under another key, or when the operator's password is refused. The first data is made
 * by `install` and not before the server listens: a start that fails must not eat the one line that
 * shows the way in.
 */
export async function start(config: Config, options: StartOptions): Promise<Started> {
  const { log, now } = options
  const metrics = createMetrics(options.store.countDeliveries)
  const store = timedStore(options.store, metrics.storeCalled)
  const secrets = createSecrets(options.sealingKey)
  const queue = createWorkQueue(waitingHashes)
  // Looks for events four times a second, which the figures of the store need not show.
  const background = createBackground(config, { store: options.store, secrets, log, now })
  const services: Services = {
    store,
    secrets,
    passwords: await createPasswords(queue, config.bcryptCost, secrets.digestToken),
    provenLogins: createProvenLogins(),
    ...limitsOf(config),
    policy: policyOf(config),
    compilePattern: createPatternCache(),
    drawings: createWorkQueue(waitingDrawings),
    now,
    loginFailed(failure, login) {
      metrics.loginFailed(failure)
      if (login !== undefined) {
        background.failedLogins.note(failure, login)
      }
    },
    branchClosed: background.sweeper.wake,
  }
  const install = await prepareInstallation(services, config.demo, options.adminPassword)
  await checkKey(services)
  await store.probe()
  const ready = () => readinessOf(checksOf(config, services, options))
  background.begin()
  const app = createApp(services, { ...config, log, metrics, ready })
  return { listener: app.callback(), background, install }
}

/** What the settings mean for the rules of the domain. */
export function policyOf(config: Config): Policy {
  const compat = config.compat === 'restcomm'
  return {
    identities: compat ? 'restcomm' : 'random',
    domainNames: compat ? 'singleLabel' : 'dns',
    passwords: config.passwordPolicy,
    crossbar: config.crossbar,
    quotas: config.quotas,
  }
}

/** By a clock that nobody sets back. */
function limitsOf(config: Config): Pick<Services, 'throttle' | 'rateLimits'> {
  const { throttle, addressRate, accountRate } = config
  const now = () => performance.now()
  return throttle
    ? {
        throttle: createThrottle(now),
        rateLimits: createRateLimits({ perAddress: addressRate, perAccount: accountRate }, now),
      }
    : { throttle: noThrottle, rateLimits: noRateLimits }
}

async function prepareInstallation(
  services: Services,
  demo: boolean,
  adminPassword: string | undefined,
): Promise<Started['install']> {
  const kind = await services.store.installationKind()
  if (kind === undefined) {
    if (!demo) {
      checkAdminPassword(services, adminPassword)
    }
    return () => (demo ? installDemo(services) : installOrdinary(services, adminPassword))
  }
  if (demo && kind === 'ordinary') {
    throw new Error(
      '--demo: the data folder holds other data than the demo; name another with --data',
    )
  }
  if (!demo && kind === 'demo') {
    throw new Error(
      'the data folder was made by --demo, whose secrets everyone knows: start it with --demo, ' +
        'or name another with --data',
    )
  }
  return async () => undefined
}

function checksOf(config: Config, services: Services, options: StartOptions) {
  return {
    server: async () => {
      if (options.isStopping()) {
        throw new Error('stopping')
      }
      return 'running'
    },
    key: async () => {
      await checkKey(services)
      return 'right'
    },
    store: async () => {
      await services.store.probe()
      return 'writable, with the schema of this program'
    },
    disk: () => checkRoom(options.folder, config.minFreeDiskMiB),
  } satisfies Record<string, Check>
}

/** Throws when the sealing key is not the one that the data was sealed with. */
async function checkKey({ store, secrets }: Services): Promise<void> {
  const root = await store.findRoot()
  if (root !== undefined) {
    secrets.openToken(root.sid, root.token.sealed)
  }
}
