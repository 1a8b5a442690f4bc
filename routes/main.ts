#!/usr/bin/env -S node --max-semi-space-size=16 --heap-growing-percent=30
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import process from 'node:process'
import type { Logger } from 'pino'
import { openSqliteStore } from '../db/sqlite/index.ts'
import { sqliteMaintenance } from '../db/sqlite/maintenance.ts'
import type { FirstAdministrator } from '../lib/bootstrap.ts'
import { type Config, ConfigError, parseConfig } from '../lib/config.ts'
import { DomainError } from '../lib/errors.ts'
import { parseCommandLine } from './command-line.ts'
import { runCommand } from './commands/run.ts'
import { limitConnections } from './connection-limit.ts'
import { openDataFolder } from './data-folder.ts'
import { openLog } from './log.ts'
import { loopback, withinNetworks } from './networks.ts'
import { createServer, leaveWithinMs, listen, stop } from './server.ts'
import { start } from './start.ts'
import { openTerminal } from './terminal.ts'

/** As sysexits.h has it for a fault of the disk. */
const diskFaultCode = 74

/** Node's own four would be held by four webhooks whose names are looked up slowly. */
process.env.UV_THREADPOOL_SIZE ??= '16'

await main()

async function main(): Promise<void> {
  process.umask(0o077)
  try {
    const asked = parseCommandLine(process.argv.slice(2), process.env)
    switch (asked.kind) {
      case 'help':
        process.stdout.write(asked.text)
        return
      case 'serve':
        await serve(parseConfig(asked.given))
        return
      case 'command':
        process.exitCode = await runCommand(asked, {
          givenKey: process.env.STROWGER_KEY,
          givenNewKey: process.env.STROWGER_NEW_KEY,
          maintenance: sqliteMaintenance,
          terminal: openTerminal(process),
          untilStopped,
          now: Date.now,
        })
    }
  } catch (error) {
    process.stderr.write(`strowger: ${startFault(error)}\n`)
    process.exitCode = 1
  }
}

/** Opens the data folder, serves it until a signal comes or its disk fails, and leaves it closed. */
async function serve(config: Config): Promise<void> {
  const { log, flush } = openLog(2, config.logLevel)
  process.once('exit', flush)
  noteCircumstances(config, log)
  const tls = tlsOf(config)
  const folder = resolve(config.data)
  const sealingKey = openDataFolder(folder, process.env.STROWGER_KEY)
  const opened = openStore(folder, log)
  try {
    await serveStore(config, { ...opened, folder, sealingKey, tls, log })
  } finally {
    await opened.store.close().finally(() => {
      flush()
      if (!opened.disk.isTrusted()) {
        process.exit(diskFaultCode)
      }
    })
  }
}

type Opened = ReturnType<typeof openStore> & {
  readonly folder: string
  readonly sealingKey: Uint8Array
  readonly tls: ReturnType<typeof tlsOf>
  readonly log: Logger
}

async function serveStore(
  config: Config,
  { store, disk, folder, sealingKey, tls, log }: Opened,
): Promise<void> {
  let isStopping = false
  const { listener, background, install } = await start(config, {
    store,
    sealingKey,
    adminPassword: process.env.STROWGER_ADMIN_PASSWORD,
    log,
    now: Date.now,
    folder,
    isStopping: () => isStopping,
  })
  const server = createServer(listener, tls)
  limitConnections(server, withinNetworks([...config.behindProxy, ...loopback]))
  const { port } = await listen(server, config.host, config.port)
  const scheme = tls === undefined ? 'http' : 'https'
  try {
    const first = await install()
    // Who has read the line may send the signal at once.
    const end = signalled()
    announce(`${scheme}://${urlHost(config.host)}:${port}`, folder, first, config)
    await Promise.race([end, disk.failedSync])
  } finally {
    isStopping = true
    log.info('stopping')
    await stop(server, disk.isTrusted() ? undefined : leaveWithinMs)
    await background.stop()
    log.info('stopped')
  }
}

function tlsOf({ tls }: Config) {
  return tls && { cert: readFileSync(tls.cert), key: readFileSync(tls.key) }
}

/** The store, and whether its disk has kept its word: after a sync that failed it is to be left. */
function openStore(folder: string, log: Logger) {
  const failed = Promise.withResolvers<void>()
  let isTrusted = true
  const store = openSqliteStore(folder, (error) => {
    isTrusted = false
    log.fatal({ code: error.code }, 'the disk failed to keep a change: leaving')
    failed.resolve()
  })
  return { store, disk: { failedSync: failed.promise, isTrusted: () => isTrusted } }
}

/** Aborted by a signal, or when nobody reads standard output any more. */
function untilStopped(): AbortSignal {
  const stopped = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => stopped.abort())
  }
  process.stdout.on('error', () => stopped.abort())
  return stopped.signal
}

function noteCircumstances(config: Config, log: Logger): void {
  if (process.getuid?.() === 0) {
    log.warn('running as root; a user of its own is safer')
  }
  if (config.compat !== undefined) {
    log.warn(
      '--compat restcomm: AuthTokens and SIDs are MD5 of password and e-mail, as in the original',
    )
  }
  if (!config.throttle) {
    log.warn('--throttle off: neither failed logins nor requests are limited')
  }
}

/** What the operator sees on standard output: once the way in, then the address when it is open. */
function announce(
  address: string,
  folder: string,
  first: FirstAdministrator | undefined,
  config: Config,
): void {
  if (first !== undefined) {
    const url = `${address}/2012-04-24/Accounts.json/${first.sid}`
    const trust = config.tls === undefined ? '' : `--cacert ${config.tls.cert} `
    const [advice, secret] =
      first.authToken === undefined
        ? [
            'Log in with the password you gave in STROWGER_ADMIN_PASSWORD:',
            '$STROWGER_ADMIN_PASSWORD',
          ]
        : [
            'This is shown once. Keep the AuthToken, which is the part behind the colon:',
            first.authToken,
          ]
    process.stdout.write(
      `Made the data folder ${folder} with its root account ${first.email}.\n${advice}\n\n` +
        `  curl ${trust}-u "${first.sid}:${secret}" ${url}\n\n`,
    )
  }
  process.stdout.write(`listening on ${address}\n`)
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

function signalled(): Promise<void> {
  return new Promise((settle) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => settle())
    }
  })
}

/** A fault in the operator's words; of one that is ours, all there is to know. */
function startFault(error: unknown): string {
  if (error instanceof DomainError && error.refusal.kind === 'invalid') {
    return (
      'STROWGER_ADMIN_PASSWORD: too weak, longer than 72 bytes or with characters that no ' +
      'password may hold; see --password-policy'
    )
  }
  if (error instanceof ConfigError) {
    return error.message
  }
  return error instanceof Error ? error.message : String(error)
}
