#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import process from 'node:process'
import pino, { type Logger } from 'pino'
import { openAuditReading } from '../db/sqlite/audit-reading.ts'
import { openSqliteStore } from '../db/sqlite/index.ts'
import type { FirstAdministrator } from '../lib/bootstrap.ts'
import { type Config, ConfigError, parseConfig } from '../lib/config.ts'
import { DomainError } from '../lib/errors.ts'
import { helpText, parseCommandLine } from './command-line.ts'
import { auditExport } from './commands/audit-export.ts'
import { openDataFolder } from './data-folder.ts'
import { createServer, listen, stop } from './server.ts'
import { start } from './start.ts'

await main()

async function main(): Promise<void> {
  process.umask(0o077)
  try {
    const command = parseCommandLine(process.argv.slice(2), process.env)
    if (command.command === 'help') {
      process.stdout.write(helpText())
      return
    }
    if (command.command === 'audit export') {
      process.exitCode = await auditExport.run({
        folder: resolve(parseConfig(command.given).data),
        options: command.options,
        maintenance: { openAudit: openAuditReading },
        terminal: { say: (line) => process.stdout.write(`${line}\n`) },
      })
      return
    }
    await serve(parseConfig(command.given))
  } catch (error) {
    process.stderr.write(`strowger: ${startFault(error)}\n`)
    process.exitCode = 1
  }
}

/** Opens the data folder, serves it until a signal comes, and leaves it closed. */
async function serve(config: Config): Promise<void> {
  const destination = pino.destination({ fd: 2, sync: false })
  const log = pino(
    { level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    destination,
  )
  noteCircumstances(config, log)
  const folder = resolve(config.data)
  const tls = config.tls && {
    cert: readFileSync(config.tls.cert),
    key: readFileSync(config.tls.key),
  }
  const sealingKey = openDataFolder(folder, process.env.STROWGER_KEY)
  const store = openSqliteStore(folder)
  try {
    let isStopping = false
    const { listener, sweeper, failedLogins, retention, install } = await start(config, {
      store,
      sealingKey,
      adminPassword: process.env.STROWGER_ADMIN_PASSWORD,
      log,
      now: Date.now,
      isStopping: () => isStopping,
    })
    const server = createServer(listener, tls)
    const { port } = await listen(server, config.host, config.port)
    const address = `${tls === undefined ? 'http' : 'https'}://${urlHost(config.host)}:${port}`
    try {
      announce(address, folder, await install(), config)
      await signalled()
    } finally {
      isStopping = true
      log.info('stopping')
      await stop(server)
      await Promise.all([sweeper.stop(), retention.stop(), failedLogins.stop()])
      log.info('stopped')
    }
  } finally {
    await store.close()
    destination.flushSync()
  }
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
    log.warn('--throttle off: failed logins are not limited')
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
