import { isIP, isIPv6 } from 'node:net'
import type { PasswordPolicy } from './password-policy.ts'
import type { CrossbarPolicy } from './services.ts'
import type { Flag, GivenSettings } from './settings.ts'

export type Config = {
  readonly host: string
  readonly port: number
  readonly data: string
  readonly demo: boolean
  readonly compat: 'restcomm' | undefined
  readonly maxDepth: number
  readonly passwordPolicy: PasswordPolicy
  readonly bcryptCost: number
  readonly throttle: boolean
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  readonly behindProxy: readonly Network[]
  /** Without a slash at its end. */
  readonly publicUrl: string | undefined
  readonly corsOrigins: readonly string[]
  readonly metricsFrom: readonly Network[]
  readonly crossbar: CrossbarPolicy
  /** How long audit rows are kept; 0 for ever. */
  readonly auditRetentionDays: number
  readonly logLevel: LogLevel
}

/** An address with the number of its bits that count. */
export type Network = {
  readonly address: string
  readonly prefix: number
  readonly family: 'ipv4' | 'ipv6'
}

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

/** Typed reading of single settings; each notes its fault and goes on with the standard. */
function settingReader(given: GivenSettings, faults: string[]) {
  return {
    text(flag: Flag): string | undefined {
      if (given[flag] === '') {
        faults.push(`--${flag}: needs a value`)
      }
      return given[flag]
    },
    integer(flag: Flag, standard: number, min: number, max: number): number {
      const text = given[flag]
      const value = text === undefined ? standard : Number(text)
      if (text?.trim() === '' || !Number.isInteger(value) || value < min || value > max) {
        faults.push(`--${flag}: ${text} is no whole number from ${min} to ${max}`)
      }
      return value
    },
    choice<Choice extends string>(
      flag: Flag,
      choices: readonly Choice[],
      standard: NoInfer<Choice>,
    ): Choice {
      const text = given[flag]
      const chosen = text === undefined ? standard : choices.find((choice) => choice === text)
      if (chosen === undefined) {
        faults.push(`--${flag}: ${text} is none of ${choices.join(', ')}`)
      }
      return chosen ?? standard
    },
    domain(flag: Flag, standard: string): string {
      const text = given[flag] ?? standard
      if (text.length > 240 || !/^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(text)) {
        faults.push(`--${flag}: ${text} is no domain name in lower case`)
      }
      return text
    },
    url(flag: Flag): string | undefined {
      const text = given[flag]
      const url = text === undefined ? undefined : baseUrlFrom(text)
      if (text !== undefined && url === undefined) {
        faults.push(`--${flag}: ${text} is no URL such as https://pbx.example.com`)
      }
      return url
    },
    networks: (flag: Flag): readonly Network[] =>
      listed(given[flag], networkFrom, (text) =>
        faults.push(`--${flag}: ${text} is neither an address nor a network such as 10.0.0.0/8`),
      ),
    origins: (flag: Flag): readonly string[] =>
      listed(given[flag], originFrom, (text) =>
        faults.push(`--${flag}: ${text} is no origin such as https://console.example.com`),
      ),
  }
}

/** The parts of a comma-separated list as values; `refuse` is told of each that is none. */
function listed<T>(
  text: string | undefined,
  read: (part: string) => T | undefined,
  refuse: (part: string) => void,
): readonly T[] {
  const values: T[] = []
  for (const part of (text ?? '').split(',').map((item) => item.trim())) {
    const value = part === '' ? undefined : read(part)
    if (value !== undefined) {
      values.push(value)
    } else if (part !== '') {
      refuse(part)
    }
  }
  return values
}

/** Without a slash at its end; nothing but scheme, host, port and path, written as `URL` writes them, for paths are put behind it. */
function baseUrlFrom(text: string): string | undefined {
  const plain = text.replace(/\/+$/, '')
  if (!/^https?:/.test(plain) || !URL.canParse(plain)) {
    return undefined
  }
  const { origin, pathname } = new URL(plain)
  return `${origin}${pathname}`.replace(/\/$/, '') === plain ? plain : undefined
}

function originFrom(text: string): string | undefined {
  return text === '*' || (URL.canParse(text) && new URL(text).origin === text) ? text : undefined
}

function networkFrom(text: string): Network | undefined {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  const most = family === 'ipv6' ? 128 : 32
  const prefix = bits === undefined ? most : Number(bits)
  const isNetwork =
    isIP(address) !== 0 &&
    rest.length === 0 &&
    bits !== '' &&
    Number.isInteger(prefix) &&
    prefix >= 0 &&
    prefix <= most
  return isNetwork ? { address, prefix, family } : undefined
}
