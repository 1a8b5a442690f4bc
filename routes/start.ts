import type { RequestListener } from 'node:http'
import type { Logger } from 'pino'
import type { Store } from '../db/store.ts'
import type { FirstAdministrator } from '../lib/bootstrap.ts'
import { installDemo, installOrdinary } from '../lib/bootstrap.ts'
import { createSweeper, type Sweeper } from '../lib/closed-branches.ts'
import type { Config } from '../lib/config.ts'
import { createPasswords } from '../lib/passwords.ts'
import { createSecrets } from '../lib/secrets.ts'
import type { Services } from '../lib/services.ts'
import { createThrottle, noThrottle } from '../lib/throttle.ts'
import { createWorkQueue } from '../lib/work-queue.ts'
import { createApp } from './app.ts'
import { createMetrics } from './metrics.ts'
import { timedStore } from './timed-store.ts'

const waitingHashes = 32

export type Started = {
  readonly listener: RequestListener
  readonly sweeper: Sweeper
  /** Only after the start that made the data. */
  readonly firstAdministrator: FirstAdministrator | undefined
}

export type StartOptions = {
  readonly store: Store
  readonly sealingKey: Uint8Array
  readonly adminPassword: string | undefined
  readonly log: Logger
  /** UTC milliseconds. */
  readonly now: () => number
  /** Whether the server is about to end. */
  readonly isStopping: () => boolean
}

/**
 * Puts the server together over an open store: the services, the first data where there is none, the
 * app. Throws when the data is of the other kind than the demo switch says, or under another key.
 */
export async function start(config: Config, options: StartOptions): Promise<Started> {
  const { log, now } = options
  const metrics = createMetrics()
  const store = timedStore(options.store, metrics.storeCalled)
  const secrets = createSecrets(options.sealingKey)
  const queue = createWorkQueue(waitingHashes)
  const sweeper = createSweeper(store, (err) =>
    log.error({ err }, 'a closed branch waits to be swept'),
  )
  const compat = config.compat === 'restcomm'
  const services: Services = {
    store,
    secrets,
    passwords: await createPasswords(queue, config.bcryptCost, secrets.digestToken),
    throttle: config.throttle ? createThrottle(() => performance.now()) : noThrottle,
    policy: {
      identities: compat ? 'restcomm' : 'random',
      domainNames: compat ? 'singleLabel' : 'dns',
      passwords: config.passwordPolicy,
      crossbar: config.crossbar,
    },
    now,
    loginFailed: metrics.loginFailed,
    branchClosed: sweeper.wake,
  }
  const firstAdministrator = await firstData(services, config.demo, options.adminPassword)
  const ready = async () => {
    if (options.isStopping()) {
      throw new Error('the server is stopping')
    }
    await checkKey(services)
    await store.probe()
  }
  await ready()
  sweeper.wake()
  const app = createApp(services, { ...config, log, metrics, ready })
  return { listener: app.callback(), sweeper, firstAdministrator }
}

async function firstData(
  services: Services,
  demo: boolean,
  adminPassword: string | undefined,
): Promise<FirstAdministrator | undefined> {
  const kind = await services.store.installationKind()
  if (kind === undefined) {
    return demo ? installDemo(services) : installOrdinary(services, adminPassword)
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
  return undefined
}

/** Throws when the sealing key is not the one that the data was sealed with. */
async function checkKey({ store, secrets }: Services): Promise<void> {
  const root = await store.findRoot()
  if (root !== undefined) {
    secrets.openToken(root.sid, root.token.sealed)
  }
}
