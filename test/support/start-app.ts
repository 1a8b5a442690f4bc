import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import pino from 'pino'
import { openSqliteStore } from '../../db/sqlite/index.ts'
import type { Store } from '../../db/store.ts'
import type { FirstAdministrator } from '../../lib/bootstrap.ts'
import { type Config, parseConfig } from '../../lib/config.ts'
import { newSealingKey } from '../../lib/secrets.ts'
import { createServer, listen, stop } from '../../routes/server.ts'
import { start } from '../../routes/start.ts'
import { type Answers, noted, xmllintFaults } from './answers.ts'
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts'
import { secretsIn, usedSecret } from './used-secrets.ts'

export type TestApp = {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly root: Login
  readonly store: Store
  readonly sealingKey: Uint8Array
  /** The data folder. */
  readonly folder: string
  readonly answers: Answers
  /** Everything that was logged so far, as it went to standard error. */
  log(): string
  /** Stops, and starts again on the same data. */
  restart(): Promise<TestApp>
  stop(): Promise<void>
}

/** Someone who can authenticate, with what a test most often needs to know of them. */
export type Login = { readonly sid: string; readonly email: string; readonly token: string }

/** The settings that are to be other than the standard ones. */
export type TestConfig = Partial<Omit<Config, 'crossbar'>> & {
  readonly crossbar?: Partial<Config['crossbar']>
}

export type TestAppOptions = {
  readonly config?: TestConfig
  /** UTC milliseconds. */
  readonly now?: () => number
  /**
   * Whether idle connections are closed as early as in earnest. A test that seeds a tree holds the loop
   * for seconds; its own client would then take a connection that times out under its hands.
   */
  readonly standardTimeouts?: boolean
}

/** The real app over a real store in a temporary folder, on a free port, with cheap passwords and no throttle. */
export async function startApp({
  config = {},
  now = Date.now,
  standardTimeouts = false,
}: TestAppOptions = {}): Promise<TestApp> {
  return startOn(temporaryFolder(), newSealingKey(), undefined, {
    config,
    now,
    standardTimeouts,
  })
}

function withStandards({ crossbar, ...config }: TestConfig): Config {
  const standards = parseConfig({})
  return {
    ...standards,
    bcryptCost: 4,
    throttle: false,
    ...config,
    crossbar: { ...standards.crossbar, ...crossbar },
  }
}

async function startOn(
  folder: TemporaryFolder,
  sealingKey: Uint8Array,
  knownRoot: Login | undefined,
  options: Required<TestAppOptions>,
): Promise<TestApp> {
  const store = openSqliteStore(folder.path)
  const { destination, log } = collectedLog()
  const { listener, background, install } = await start(withStandards(options.config), {
    store,
    sealingKey,
    adminPassword: undefined,
    log: pino({ base: null }, destination),
    now: options.now,
    folder: folder.path,
    isStopping: () => false,
  })
  const firstAdministrator = await install()
  const { listener: answering, answers } = noted(listener)
  const server = createServer(answering, undefined)
  if (!options.standardTimeouts) {
    server.keepAliveTimeout = 120_000
  }
  const { port } = await listen(server, '127.0.0.1', 0)
  const root = knownRoot ?? loginOf(firstAdministrator)
  const stopServing = async () => {
    const closed = once(server, 'close')
    await stop(server)
    await closed
    await background.stop()
    await store.close()
  }
  return {
    url: `http://127.0.0.1:${port}`,
    root,
    store,
    sealingKey,
    folder: folder.path,
    log,
    answers,
    async restart() {
      await stopServing()
      return startOn(folder, sealingKey, root, options)
    },
    async stop() {
      const figures = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
      await stopServing()
      const stored = readFileSync(join(folder.path, 'strowger.db'), 'latin1')
      await folder.remove()
      requireSecretsUnlogged(log(), root)
      const refusals = [...answers.refusals].join('\n')
      requireSecretsKept({ log: log(), metrics: figures, database: stored, refusals })
      const faults = await xmllintFaults(answers.xml)
      if (faults !== '') {
        throw new Error(`an answer is no XML: ${faults.slice(0, 2000)}`)
      }
    },
  }
}

function loginOf(administrator: FirstAdministrator | undefined): Login {
  if (administrator?.authToken === undefined) {
    throw new Error('the app started on other data than its own')
  }
  const { sid, email, authToken } = administrator
  return { sid, email, token: usedSecret(authToken) }
}

/** After every test file that ran an app: whatever it did, the log holds none of the secrets that let in. */
function requireSecretsUnlogged(log: string, { sid, email, token }: Login): void {
  const pairs = [sid, email].map((name) => Buffer.from(`${name}:${token}`).toString('base64'))
  if ([token, ...pairs].some((secret) => log.includes(secret))) {
    throw new Error('the AuthToken of the root lies in the log')
  }
}

/** The audit lies in the database, and a backup is a copy of that. */
function requireSecretsKept(places: Readonly<Record<string, string>>): void {
  for (const [place, text] of Object.entries(places)) {
    const [secret] = secretsIn(text)
    if (secret !== undefined) {
      throw new Error(`a secret that was used lies in the ${place} in clear: ${secret.slice(0, 6)}`)
    }
  }
}

function collectedLog() {
  const lines: string[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  return { destination, log: () => lines.join('') }
}
