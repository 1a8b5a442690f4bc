import { parseArgs } from 'node:util'
import { ConfigError } from '../lib/config.ts'
import { type Flag, type GivenSettings, settings } from '../lib/settings.ts'
import type { OperatorCommand } from './commands/command.ts'
import { commands } from './commands/index.ts'

export type CommandAsked = {
  readonly command: OperatorCommand
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, string | true>>
  readonly given: GivenSettings
}

export type Asked =
  | { readonly kind: 'serve'; readonly given: GivenSettings }
  | ({ readonly kind: 'command' } & CommandAsked)
  | { readonly kind: 'help'; readonly text: string }

/**
 * What was asked on the command line, flags winning over environment variables. Throws `ConfigError`
 * for an unknown command or flag, and for an unknown `STROWGER_` variable: a mistyped limit would
 * otherwise mean none.
 */
export function parseCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Asked {
  const { values, positionals } = parsedArgs(args)
  const command = commandNamed(positionals)
  if (values.help === true) {
    return { kind: 'help', text: command === undefined ? helpText() : helpOf(command) }
  }
  const options = optionsOf(command, values)
  const given = { ...fromEnvironment(environment), ...fromFlags(values) }
  if (command === undefined) {
    return { kind: 'serve', given }
  }
  const rest = positionals.slice(command.words.length)
  if (rest.length !== command.args.length) {
    throw new ConfigError([`usage: strowger ${usageOf(command)}`])
  }
  return { kind: 'command', command, args: rest, options, given }
}

/** The command that the words begin with; undefined for `serve`. */
function commandNamed(positionals: readonly string[]): OperatorCommand | undefined {
  const command = commands.find(({ words }) =>
    words.every((word, index) => positionals[index] === word),
  )
  const isServe =
    positionals.length === 0 || (positionals.length === 1 && positionals[0] === 'serve')
  if (command === undefined && !isServe) {
    throw new ConfigError([`${positionals.join(' ')}: no such command; try --help`])
  }
  return command
}

function optionsOf(
  command: OperatorCommand | undefined,
  values: ParsedValues,
): CommandAsked['options'] {
  const options: Record<string, string | true> = {}
  for (const { flag } of commands.flatMap((each) => each.options)) {
    const value = values[flag]
    if (typeof value === 'string' || value === true) {
      options[flag] = value
    }
  }
  const foreign = Object.keys(options).find(
    (given) => !command?.options.some(({ flag }) => flag === given),
  )
  if (foreign !== undefined) {
    throw new ConfigError([
      `--${foreign}: ${command?.words.join(' ') ?? 'serve'} has no such option`,
    ])
  }
  return options
}

/** The help text: usage, a line for each command and one for each setting. */
function helpText(): string {
  return [
    'Usage: strowger [serve] [settings]',
    '       strowger COMMAND [settings]',
    '',
    'Serves the account tree of a data folder. Each setting may also be given in the environment,',
    'as STROWGER_ and its name in capitals.',
    '',
    ...settings.map(({ flag, value, standard, meaning }) =>
      helpLine(flagUsage({ flag, value }), `${meaning} (${standard})`),
    ),
    '',
    'Commands, each with its own --help:',
    '',
    ...commands.map((command) => helpLine(usageOf(command), command.meaning)),
    '',
  ].join('\n')
}

function helpOf(command: OperatorCommand): string {
  const options = command.options.map((option) => helpLine(flagUsage(option), option.meaning))
  return [
    `Usage: strowger ${usageOf(command)} [--data DIR]`,
    '',
    `${command.words.join(' ')}: ${command.meaning}.`,
    '',
    ...command.about,
    '',
    ...(options.length > 0 ? [...options, ''] : []),
    'The data folder is the one of --data or STROWGER_DATA; it is printed before anything is done.',
    '',
  ].join('\n')
}

function usageOf({ words, args, options }: OperatorCommand): string {
  return [...words, ...args, ...options.map((option) => `[${flagUsage(option)}]`)].join(' ')
}

function flagUsage({ flag, value }: { flag: string; value?: string | undefined }): string {
  return value === undefined ? `--${flag}` : `--${flag} ${value}`
}

function helpLine(usage: string, meaning: string): string {
  return `  ${usage.padEnd(28)} ${meaning}`
}

/** Variables that are secrets and therefore no flags, which every process of the machine can read. */
const secretVariables = ['STROWGER_KEY', 'STROWGER_NEW_KEY', 'STROWGER_ADMIN_PASSWORD']

type ParsedValues = Readonly<Record<string, string | boolean | undefined>>

function parsedArgs(args: readonly string[]): { values: ParsedValues; positionals: string[] } {
  const options = Object.fromEntries(
    [...settings, ...commands.flatMap(({ options }) => options)].map((option) => [
      option.flag,
      { type: takesValue(option) ? ('string' as const) : ('boolean' as const) },
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

function takesValue({ value }: { value?: string | undefined }): boolean {
  return value !== undefined
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
