import type { Maintenance } from '../../db/maintenance.ts'
import type { Config } from '../../lib/config.ts'
import type { Terminal } from '../terminal.ts'

/** An option of one command; without a value it is a switch. */
export type CommandOption = {
  /** Without the two dashes. */
  readonly flag: string
  /** The word for its value in the help. */
  readonly value?: string
  readonly meaning: string
}

/** A command of the operator; `routes/commands/index.ts` lists them. */
export type OperatorCommand = {
  /** What is typed for it, such as `callflow`, `match`. */
  readonly words: readonly string[]
  /** What it must be given behind its words, as the help names it. */
  readonly args: readonly string[]
  readonly options: readonly CommandOption[]
  /** One line for the list of commands. */
  readonly meaning: string
  /** What its own help adds, line by line. */
  readonly about: readonly string[]
  /** Gives the exit code; throws what is shown to the operator, with exit code 1. */
  run(context: CommandContext): Promise<number>
}

export type CommandContext = {
  readonly config: Config
  /** The data folder, absolute; it was named to the operator before the command runs. */
  readonly folder: string
  /** As many as the command names. */
  readonly args: readonly string[]
  /** The given options by flag; a switch is given as `true`. */
  readonly options: Readonly<Record<string, string | true>>
  /** Secrets of the environment, in hex. */
  readonly givenKey: string | undefined
  readonly givenNewKey: string | undefined
  readonly maintenance: Maintenance
  readonly terminal: Terminal
  /** Aborted when a signal comes, or when nobody reads what is said any more; from then on signals end nothing by themselves. */
  readonly untilStopped: () => AbortSignal
  /** UTC milliseconds. */
  readonly now: () => number
}
