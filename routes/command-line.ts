import { parseArgs } from 'node:util'
import { ConfigError } from '../lib/config.ts'
import { type Flag, type GivenSettings, settings } from '../lib/settings.ts'
import { auditExport, type ExportOptions } from './commands/audit-export.ts'

export type Command =
  | { readonly command: 'serve'; readonly given: GivenSettings }
  | {
      readonly command: 'audit export'
      readonly given: GivenSettings
      readonly options: ExportOptions
    }
  | { readonly command: 'help' }

/**
 * What was asked on the command line, flags winning over environment variables. Throws `ConfigError`
 * for an unknown command or flag, and for an unknown `STROWGER_` variable: a mistyped limit would
 * otherwise mean none.
 */
export function parseCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Command {
  const { values, positionals } = parsedArgs(args)
  if (values.help === true) {
    return { command: 'help' }
  }
  const command = positionals.length === 0 ? 'serve' : positionals.join(' ')
  const given = { ...fromEnvironment(environment), ...fromFlags(values) }
  const options = optionsFrom(values)
  if (command === auditExport.words.join(' ')) {
    return { command: 'audit export', given, options }
  }
  if (command !== 'serve') {
    throw new ConfigError([`${command}: no such command; try --help`])
  }
  const [foreign] = Object.keys(options)
  if (foreign !== undefined) {
    throw new ConfigError([`--${foreign}: serve has no such option`])
  }
  return { command, given }
}

function optionsFrom(values: ParsedValues): ExportOptions {
  const given = auditExport.options.map(({ flag }) => [flag, values[flag]] as const)
  return Object.fromEntries(
    given.flatMap(([flag, value]) => (typeof value === 'string' ? [[flag, value]] : [])),
  )
}

/** The help text: usage and a line for each setting. */
export function helpText(): string {
  const lines = settings.map(({ flag, value, standard, meaning }) => {
    const usage = value === undefined ? `--${flag}` : `--${flag} ${value}`
    return `  ${usage.padEnd(28)} ${meaning} (${standard})`
  })
  return [
    'Usage: strowger [serve] [settings]',
    `       strowger ${auditExport.words.join(' ')} [--account SID] [--from TIME] [--to TIME] [--data DIR]`,
    '',
    'Serves the account tree of a data folder. Each setting may also be given in the environment,',
    'as STROWGER_ and its name in capitals.',
    '',
    ...lines,
    '',
  ].join('\n')
}

/** Variables that are secrets and therefore no flags, which every process of the machine can read. */
const secretVariables = ['STROWGER_KEY', 'STROWGER_ADMIN_PASSWORD']

type ParsedValues = Readonly<Record<string, string | boolean | undefined>>

function parsedArgs(args: readonly string[]): { values: ParsedValues; positionals: string[] } {
  const options = Object.fromEntries(
    [...settings, ...auditExport.options].map(({ flag, value }) => [
      flag,
      { type: value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  )
  try {
    return parseArgs({
      args: [...args],
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    })
  } catch (cause) {
    throw new ConfigError([cause instanceof Error ? cause.message : String(cause)])
  }
}

function fromFlags(values: ParsedValues): GivenSettings {
  const given: Partial<Record<Flag, string>> = {}
  for (const { flag } of settings) {
    const value = values[flag]
    if (value !== undefined) {
      given[flag] = value === true ? '1' : String(value)
    }
  }
  return given
}

function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): GivenSettings {
  const given: Partial<Record<Flag, string>> = {}
  const faults: string[] = []
  for (const [name, value] of Object.entries(environment)) {
    const setting = settings.find(({ variable }) => variable === name)
    if (setting !== undefined && value !== undefined) {
      given[setting.flag] = value
    } else if (name.startsWith('STROWGER_') && !isOther(name)) {
      faults.push(`${name}: no such setting; try --help`)
    }
  }
  if (faults.length > 0) {
    throw new ConfigError(faults)
  }
  return given
}

function isOther(name: string): boolean {
  return secretVariables.includes(name)
}
