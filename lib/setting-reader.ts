import { isIP, isIPv6 } from 'node:net'
import type { Network } from './config.ts'
import { type Rate, requestCosts } from './rate-limits.ts'
import type { Flag, GivenSettings } from './settings.ts'

/** Typed reading of single settings; each notes its fault and goes on with the standard. */
export function settingReader(given: GivenSettings, faults: string[]) {
  return { ...valueReader(given, faults), ...compoundReader(given, faults) }
}

function valueReader(given: GivenSettings, faults: string[]) {
  return {
    text(flag: Flag): string | undefined {
      if (given[flag] === '') {
        faults.push(`--${flag}: needs a value`)
      }
      return given[flag]
    },
    integer(flag: Flag, standard: number, min: number, max: number): number {
      const text = given[flag]
      const value = text === undefined ? standard : wholeNumber(text)
      if (value === undefined || value < min || value > max) {
        faults.push(`--${flag}: ${text} is no whole number from ${min} to ${max}`)
      }
      return value ?? standard
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
      const areLabels = text.split('.').every((label) => /^[a-z0-9-]+$/.test(label))
      if (text.length > 240 || !areLabels) {
        faults.push(`--${flag}: ${text} is no domain name in lower case`)
      }
      return text
    },
  }
}

function compoundReader(given: GivenSettings, faults: string[]) {
  return {
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
    /** Undefined for `off`. */
    rate(flag: Flag, standard: Rate): Rate | undefined {
      const text = given[flag]
      const rate = text === undefined ? standard : rateFrom(text)
      if (rate === undefined && text !== 'off') {
        faults.push(`--${flag}: ${text} is neither off nor a rate such as 100/1000`)
      }
      return rate
    },
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
  const prefix = bits === undefined ? most : wholeNumber(bits)
  return isIP(address) !== 0 && rest.length === 0 && prefix !== undefined && prefix <= most
    ? { address, prefix, family }
    : undefined
}

/** Of decimal digits alone: `Number` would also take `0x50`, `8e3` and a text of blanks. */
function wholeNumber(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined
}

/** Requests a second, and after the slash as many as may come at once; by itself the first is both. */
function rateFrom(text: string): Rate | undefined {
  const [perSecond, burst = perSecond, ...more] = text.split('/').map(wholeNumber)
  return perSecond === undefined ||
    burst === undefined ||
    perSecond * burst === 0 ||
    more.length > 0
    ? undefined
    : { perSecond, burst: Math.max(burst, dearestRequest) }
}

/** A bucket that held less would never let it pass. */
const dearestRequest = Math.max(...Object.values(requestCosts))
