import { resolve } from 'node:path'
import type { Maintenance } from '../../db/maintenance.ts'
import { parseConfig } from '../../lib/config.ts'
import type { CommandAsked } from '../command-line.ts'
import type { Terminal } from '../terminal.ts'

export type CommandSurroundings = {
  readonly givenKey: string | undefined
  readonly givenNewKey: string | undefined
  readonly maintenance: Maintenance
  readonly terminal: Terminal
  readonly untilStopped: () => AbortSignal
  /** UTC milliseconds. */
  readonly now: () => number
}

/** Names the data folder to the operator, then runs the command; gives its exit code. */
export async function runCommand(
  { command, args, options, given }: CommandAsked,
  surroundings: CommandSurroundings,
): Promise<number> {
  const config = parseConfig(given)
  const folder = resolve(config.data)
  const { terminal } = surroundings
  terminal.note(`data folder ${folder}`)
  const code = await command.run({ ...surroundings, config, folder, args, options })
  await terminal.isHeard()
  return code
}
