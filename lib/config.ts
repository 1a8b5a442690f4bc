import { isIP } from 'node:net'
import type { PasswordPolicy } from './password-policy.ts'
import type { Quotas } from './quotas.ts'
import type { Rate } from './rate-limits.ts'
import type { CrossbarPolicy } from './services.ts'
import { settingReader } from './setting-reader.ts'
import type { GivenSettings } from './settings.ts'

export type Config = {
  readonly host: string
  readonly port: number
  readonly data: string
  readonly demo: boolean
  readonly compat: 'restcomm' | undefined
  readonly maxDepth: number
  readonly passwordPolicy: PasswordPolicy
  readonly bcryptCost: number
  /** Whether any requests are limited: failed logins and the two rates. */
  readonly throttle: boolean
  /** Undefined for no limit. */
  readonly addressRate: Rate | undefined
  /** Undefined for no limit. */
  readonly accountRate: Rate | undefined
  readonly quotas: Quotas
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  readonly behindProxy: readonly Network[]
  /** Without a slash at its end. */
  readonly publicUrl: string | undefined
  readonly corsOrigins: readonly string[]
  readonly metricsFrom: readonly Network[]
  readonly crossbar: CrossbarPolicy
  /** How long audit rows are kept; 0 for ever. */
  readonly auditRetentionDays: number
  readonly webhookAllowPrivate: readonly Network[]
  /** Below so much room on the disk of the data folder the server is not ready. */
  readonly minFreeDiskMiB: number
  readonly logLevel: LogLevel
}

/** An address with the number of its bits that count. */
export type Network = {
  readonly address: string
  readonly prefix: number
  readonly family: 'ipv4' | 'ipv6'
}

const mostOfAnything = 1_000_000_000

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Settings that cannot be used; the message has a line for each fault. */
export class ConfigError extends Error {
  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.name = 'ConfigError'
  }
}

/** Checks what the operator gave and fills in the rest. Throws one `ConfigError` naming every fault. */
export function parseConfig(given: GivenSettings): Config {
  const faults: string[] = []
  const read = settingReader(given, faults)
  const config: Config = {
    host: read.text('host') ?? '127.0.0.1',
    port: read.integer('port', 8080, 0, 65535),
    data: read.text('data') ?? './data',
    demo: read.choice('demo', ['0', '1'], '0') === '1',
    compat:
      read.choice('compat', ['restcomm', 'none'], 'none') === 'restcomm' ? 'restcomm' : undefined,
    maxDepth: read.integer('max-depth', 16, 2, 64),
    passwordPolicy: read.choice('password-policy', ['length', 'score'], 'length'),
    bcryptCost: read.integer('bcrypt-cost', 10, 4, 16),
    throttle: read.choice('throttle', ['on', 'off'], 'on') === 'on',
    addressRate: read.rate('address-rate', { perSecond: 200, burst: 2000 }),
    accountRate: read.rate('account-rate', { perSecond: 200, burst: 2000 }),
    quotas: {
      children: read.integer('max-children', 100_000, 1, mostOfAnything),
      apiKeys: read.integer('max-keys', 1000, 1, mostOfAnything),
      callflows: read.integer('max-callflows', 10_000, 1, mostOfAnything),
      webhooks: read.integer('max-webhooks', 10, 1, mostOfAnything),
    },
    tls: tlsFrom(read.text('tls-cert'), read.text('tls-key'), faults),
    behindProxy: read.networks('behind-proxy'),
    publicUrl: read.url('public-url'),
    corsOrigins: read.origins('cors-origin'),
    metricsFrom: read.networks('metrics-from'),
    crossbar: {
      allowMove: read.choice('allow-move', ['superduper_admin', 'tree'], 'superduper_admin'),
      allowSiblingListing: read.choice('allow-sibling-listing', ['on', 'off'], 'on') === 'on',
      ensureUniqueName: read.choice('ensure-unique-name', ['on', 'off'], 'on') === 'on',
      realmSuffix: read.domain('account-realm-suffix', 'sip.2600hz.com'),
      numberForm: read.choice('callflow-numbers', ['as-sent', 'north-american'], 'as-sent'),
    },
    auditRetentionDays: read.integer('audit-retention', 0, 0, 36_500),
    webhookAllowPrivate: read.networks('webhook-allow-private'),
    minFreeDiskMiB: read.integer('min-free-disk', 64, 0, mostOfAnything),
    logLevel: read.choice('log-level', logLevels, 'info'),
  }
  faults.push(...combinationFaults(config))
  if (faults.length > 0) {
    throw new ConfigError(faults)
  }
  return config
}

/** Whether only programs of this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function combinationFaults(config: Config): readonly string[] {
  const faults: string[] = []
  if (!isLoopback(config.host)) {
    if (config.demo) {
      faults.push('--demo: its secrets are known to everyone, so --host must be loopback')
    }
    if (!config.throttle) {
      faults.push('--throttle: off is for loopback only')
    }
    if (config.tls === undefined && config.behindProxy.length === 0) {
      faults.push(
        `--host: ${config.host} would carry secrets in clear; give --tls-cert and --tls-key, ` +
          'or name the TLS proxies in front with --behind-proxy',
      )
    }
  }
  if (config.bcryptCost < 10 && !config.demo) {
    faults.push('--bcrypt-cost: below 10 only with --demo')
  }
  return faults
}

function tlsFrom(
  cert: string | undefined,
  key: string | undefined,
  faults: string[],
): Config['tls'] {
  if (cert !== undefined && key !== undefined) {
    return { cert, key }
  }
  if (cert !== undefined || key !== undefined) {
    faults.push('--tls-cert and --tls-key: one needs the other')
  }
  return undefined
}
